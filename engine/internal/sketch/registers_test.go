package sketch

import (
	"math"
	"slices"
	"strconv"
	"testing"

	"github.com/axiomhq/hyperloglog"
	"github.com/stretchr/testify/require"
)

// estimate returns the estimate of an Estimator for contents, and of the library's sketch.
func estimate(e *Estimator, r Registers, contents [][]byte) (got int64, library uint64) {
	sketch, err := hyperloglog.NewSketch(uint8(r), false)
	if err != nil {
		panic(err)
	}
	var codes []int64
	for _, content := range contents {
		codes = append(codes, r.Code(content))
		sketch.Insert(content)
	}
	slices.Sort(codes)
	e.Reset()
	for _, code := range slices.Compact(codes) {
		e.Add(code)
	}
	return e.Estimate(), sketch.Estimate()
}

// TestEstimate compares estimates of few and many contents with their number and with the
// library.
func TestEstimate(t *testing.T) {
	for _, relative := range []float64{MinError, 0.01, 0.03, 0.5} {
		r := NewRegisters(relative)
		e := NewEstimator(r)
		most, trials := 100_000, 3
		if r > 12 {
			most, trials = 150_000, 1
		}
		if testing.Short() {
			most /= 10
		}
		var sum, squares float64
		tries := 0
		for n := 1; n <= most; n = 2*n + 1 {
			for trial := range trials {
				var contents [][]byte
				for i := range n {
					contents = append(contents, strconv.AppendInt(nil, int64(i*trials+trial)*7, 10))
				}
				got, library := estimate(e, r, contents)
				if e.codes > int(r.count())/4 {
					require.EqualValues(t, library, got, "%d contents", n)
				}
				distance := float64(got)/float64(n) - 1
				require.LessOrEqual(t, math.Abs(float64(got)-float64(n)), 1+4*r.standardError()*float64(n), "%d of %d contents, %d registers", got, n, 1<<r)
				sum, squares, tries = sum+distance, squares+distance*distance, tries+1
			}
		}
		require.LessOrEqual(t, math.Sqrt(squares/float64(tries)), 1.2*r.standardError(), "standard error with %d registers", 1<<r)
		require.LessOrEqual(t, math.Abs(sum/float64(tries)), r.standardError(), "bias with %d registers", 1<<r)
	}
}

// TestEstimateFew checks that few contents are counted nearly exactly, and that no content
// does not count.
func TestEstimateFew(t *testing.T) {
	r := NewRegisters(0.01)
	e := NewEstimator(r)
	require.Zero(t, e.Estimate())
	e.Add(0)
	require.Zero(t, e.Estimate())
	for n := range 60 {
		var contents [][]byte
		for i := range n {
			contents = append(contents, []byte("content "+strconv.Itoa(i)))
		}
		got, _ := estimate(e, r, contents)
		require.EqualValues(t, n, got)
	}
}

// TestNewRegisters checks the numbers of registers, and that hashes of codes are put where
// the contents are.
func TestNewRegisters(t *testing.T) {
	for relative, want := range map[float64]Registers{0.5: 8, 0.065: 8, 0.0649: 9, 0.02: 12, 0.01: 14, 0.005: 16, 0.00204: 18, MinError: 18} {
		require.Equal(t, want, NewRegisters(relative), relative)
	}
	for r := minRegisters; r <= maxRegisters; r++ {
		for rank := range uint32(64 - r + 1) {
			code := uint32(1)<<rankBits | (rank + 1)
			hash := r.hash(code)
			require.EqualValues(t, 1, hash>>(64-r))
			sketch, err := hyperloglog.NewSketch(uint8(r), false)
			require.NoError(t, err)
			sketch.InsertHash(hash)
			b, err := sketch.MarshalBinary()
			require.NoError(t, err)
			require.EqualValues(t, rank+1, b[8+1], "%d registers, rank %d", 1<<r, rank+1)
		}
	}
}

func BenchmarkRegistersCode(b *testing.B) {
	r := NewRegisters(0.01)
	content, sum := []byte("a name of 20 bytes .."), int64(0)
	for b.Loop() {
		content[3]++
		sum += r.Code(content)
	}
	require.NotZero(b, sum)
}
