package engine

import (
	"bytes"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"onebrc/engine/internal/group"
)

// approxQuery returns a query, most of whose results have the given error.
func approxQuery(approx float64, by ...Column) Query {
	v, w, l := &Column{Name: "v"}, &Column{Name: "w"}, &Column{Name: "l"}
	return Query{By: by, Approx: approx, Aggregates: []Aggregation{
		{Func: "p0", Of: v}, {Func: "p1", Of: v}, {Func: FuncMedian, Of: v}, {Func: "p99.9", Of: v}, {Func: "p100", Of: v},
		{Func: FuncDistinct, Of: l}, {Func: FuncDistinct, Of: v}, {Func: FuncMedian, Of: w, As: "middle"},
		{Func: FuncMode, Of: l}, {Func: FuncMax, Of: v}, {Func: FuncCount, Of: v}, {Func: FuncFirst, Of: w},
	}}
}

// skewedRows returns rows in four groups, whose values are far apart: positive ones, both
// signs with zeros and missing ones, numbers of 18 digits, and one.
func skewedRows(rows int) []byte {
	r := rand.New(rand.NewPCG(16, 11))
	var b bytes.Buffer
	b.WriteString("k,l,v,w\n")
	for i := range rows {
		switch i % 3 {
		case 0:
			fmt.Fprintf(&b, "a,%d,%.2f,%d\n", r.IntN(rows), math.Exp(3*r.NormFloat64()+5), i%100)
		case 1:
			if v := r.NormFloat64(); v > -1 {
				fmt.Fprintf(&b, "b,\"x\"\"%d\",%.*f,\"%d\"\n", r.IntN(50), r.IntN(6), v*v*v, i%7)
			} else {
				fmt.Fprintf(&b, "\"b\",,,\r\n")
			}
		case 2:
			fmt.Fprintf(&b, "c,%d,%d%s,-5\n", i, r.Int64N(1e17), strings.Repeat("0", r.IntN(2)))
		}
	}
	b.WriteString("d,one,7,7\n")
	return b.Bytes()
}

// TestGroupApproxError compares approximate results with exact ones.
func TestGroupApproxError(t *testing.T) {
	rows := 60_000
	if testing.Short() {
		rows = 6_000
	}
	content := skewedRows(rows)
	exact, err := GroupBy(t.Context(), approxQuery(0, Column{Name: "k"}), Options{}, Bytes("rows", content))
	require.NoError(t, err)
	for _, approx := range []float64{0.003, 0.01, 0.02, 0.5} {
		q := approxQuery(approx, Column{Name: "k"})
		g, err := GroupBy(t.Context(), q, Options{}, Bytes("rows", content))
		require.NoError(t, err)
		require.Equal(t, exact.Len(), g.Len())
		for i := range g.Len() {
			for k, a := range q.Aggregates {
				want, got := Group{exact, exact.order[i]}.Cell(k), Group{g, g.order[i]}.Cell(k)
				require.Equal(t, want.Missing(), got.Missing())
				require.Equal(t, !a.Func.canApprox(), got.Exact(), a.Func)
				distance := math.Abs(got.Float64() - want.Float64())
				switch {
				case got.Exact():
					require.Equal(t, want.String(), got.String(), a.Func)
				case a.Func == FuncDistinct:
					require.LessOrEqual(t, distance, 3*approx*want.Float64(), "%s: %s of %s", a.Func, got, want)
					require.NotContains(t, got.String(), ".")
				default:
					require.LessOrEqual(t, distance, approx*math.Abs(want.Float64()), "%s: %s of %s", a.Func, got, want)
				}
			}
		}
	}
}

// TestGroupApproxWays reads the same rows in several ways: the results are the same.
func TestGroupApproxWays(t *testing.T) {
	content := skewedRows(6_000)
	for _, by := range [][]Column{{{Name: "k"}}, {{Name: "k"}, {Name: "w"}}, nil} {
		q := approxQuery(0.01, by...)
		var want []byte
		for _, kernel := range TestedKernels(t) {
			for _, early := range []int{0, 1, 1000} {
				for _, workers := range []int{1, 3} {
					group.EvictEarly(early)
					defer group.EvictEarly(0)
					o := Options{Workers: workers, Kernel: kernel, ChunkBytes: MinChunkBytes * workers}
					g, err := GroupBy(t.Context(), q, o, Bytes("rows", content))
					require.NoError(t, err)
					var got []byte
					for group := range g.All() {
						got = groupText(got, group)
					}
					if want == nil {
						want = got
					}
					require.Equal(t, string(want), string(got), "%s, evict at %d, %d workers", kernel, early, workers)
				}
			}
		}
	}
}

// TestGroupApproxSpills writes records of codes to temporary files.
func TestGroupApproxSpills(t *testing.T) {
	content := manyGroups()
	q := approxQuery(0.01, Column{Name: "l"}, Column{Name: "k"})
	folder := t.TempDir()
	var want []byte
	for _, workers := range []int{0, 1, 3} {
		o := Options{Measure: true}
		if workers > 0 {
			o = spillingQuery(t, q, workers, folder)
		}
		s, err := GroupByStream(t.Context(), q, o, Bytes("rows", content))
		require.NoError(t, err)
		var got []byte
		for g, err := range s.All() {
			require.NoError(t, err)
			got = groupText(got, g)
		}
		if want == nil {
			want = got
		}
		require.True(t, bytes.Equal(want, got), "%d workers", workers)
		require.Equal(t, workers > 0, s.Measurement.SpilledBytes > 0)
	}
}

// TestGroupApproxText tests names and texts of approximate results.
func TestGroupApproxText(t *testing.T) {
	q := approxQuery(0.07)
	g, err := GroupBy(t.Context(), q, Options{}, Bytes("rows", []byte("k,l,v,w\n1,1,,\n1,2,-1234.5,0\n1,2,0.00000012,0.0\n1,,1000000,-0\n")))
	require.NoError(t, err)
	require.Equal(t, []string{
		"p0(v) ±7%", "p1(v) ±7%", "median(v) ±7%", "p99.9(v) ±7%", "p100(v) ±7%", "distinct(l) ±7%", "distinct(v) ±7%", "middle",
		"mode(l)", "max(v)", "count(v)", "first(w)",
	}, g.Columns)
	var texts, rounded []string
	for i := range q.Aggregates {
		c := Group{g, 0}.Cell(i)
		texts, rounded = append(texts, c.String()), append(rounded, string(c.AppendDecimals(nil, 1)))
	}
	require.Equal(t, []string{"-1300", "-1300", "1.2e-7", "1000000", "1000000", "2", "3", "0", "2", "1000000.00000000", "3", "0"}, texts)
	require.Equal(t, []string{"-1300.0", "-1300.0", "0.0", "1000000.0", "1000000.0", "2", "3", "0.0", "2", "1000000.00000000", "3", "0"}, rounded)

	g, err = GroupBy(t.Context(), q, Options{}, Bytes("rows", []byte("k,l,v,w\n")))
	require.NoError(t, err)
	require.True(t, Group{g, 0}.Cell(0).Missing())
	require.Equal(t, "0", Group{g, 0}.Cell(5).String())

	_, err = GroupBy(t.Context(), q, Options{}, Bytes("rows", []byte("k,l,v,w\n1,2,3x,4\n")))
	var bad *RowError
	require.ErrorAs(t, err, &bad)
	require.EqualValues(t, "bad-value", bad.Reason)
}
