//go:build unix

package engine

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// fileBytes is the size of the file that changes: whole rows, and whole pages.
const fileBytes = 3 << 20

// change is something that happens to a file between the moment when it is
// opened and the moment when it is read.
type change struct {
	name  string
	make  func(t *testing.T, path string)
	fails bool // reading it, as it was truncated
}

// changes are all of them. Of those that don't truncate the file, reading must
// not notice anything.
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

// TestChangedWhileReading has each change, each access and each kernel.
func TestChangedWhileReading(t *testing.T) {
	const row = "a;1.0\n"
	const rows = int64(fileBytes / len(row))
	for _, kernel := range TestedKernels(t) {
		for _, access := range Accesses() {
			for _, c := range changes() {
				name := fmt.Sprintf("%s, %s, %s", kernel, access, c.name)
				path := filepath.Join(t.TempDir(), "changing")
				require.NoError(t, os.WriteFile(path, bytes.Repeat([]byte(row), int(rows)), 0o600))
				in := File(path)
				s, err := Options{Workers: 2, Kernel: kernel, Access: access}.settings()
				require.NoError(t, err)
				q := newQueue(s, []Input{in})
				q.source, err = in.open(s)
				require.NoError(t, err)
				q.opened = append(q.opened, q.source)
				c.make(t, path)

				result, err := q.aggregate(context.Background())
				if c.fails {
					require.ErrorIs(t, err, ErrTruncated, name)
					require.EqualError(t, err, path+": truncated while reading", name)
					continue
				}
				require.NoError(t, err, name)
				require.Equal(t, []Station{{"a", 10, 10, 10 * rows, rows}}, result.Stations, name)
				require.EqualValues(t, fileBytes, result.Bytes, name)
			}
		}
	}
}
