package gen

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestSplitMix64 compares with the first outputs of the reference implementation for
// the seed 1234567.
func TestSplitMix64(t *testing.T) {
	rng := splitMix64(1234567)
	for _, want := range []uint64{
		6457827717110365317, 3203168211198807973, 9817491932198370423, 4593380528125082431, 16408922859458223821,
	} {
		require.Equal(t, want, rng.next())
	}
}

func TestValueWords(t *testing.T) {
	for i, word := range valueWords() {
		tenths := min(max(i-valueBias, -999), 999)
		want := fmt.Sprintf(";%.1f\n", float64(tenths)/10)
		var got []byte
		for k := range word >> 56 {
			got = append(got, byte(word>>(8*k)))
		}
		require.Equal(t, want, string(got), "entry %d", i)
	}
}

func TestGaussianTable(t *testing.T) {
	for _, sigma := range []float64{70, 100} {
		table := gaussianTenths(sigma)
		require.True(t, slices.IsSorted(table[:]))
		var sum, squares float64
		nearestTie := 1.0
		for i, offset := range table {
			require.Equal(t, -offset, table[quantiles-1-i])
			sum += float64(offset)
			squares += float64(offset) * float64(offset)
			x := math.Abs(gaussianQuantile(i, sigma))
			nearestTie = min(nearestTie, math.Abs(x-math.Floor(x)-0.5))
		}
		require.Zero(t, sum)
		require.InDelta(t, sigma, math.Sqrt(squares/quantiles), 0.05)
		require.InDelta(t, 4.33*sigma, float64(table[quantiles-1]), 1, "the documented end of the tails")
		// Math libraries differ by a few units in the last place, which are 1e-13.
		require.Greater(t, nearestTie, 1e-9)
		for _, z := range []float64{-2, -1, 0.5, 1, 3} {
			below, _ := slices.BinarySearch(table[:], int16(z*sigma))
			require.InDelta(t, 0.5*math.Erfc(-z/math.Sqrt2), float64(below)/quantiles, 0.004, "share below %v sigma", z)
		}
	}
}

func TestNewStationsRefuses(t *testing.T) {
	for label, try := range map[string]func(){
		"empty name": func() { newStations(1, 70, func(int) (string, int) { return "", 0 }) },
		"long name":  func() { newStations(1, 70, func(int) (string, int) { return string(make([]byte, 101)), 0 }) },
		"mean":       func() { newStations(1, 70, func(int) (string, int) { return "a", 1000 }) },
		"sigma":      func() { newStations(1, 300, func(int) (string, int) { return "a", 0 }) },
	} {
		require.Panics(t, try, label)
	}
}

// TestFillClamps uses means at the limits, so that half of the sums are beyond them,
// and names with lengths around each border in the layout of an entry.
func TestFillClamps(t *testing.T) {
	for _, length := range []int{1, 15, 16, 26, 27, 28, 29, 31, 32, 33, 99, 100} {
		name := make([]byte, length)
		for i := range name {
			name[i] = byte('a' + i%26)
		}
		for _, mean := range []int{-999, 0, 999} {
			const rows = 500
			s := newStations(1, 220, func(int) (string, int) { return string(name), mean })
			buffer := make([]byte, rows*(length+maxTailBytes)+slackBytes)
			text := buffer[:s.fill(buffer, block{key: 3, rows: rows, total: rows})]
			extremes := 0
			for row := range slices.Values(splitLines(text)) {
				got, tenths, complaint := splitRow(row)
				require.Empty(t, complaint, "row %q", row)
				require.Equal(t, string(name), got)
				if tenths == mean {
					extremes++
				}
			}
			if mean != 0 {
				require.InDelta(t, rows/2, extremes, 60, "half of the values are clamped")
			}
		}
	}
}
