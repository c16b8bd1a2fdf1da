package engine

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"onebrc/engine/internal/group"
)

// TestGroupValuesInRuns compares results of groups of very different sizes, whose values
// are partly in the records of groups and partly in records of their own, with those of
// tables that do not overflow.
func TestGroupValuesInRuns(t *testing.T) {
	r := rand.New(rand.NewPCG(31, 32))
	var content bytes.Buffer
	content.WriteString("k,v,w\n")
	for range 4000 {
		fmt.Fprintf(&content, "%d,%d,%d.%0*d\n", r.IntN(1<<r.IntN(8)), r.IntN(60), r.IntN(50), 1+r.IntN(3), r.IntN(10))
	}
	fmt.Fprintf(&content, "0,1,400000000000000000\n0,1,0.000000000000000001\n")
	v, w := &Column{Name: "v"}, &Column{Name: "w"}
	for _, aggregates := range [][]Aggregation{
		{{Func: "p40", Of: w}, {Func: "p41.5", Of: v}},
		{{Func: FuncDistinct, Of: v}, {Func: "p99", Of: w}},
		{{Func: FuncMode, Of: v}, {Func: FuncDistinct, Of: w}, {Func: FuncFirst, Of: w}, {Func: FuncLast, Of: v}, {Func: "p50", Of: w}, {Func: FuncMean, Of: v}},
	} {
		q := Query{By: []Column{{Name: "k"}}, Aggregates: aggregates}
		groups := func(early, workers int) (text string) {
			group.EvictEarly(early)
			defer group.EvictEarly(0)
			o := Options{Workers: workers, ChunkBytes: 8 << 10}
			g, err := GroupBy(t.Context(), q, o, Bytes("rows", content.Bytes()))
			require.NoError(t, err)
			for group := range g.All() {
				text += string(groupText(nil, group))
			}
			return text
		}
		want := groups(0, 1)
		for _, early := range []int{1, 7, 100, 1000} {
			for _, workers := range []int{1, 3} {
				require.Equal(t, want, groups(early, workers), "%d workers evict after %d groups", workers, early)
			}
		}
	}
}
