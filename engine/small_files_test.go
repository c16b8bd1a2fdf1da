package engine_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"onebrc/engine"
)

// smallFiles returns many files of rows, some of them empty, compressed or not small, and
// the rows of all. Every file has header, which may be "".
func smallFiles(t *testing.T, header string, row func(b []byte) []byte) (inputs []engine.Input, all []byte) {
	t.Helper()
	folder := t.TempDir()
	all = append(all, header...)
	for i := range 300 {
		size := rand.IntN(3000)
		switch {
		case i%50 == 0:
			size = 0
		case i%40 == 0:
			size = 300 << 10
		}
		content := []byte(header)
		for len(content) < size {
			content = row(content)
		}
		all = append(all, content[len(header):]...)
		if size == 0 {
			content = nil
		}
		if i%3 == 0 {
			content = bytes.TrimSuffix(content, []byte("\n"))
		}
		if i%20 == 7 {
			content = compressed(t, "gzip", content)
		}
		path := filepath.Join(folder, fmt.Sprint(i))
		require.NoError(t, os.WriteFile(path, content, 0o600))
		inputs = append(inputs, engine.File(path))
	}
	return inputs, all
}

// TestSmallFiles checks that many small files, and others between them, have the result of
// their rows in one input.
func TestSmallFiles(t *testing.T) {
	inputs, all := smallFiles(t, "", func(b []byte) []byte {
		return fmt.Appendf(b, "name %d;%d.%d\n", rand.IntN(500), rand.IntN(199)-99, rand.IntN(10))
	})
	want, err := engine.Aggregate(t.Context(), engine.Options{}, engine.Bytes("all", all))
	require.NoError(t, err)
	for _, access := range engine.Accesses() {
		for _, workers := range []int{1, 2, 5} {
			for _, chunkBytes := range []int{engine.MinChunkBytes, engine.DefaultChunkBytes} {
				o := engine.Options{Access: access, Workers: workers, ChunkBytes: chunkBytes}
				got, err := engine.Aggregate(t.Context(), o, inputs...)
				require.NoError(t, err)
				require.Equal(t, want.Stations, got.Stations, "%+v", o)
				require.Equal(t, want.Rows, got.Rows)
			}
		}
	}
}

// TestSmallFilesOfGroups is TestSmallFiles for files with headers and quotes.
func TestSmallFilesOfGroups(t *testing.T) {
	inputs, all := smallFiles(t, "city,temp,note\n", func(b []byte) []byte {
		return fmt.Appendf(b, "\"key\n%d\",%d.%d,\"a\n\"\"b\"\n", rand.IntN(100), rand.IntN(1000), rand.IntN(10))
	})
	q := engine.Query{
		By:         []engine.Column{{Name: "city"}},
		Aggregates: []engine.Aggregation{{Func: engine.FuncSum, Of: &engine.Column{Name: "temp"}}, {Func: engine.FuncCount}},
	}
	want := groupsText(t, q, engine.Options{}, engine.Bytes("all", all))
	for _, workers := range []int{1, 2, 5} {
		for _, chunkBytes := range []int{engine.MinChunkBytes, engine.DefaultChunkBytes} {
			o := engine.Options{Workers: workers, ChunkBytes: chunkBytes}
			require.Equal(t, want, groupsText(t, q, o, inputs...), "%+v", o)
		}
	}
}

// TestBadRowsOfSmallFiles checks that bad rows of small files are reported in the order of
// the files, each with its place, and that the first one is the error of a run.
func TestBadRowsOfSmallFiles(t *testing.T) {
	folder := t.TempDir()
	var inputs []engine.Input
	var want []string
	for i := range 400 {
		var text []byte
		for line := 1; line <= 100; line++ {
			if rand.IntN(150) == 0 {
				want = append(want, fmt.Sprintf("%d:%d:%d", i, line, len(text)))
				text = append(text, "bad\n"...)
			} else {
				text = append(text, "a;1.0\n"...)
			}
		}
		path := filepath.Join(folder, fmt.Sprint(i))
		require.NoError(t, os.WriteFile(path, text, 0o600))
		inputs = append(inputs, engine.File(path))
	}
	for _, workers := range []int{1, 2, 7} {
		var got []string
		o := engine.Options{Workers: workers}
		o.OnBadRow = func(row *engine.RowError) error {
			got = append(got, fmt.Sprintf("%s:%d:%d", filepath.Base(row.Input), row.Line, row.Offset))
			return nil
		}
		result, err := engine.Aggregate(t.Context(), o, inputs...)
		require.NoError(t, err)
		require.Equal(t, want, got)
		require.EqualValues(t, 400*100-len(want), result.Rows)
		o.OnBadRow = nil
		_, err = engine.Aggregate(t.Context(), o, inputs...)
		var row *engine.RowError
		require.ErrorAs(t, err, &row)
		require.Equal(t, want[0], fmt.Sprintf("%s:%d:%d", filepath.Base(row.Input), row.Line, row.Offset))
	}
}

// TestCheckInputs checks that what CheckInputs has checked is not checked again, and that
// a file that is gone when its turn comes is an error.
func TestCheckInputs(t *testing.T) {
	path := writeFile(t, []byte("a;1.0\n"))
	inputs := []engine.Input{engine.Bytes("bytes", []byte("a;1.0\n")), engine.File(path)}
	require.NoError(t, engine.CheckInputs(inputs))
	require.NoError(t, inputs[1].Check())
	require.NoError(t, os.Remove(path))
	require.NoError(t, engine.CheckInputs(inputs))
	_, err := engine.Aggregate(t.Context(), engine.Options{}, inputs...)
	require.ErrorContains(t, err, path+": ")
	require.Error(t, engine.CheckInputs([]engine.Input{engine.File(path)}))
}
