package engine_test

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"onebrc/engine"
)

// TestSortOfResult checks the order of a result against a sort that compares whole
// names. Many names share the bytes that the sort of a result compares first.
func TestSortOfResult(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 1))
	alphabet := []string{"a", "b", "\x00", "é", "\uE000", "\uFFFD", "😀", "\xEE", "\xF0", "\xF5", "prefixes"}
	for _, n := range []int{0, 1, 2, 3, 100, 20_000} {
		names := map[string]bool{}
		for range n {
			name := ""
			for range 1 + r.IntN(12) {
				name += alphabet[r.IntN(len(alphabet))]
			}
			names[name] = true
		}
		var stations []engine.Station
		for name := range names {
			stations = append(stations, engine.Station{Name: name, Count: int64(len(stations)) + 1})
		}
		want := slices.Clone(stations)
		slices.SortFunc(want, func(a, b engine.Station) int { return engine.Compare(a.Name, b.Name) })
		require.Equal(t, want, engine.NewResult(stations, 0).Stations)
	}
}
