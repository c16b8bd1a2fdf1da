package engine

import (
	"bytes"
	"iter"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestGroupValues reads results of values in all ways: in memory, and from temporary files
// with too little memory for one worker, or several workers.
func TestGroupValues(t *testing.T) {
	v, w, l, k := &Column{Name: "v"}, &Column{Name: "w"}, &Column{Name: "l"}, &Column{Name: "k"}
	content := manyGroups()
	keys, numbers := [][]Column{{{Name: "l"}, {Name: "k"}}, nil}, []int{0, 1, 3}
	if testing.Short() { // the tables of several workers overflow with any number of rows
		content = content[:1+bytes.LastIndexByte(content[:1<<20], '\n')]
		keys, numbers = keys[:1], []int{0, 3}
	}
	for _, by := range keys {
		q := Query{By: by, Aggregates: []Aggregation{
			{Func: FuncMedian, Of: w}, {Func: FuncDistinct, Of: k}, {Func: "p99.9", Of: v}, {Func: FuncCount, Of: v}, {Func: FuncMode, Of: k},
			{Func: FuncMax, Of: w}, {Func: FuncMode, Of: v}, {Func: "p0", Of: w}, {Func: "p100", Of: w}, {Func: FuncDistinct, Of: l},
		}}
		var want []byte
		for _, workers := range numbers {
			folder := t.TempDir()
			for _, method := range []string{"Collect", "All", "Write", "First"} {
				if (method == "First" || method == "Collect") && workers > 1 {
					continue // they differ from All in what they do with little memory
				}
				o := Options{Measure: true}
				if workers > 0 {
					o = spillingQuery(t, q, workers, folder)
				}
				s, err := GroupByStream(t.Context(), q, o, Bytes("rows", content))
				require.NoError(t, err)
				var b bytes.Buffer
				text := func(g Group) { b.Write(groupText(nil, g)) }
				var groups *Groups
				length := s.Len()
				switch method {
				case "Write":
					require.NoError(t, s.Write(&b, func(b []byte, groups iter.Seq[Group]) ([]byte, error) {
						for g := range groups {
							b = groupText(b, g)
						}
						return b, nil
					}))
				case "All":
					for g, err := range s.All() {
						require.NoError(t, err)
						text(g)
					}
				case "Collect":
					groups, err = s.Collect()
				case "First":
					groups, err = s.First(1<<30, len(by), false)
					if err == nil {
						for i := len(by) - 1; i >= 0; i-- {
							groups.SortBy(i, false)
						}
					}
				}
				if groups == nil && err != nil {
					require.ErrorIs(t, err, ErrMemory)
					require.Equal(t, 1, workers)
					continue
				}
				if groups != nil {
					for g := range groups.All() {
						text(g)
					}
				}
				if want == nil {
					want = bytes.Clone(b.Bytes())
				}
				require.True(t, bytes.Equal(want, b.Bytes()), "%d workers, %s", workers, method)
				require.EqualValues(t, length, bytes.Count(b.Bytes(), []byte{'\n'}))
				if workers > 0 {
					require.Positive(t, s.Measurement.SpilledBytes)
				}
				s.Close()
			}
		}
	}
}

// TestGroupSortTexts sorts groups by their modes, of which some are missing.
func TestGroupSortTexts(t *testing.T) {
	q := Query{By: []Column{{Name: "k"}}, Null: "-", Aggregates: []Aggregation{{Func: FuncMode, Of: &Column{Name: "v"}}}}
	g, err := GroupBy(t.Context(), q, Options{}, Bytes("rows", []byte("k,v\na,b\nb,-\nc,\nd,a\ne,-\nf,bcdefghij\ng,bcdefghii\nh,\n")))
	require.NoError(t, err)
	order := func(descending bool) (keys string) {
		g.SortBy(0, false)
		g.SortBy(1, descending)
		for group := range g.All() {
			keys += group.Key(0)
			require.Equal(t, group.Key(0) == "b" || group.Key(0) == "e", group.Cell(0).Missing())
			require.True(t, group.Cell(0).IsText())
		}
		return keys
	}
	require.Equal(t, "chdagfbe", order(false))
	require.Equal(t, "fgadchbe", order(true))
}
