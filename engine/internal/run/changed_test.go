//go:build unix

package run

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"onebrc/engine/internal/enginetest"
	"onebrc/engine/internal/kernel"
	"onebrc/engine/internal/source"
	"onebrc/engine/internal/table"

	"github.com/stretchr/testify/require"
)

// fileBytes is the size of the file that changes: whole rows and whole pages.
const fileBytes = 3 << 20

// change is a change of a file after it is opened and before it is read.
type change struct {
	name  string
	make  func(t *testing.T, path string)
	fails bool // reading fails, because the file was truncated
}

// changes returns all changes. Reading notices only those that truncate the file.
func changes() []change {
	all := []change{
		{"grown", func(t *testing.T, path string) {
			f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
			require.NoError(t, err)
			defer f.Close()
			_, err = f.Write(bytes.Repeat([]byte("bad\n"), 1<<10))
			require.NoError(t, err)
		}, false},
		{"replaced by a shorter file", func(t *testing.T, path string) {
			require.NoError(t, os.WriteFile(path+".new", []byte("bad"), 0o600))
			require.NoError(t, os.Rename(path+".new", path))
		}, false},
		{"replaced by a longer file", func(t *testing.T, path string) {
			require.NoError(t, os.WriteFile(path+".new", bytes.Repeat([]byte("bad\n"), 2<<20), 0o600))
			require.NoError(t, os.Rename(path+".new", path))
		}, false},
		{"removed", func(t *testing.T, path string) { require.NoError(t, os.Remove(path)) }, false},
	}
	for _, left := range []int64{0, 1, 4096, 1 << 20, fileBytes - 3} {
		all = append(all, change{fmt.Sprintf("truncated to %d bytes", left), func(t *testing.T, path string) {
			require.NoError(t, os.Truncate(path, left))
		}, true})
	}
	return all
}

// TestChangedWhileReading checks runs over a file that changes, for each change,
// access and kernel.
func TestChangedWhileReading(t *testing.T) {
	const row = "a;1.0\n"
	const rows = int64(fileBytes / len(row))
	kernels := enginetest.Kernels(t, kernel.Names()[1:], func(name string) error {
		_, err := kernel.Select(name)
		return err
	})
	for _, kernel := range kernels {
		for _, access := range source.Accesses() {
			for _, c := range changes() {
				name := fmt.Sprintf("%s, %s, %s", kernel, access, c.name)
				path := filepath.Join(t.TempDir(), "changing")
				require.NoError(t, os.WriteFile(path, bytes.Repeat([]byte(row), int(rows)), 0o600))
				config, err := Configure(Options{Workers: 2, Kernel: kernel, Access: access})
				require.NoError(t, err)
				in := source.File(path)
				r := newRun(config, []source.Input{in}, nil)
				src, err := in.Open(config.source())
				require.NoError(t, err)
				r.feed.from = r.open(0, src)
				c.make(t, path)

				outcome, err := r.aggregate(t.Context())
				if c.fails {
					require.ErrorIs(t, err, source.ErrTruncated, name)
					require.EqualError(t, err, path+": truncated while reading", name)
					continue
				}
				require.NoError(t, err, name)
				for s := range outcome.Table.Stats() {
					require.Equal(t, table.Stats{Name: []byte("a"), Min: 10, Max: 10, Sum: 10 * rows, Count: rows}, s, name)
				}
				require.Equal(t, 1, outcome.Table.Len(), name)
				require.EqualValues(t, fileBytes, outcome.Bytes, name)
				outcome.Table.Free()
			}
		}
	}
}
