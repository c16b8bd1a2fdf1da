package engine

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"onebrc/engine/internal/group"
)

// TestGroupLogging compares results of rows whose keys are nearly all new, so that most
// become records at once, with those of tables that do not overflow.
func TestGroupLogging(t *testing.T) {
	r := rand.New(rand.NewPCG(41, 42))
	pick := func(of ...string) string { return of[r.IntN(len(of))] }
	var content bytes.Buffer
	content.WriteString("k,ts,v,w\n")
	for range 2000 {
		key := fmt.Sprint(r.IntN(2000))
		key = pick(key, key, `"`+key+`"`, `"a ""`+key+`"""`, "\x01"+key)
		if r.IntN(50) == 0 {
			key = ""
		}
		at := pick(fmt.Sprint(r.Int64N(1<<31)), fmt.Sprint(1<<30), "")
		v := pick(fmt.Sprint(r.IntN(60)), `"x ""y"""`, "\x00", "")
		w := pick(fmt.Sprintf("-%d.%0*d", r.IntN(50), 1+r.IntN(3), r.IntN(10)), fmt.Sprint(r.IntN(9)), "")
		if r.IntN(200) == 0 {
			w = pick("400000000000000000", "0.000000000000000001")
		}
		fmt.Fprintf(&content, "%s,%s,%s,%s%s\n", key, at, v, w, pick("", "\r"))
	}
	k, v, w := Column{Name: "k"}, &Column{Name: "v"}, &Column{Name: "w"}
	day := Column{Name: "ts", Part: "day", Unit: "s"}
	for _, q := range []Query{
		{By: []Column{k}, Aggregates: []Aggregation{{Func: "p40", Of: w}, {Func: FuncVar, Of: w}}},
		{By: []Column{k}, Aggregates: []Aggregation{{Func: FuncDistinct, Of: v}, {Func: FuncSum, Of: w}, {Func: FuncCount, Of: v}}},
		{By: []Column{k, day}, Aggregates: []Aggregation{{Func: FuncMode, Of: v}, {Func: "p50", Of: w}}},
		{By: []Column{day, k}, Aggregates: []Aggregation{{Func: FuncMin, Of: w}, {Func: FuncMean, Of: w}, {Func: FuncCount}}},
		{By: []Column{k}, Aggregates: []Aggregation{{Func: FuncDistinct, Of: v}, {Func: "p50", Of: w}}, Approx: 0.02},
	} {
		groups := func(early, workers int) (text string) {
			group.EvictEarly(early)
			defer group.EvictEarly(0)
			o := Options{Workers: workers, ChunkBytes: 4 << 10}
			g, err := GroupBy(t.Context(), q, o, Bytes("rows", content.Bytes()))
			require.NoError(t, err)
			for group := range g.All() {
				text += string(groupText(nil, group))
			}
			return text
		}
		want := groups(0, 1)
		for _, early := range []int{2, 30, 300} {
			for _, workers := range []int{1, 3} {
				require.Equal(t, want, groups(early, workers), "%d workers evict after %d groups", workers, early)
			}
		}
	}
}
