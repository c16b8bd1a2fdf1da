package process

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// TestTimeline adds more and more samples. Whatever their number, few are kept, the peak
// is among them, and they reach to the end.
func TestTimeline(t *testing.T) {
	for _, samples := range []int{1, maxSamples, maxSamples + 1, 2*maxSamples + 1, 9*maxSamples + 3} {
		line := newTimeline()
		peak := samples / 3
		for i := range samples {
			own, shared := int64(1), int64(i)
			if i == peak {
				own = 5
			}
			line.put(Sample{float64(i), own, shared})
		}
		all := line.samples()
		require.LessOrEqual(t, len(all), maxSamples)
		require.GreaterOrEqual(t, len(all), min(samples, maxSamples/2))
		require.Equal(t, Sample{float64(samples - 1), all[len(all)-1].Own, int64(samples - 1)}, all[len(all)-1])
		last, peaks := -1.0, 0
		for _, s := range all {
			require.Greater(t, s.Seconds, last)
			require.Equal(t, s.Seconds, float64(s.Shared), "the largest of those up to then")
			if s.Own == 5 {
				require.LessOrEqual(t, float64(peak), s.Seconds)
				require.Greater(t, float64(peak), last)
				peaks++
			}
			last = s.Seconds
		}
		require.Equal(t, 1, peaks)
	}
	var none *timeline
	none.add(1, 2)
	require.Nil(t, none.samples())
}
