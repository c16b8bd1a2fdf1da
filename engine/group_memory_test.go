package engine

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// limitedRows returns rows of groups of very different sizes in column k and of small ones
// in l. Numbers have more and more decimals, are missing, or do not fit in 64 bits, and
// some contents are long.
func limitedRows(rows int) []byte {
	r := rand.New(rand.NewPCG(71, 72))
	var b bytes.Buffer
	b.WriteString("k,l,n,t\n")
	for i := range rows {
		number := fmt.Sprintf("%d.%0*d", r.IntN(100_000), 1+4*i/rows, r.IntN(10))
		switch r.IntN(2000) {
		case 0:
			number = "999999999999999999"[r.IntN(3):]
		case 1:
			number = ""
		}
		text := fmt.Sprint("text ", r.IntN(rows))
		if i%(rows/8) == 0 {
			text = strings.Repeat(text, 500)
		}
		fmt.Fprintf(&b, "%d,%d,%s,%s\n", r.IntN(1<<r.IntN(14)), i%(rows/2), number, text)
	}
	return b.Bytes()
}

// leastMemory returns the memory that the error of a run with too little of it asks for.
func leastMemory(t *testing.T, q Query, o Options, input Input) int64 {
	o.MaxMemory = 1
	_, err := GroupByStream(t.Context(), q, o, input)
	require.ErrorIs(t, err, ErrMemory)
	_, text, _ := strings.Cut(err.Error(), "at least ")
	_, scanErr := fmt.Sscan(text, &o.MaxMemory)
	require.NoError(t, scanErr, err)
	return o.MaxMemory
}

// TestGroupLeastMemory runs queries with just as much memory as they ask for, and a little
// more. All workers evict their groups and values many times.
func TestGroupLeastMemory(t *testing.T) {
	// A worker counts 32,768 values before it evicts them.
	content, more := limitedRows(70_000), map[int][]int64{1: {1}, 2: {0, 100_000, 2 << 20}}
	if testing.Short() {
		more = map[int][]int64{2: {0}}
	}
	n, text := &Column{Name: "n"}, &Column{Name: "t"}
	for name, test := range map[string]struct {
		by string // columns, each for one query; a space means none
		q  Query
	}{
		"sum":        {"l", Query{Aggregates: []Aggregation{{Func: FuncSum, Of: n}}}},
		"percentile": {" k", Query{Aggregates: []Aggregation{{Func: "p40", Of: n}}}},
		"distinct":   {" l", Query{Aggregates: []Aggregation{{Func: FuncDistinct, Of: text}}}},
		"approx":     {"k", Query{Aggregates: []Aggregation{{Func: FuncDistinct, Of: text}, {Func: "p99", Of: n}}, Approx: 0.01}},
		"places":     {" l", Query{Aggregates: []Aggregation{{Func: FuncFirst, Of: text}, {Func: FuncLast, Of: n}}}},
		"mode":       {"kl", Query{Aggregates: []Aggregation{{Func: FuncMode, Of: text}, {Func: FuncMedian, Of: n}, {Func: FuncMean, Of: n}}}},
	} {
		for _, key := range strings.Split(test.by, "") {
			t.Run(name+" by "+key, func(t *testing.T) {
				q := test.q
				if key != " " {
					q.By = []Column{{Name: key}}
				}
				input := Bytes("rows", content)
				o := Options{Workers: 3, ChunkBytes: 64 << 10, TempDir: t.TempDir()}
				text := func() string {
					s, err := GroupByStream(t.Context(), q, o, input)
					require.NoError(t, err)
					var b bytes.Buffer
					require.NoError(t, s.Write(&b, groupTexts))
					return b.String()
				}
				want := text()
				for workers, more := range more {
					o.Workers = workers
					least := leastMemory(t, q, o, input)
					for _, extra := range more {
						o.MaxMemory = least + extra
						require.True(t, want == text(), "%d workers, %d more bytes than %d", o.Workers, extra, least)
					}
				}
			})
		}
	}
}
