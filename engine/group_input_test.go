package engine_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"onebrc/engine"
	"onebrc/engine/internal/group"
)

// byInput groups by the name of the input and a column.
var byInput = engine.Query{
	By:         []engine.Column{{Input: true}, {Name: "k"}},
	Aggregates: []engine.Aggregation{{Func: engine.FuncCount}, {Func: engine.FuncSum, Of: column("v")}},
}

// TestGroupByInput groups by the names of inputs of each kind. Two have the same name.
func TestGroupByInput(t *testing.T) {
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	_, err := w.Write([]byte("k,v\nx,1\n"))
	require.NoError(t, err)
	require.NoError(t, w.Close())
	dir := t.TempDir()
	gz, empty := filepath.Join(dir, "a,\"b\".csv.gz"), filepath.Join(dir, "empty.csv")
	require.NoError(t, os.WriteFile(gz, packed.Bytes(), 0o600))
	require.NoError(t, os.WriteFile(empty, nil, 0o600))
	inputs := func() []engine.Input {
		return []engine.Input{
			engine.Bytes("z", []byte("k,v\nx,1\ny,2\n")), engine.Reader("stream\x00\n", strings.NewReader("k,v\n\"x\",3\n")),
			engine.File(empty), engine.File(gz), engine.Bytes("", []byte("k,v\nx,4")), engine.Bytes("z", []byte("k,v\nx,5\r\n")),
		}
	}
	want := "filename,k,count,sum(v)\n" + ",x,1,4\n" + gz + ",x,1,1\n" + "stream\x00\n,x,1,3\n" + "z,x,2,6\n" + "z,y,1,2\n"
	for _, k := range engine.TestedKernels(t) {
		for _, early := range []int{0, 1} {
			group.EvictEarly(early)
			defer group.EvictEarly(0)
			g, err := engine.GroupBy(t.Context(), byInput, engine.Options{Kernel: k, Workers: 2}, inputs()...)
			require.NoError(t, err)
			require.Equal(t, want, textOf(g))
			g.SortBy(0, true)
			require.Equal(t, "filename,k,count,sum(v)\n"+"z,x,2,6\n"+"z,y,1,2\n"+"stream\x00\n,x,1,3\n"+gz+",x,1,1\n"+",x,1,4\n", textOf(g))

			alone := engine.Query{By: []engine.Column{{Input: true}}}
			g, err = engine.GroupBy(t.Context(), alone, engine.Options{Kernel: k}, inputs()...)
			require.NoError(t, err)
			require.Equal(t, "filename,count\n,1\n"+gz+",1\nstream\x00\n,1\nz,3\n", textOf(g))
		}
	}
}

// TestGroupByManyInputs has more inputs than two digits of a label can number, in an order
// that is not that of their names, and each in several chunks.
func TestGroupByManyInputs(t *testing.T) {
	const count = 36*36 + 100
	var inputs []engine.Input
	var want strings.Builder
	want.WriteString("filename,count,sum(v)\n")
	for i := range count {
		name := fmt.Sprintf("%05d", i)
		at := (i * 7) % count // 7 does not divide count
		inputs = append(inputs, engine.Bytes(fmt.Sprintf("%05d", at), []byte("v\n"+strings.Repeat(fmt.Sprintf("%d\n", at), 5))))
		fmt.Fprintf(&want, "%s,5,%d\n", name, 5*i)
	}
	q := engine.Query{By: []engine.Column{{Input: true}}, Aggregates: []engine.Aggregation{{Func: engine.FuncCount}, {Func: engine.FuncSum, Of: column("v")}}}
	g, err := engine.GroupBy(t.Context(), q, engine.Options{Workers: 3}, inputs...)
	require.NoError(t, err)
	require.Equal(t, want.String(), textOf(g))
}

// TestGroupByInputInChunks reads two inputs of several chunks, whose rows have quotes and
// bad rows, so that they take the slow ways, too.
func TestGroupByInputInChunks(t *testing.T) {
	rows := strings.Repeat("x,1\n\"x\",2\n\"a\"\"b\",\"3\"\nbad\nx,\n", 3000)
	q := byInput
	q.Where = engine.Not{engine.Comparison{Column: *column("v"), Op: engine.OpEqual, Value: "2"}}
	for _, k := range engine.TestedKernels(t) {
		bad := 0
		g, err := engine.GroupBy(t.Context(), q, engine.Options{
			Kernel: k, Workers: 3, ChunkBytes: engine.MinChunkBytes, OnBadRow: func(*engine.RowError) error { bad++; return nil },
		}, engine.Bytes("2", []byte("k,v\n"+rows)), engine.Bytes("1", []byte("k,v\n"+rows)))
		require.NoError(t, err)
		require.Equal(t, 6000, bad)
		require.Equal(t, "filename,k,count,sum(v)\n"+"1,a\"b,3000,9000\n1,x,6000,3000\n2,a\"b,3000,9000\n2,x,6000,3000\n", textOf(g))
	}
}
