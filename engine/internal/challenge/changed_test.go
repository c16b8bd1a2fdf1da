//go:build unix

package challenge_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"onebrc/engine/internal/challenge"
	"onebrc/engine/internal/enginetest"
	"onebrc/engine/internal/kernel"
	"onebrc/engine/internal/run"
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

// beginning is a plan that calls begin before a reader begins its first chunk, when
// the input is open and none of its rows is read.
type beginning struct {
	run.Plan
	begin func()
}

func (p beginning) NewReader(t run.Table, sink run.Sink) run.Reader {
	return beginningReader{p.Plan.NewReader(t, sink), p.begin}
}

type beginningReader struct {
	run.Reader
	begin func()
}

func (r beginningReader) Begin(c *source.Chunk) {
	r.begin()
	r.Reader.Begin(c)
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
	for _, name := range kernels {
		for _, access := range source.Accesses() {
			for _, c := range changes() {
				about := fmt.Sprintf("%s, %s, %s", name, access, c.name)
				path := filepath.Join(t.TempDir(), "changing")
				require.NoError(t, os.WriteFile(path, bytes.Repeat([]byte(row), int(rows)), 0o600))
				k, err := kernel.Select(name)
				require.NoError(t, err)
				change := sync.OnceFunc(func() { c.make(t, path) })
				plan := beginning{challenge.Plan(k, nil), change}
				config, err := run.Configure(run.Options{Workers: 2, Access: access}, plan)
				require.NoError(t, err)
				outcome, err := config.Aggregate(t.Context(), plan, []source.Input{source.File(path)}, nil)
				if c.fails {
					require.ErrorIs(t, err, source.ErrTruncated, about)
					require.EqualError(t, err, path+": truncated while reading", about)
					continue
				}
				require.NoError(t, err, about)
				for s := range outcome.Table.(challenge.Table).Stats() {
					require.Equal(t, table.Stats{Name: []byte("a"), Min: 10, Max: 10, Sum: 10 * rows, Count: rows}, s, about)
				}
				require.Equal(t, 1, outcome.Table.(challenge.Table).Len(), about)
				require.EqualValues(t, fileBytes, outcome.Bytes, about)
				outcome.Table.Free()
			}
		}
	}
}
