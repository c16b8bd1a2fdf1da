package engine_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"onebrc/engine"
	"onebrc/engine/internal/group"
)

// TestGroupStreamDecimals compares Decimals of each function with what groups print, with
// the groups in tables and in a store.
func TestGroupStreamDecimals(t *testing.T) {
	q := engine.Query{By: []engine.Column{*column("k")}}
	for _, f := range append(engine.Funcs(), "p90") {
		q.Aggregates = append(q.Aggregates, engine.Aggregation{Func: f, Of: column("v")})
	}
	for _, interpolate := range []bool{false, true} {
		for _, early := range []int{0, 1} {
			group.EvictEarly(early)
			defer group.EvictEarly(0)
			q.Interpolate = interpolate
			s, err := engine.GroupByStream(t.Context(), q, engine.Options{}, engine.Bytes("in", []byte("k,v\na,1\nb,2.125\na,4\nb,3\n")))
			require.NoError(t, err)
			want := make([]int, len(q.Aggregates))
			for i := range want {
				want[i] = s.Decimals(i)
			}
			for g, err := range s.All() {
				require.NoError(t, err)
				for i, a := range q.Aggregates {
					c := g.Cell(i)
					require.Equal(t, want[i] >= 0, c.Exact(), a.Func)
					if want[i] < 0 || c.IsText() {
						continue
					}
					_, decimals, _ := strings.Cut(c.String(), ".")
					require.Equal(t, want[i], len(decimals), "%s is %s", a.Func, c)
				}
			}
		}
	}
}
