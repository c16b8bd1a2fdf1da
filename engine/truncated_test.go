//go:build unix

package engine

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"onebrc/engine/enginetest"
)

// TestTruncatedWhileReading cuts a file between the moment when it is mapped
// and the moment when it is read.
func TestTruncatedWhileReading(t *testing.T) {
	for _, kernel := range enginetest.Kernels(t) {
		for _, v := range []struct {
			access string
			left   int64
		}{
			{AccessMap, 0}, {AccessMap, 1}, {AccessMap, 4096}, {AccessMap, 1 << 20},
			{AccessRead, 0}, {AccessRead, 1}, {AccessRead, 4096}, {AccessRead, 1 << 20},
		} {
			path := filepath.Join(t.TempDir(), "shrinking")
			require.NoError(t, os.WriteFile(path, bytes.Repeat([]byte("a;1.0\n"), 1<<20), 0o600))
			in := File(path)
			s, err := Options{Workers: 2, Kernel: kernel, Access: v.access}.settings()
			require.NoError(t, err)
			q := newQueue(s, []Input{in})
			q.source, err = in.open(s)
			require.NoError(t, err)
			q.opened = append(q.opened, q.source)
			require.NoError(t, os.Truncate(path, v.left))

			tables, err := work(context.Background(), s, q)
			require.NoError(t, err)
			for _, table := range tables {
				table.Free()
			}
			require.ErrorIs(t, q.result(), ErrTruncated)
			require.EqualError(t, q.result(), path+": truncated while reading")
			require.NoError(t, q.close())
		}
	}
}
