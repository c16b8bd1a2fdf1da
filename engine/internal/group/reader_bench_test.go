package group_test

import (
	"bytes"
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"onebrc/engine/internal/fields"
	"onebrc/engine/internal/group"
	"onebrc/engine/internal/memory"
	"onebrc/engine/internal/source"
	"onebrc/gen"
)

// BenchmarkReader reads a log of 41 bytes a row, by channel_path: count, min, mean and
// max of message_length, sum of stamp_count. joined has a key of two columns that are
// not neighbours.
func BenchmarkReader(b *testing.B) {
	for _, k := range fields.All() {
		for _, profile := range []string{"log", "log-quoted"} {
			for name, keys := range map[string][]int{"path": {1}, "joined": {3, 2}, "span": {2, 3}} {
				b.Run("kernel="+k.Name+"/profile="+profile+"/key="+name, func(b *testing.B) {
					benchmarkReader(b, k, profile, keys)
				})
			}
		}
	}
}

func benchmarkReader(b *testing.B, k *fields.Kernel, profile string, keys []int) {
	var out bytes.Buffer
	require.NoError(b, gen.Write(context.Background(), &out, gen.Options{Rows: 5e5, Profile: profile}))
	input := out.Bytes()[bytes.IndexByte(out.Bytes(), '\n')+1:]
	p := group.NewPlan(group.Plan{
		Kernel: k, Syntax: fields.NewSyntax(',', '"', true, 4), Point: '.', Keys: keys,
		Numbers: []group.Number{{Field: 2, Min: true, Max: true, Sum: true}, {Field: 3, Sum: true}},
	})
	table, err := group.NewTable(p, memory.NewBudget(memory.NoLimit))
	require.NoError(b, err)
	defer table.Free()
	var bad badRows
	r := group.NewReader(p, table, &bad, nil)
	c := source.Chunk{Size: int64(len(input)), Final: true}
	w := source.Window{Bytes: input, Size: len(input)}
	b.SetBytes(int64(len(input)))
	b.ReportAllocs()
	for b.Loop() {
		r.Begin(&c)
		for at := 0; at < len(input); {
			n, err := r.Tile(&w, at, int64(at), true, true)
			if err != nil {
				b.Fatal(err)
			}
			at += n
		}
	}
	require.Empty(b, bad)
}
