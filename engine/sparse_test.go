//go:build unix

package engine_test

import (
	"context"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"

	"onebrc/engine"
	"onebrc/parse/oracle"
)

// sparse makes a file of size zero bytes, which take no space on disk, followed by end.
func sparse(t *testing.T, size int64, end string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "sparse")
	f, err := os.Create(path)
	require.NoError(t, err)
	defer f.Close()
	if err := f.Truncate(size); err != nil {
		t.Skipf("no file of %d bytes here: %v", size, err)
	}
	_, err = f.WriteAt([]byte(end), size)
	require.NoError(t, err)
	return path
}

// allocated returns how many bytes of the Go heap do allocates.
func allocated(do func()) int64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	do()
	runtime.ReadMemStats(&after)
	return int64(after.TotalAlloc - before.TotalAlloc)
}

// TestNoLFFailsEarly checks that a run over 10 GB without an LF fails early and
// allocates little memory.
func TestNoLFFailsEarly(t *testing.T) {
	path := sparse(t, 10e9, "")
	for _, access := range engine.Accesses() {
		for _, in := range []engine.Input{engine.File(path), stream(t, path)} {
			o := engine.Options{Workers: 3, Access: access}
			var err error
			require.Less(t, allocated(func() {
				_, err = engine.Aggregate(context.Background(), o, in)
			}), int64(8<<20), access)
			var row *engine.RowError
			require.ErrorAs(t, err, &row)
			require.Equal(t, oracle.Bad{Line: 1, Reason: "row-too-long"}, oracle.Bad{Line: row.Line, Offset: row.Offset, Reason: string(row.Reason)})
		}
	}
}

// stream returns the file at path as a stream.
func stream(t *testing.T, path string) engine.Input {
	f, err := os.Open(path)
	require.NoError(t, err)
	t.Cleanup(func() { f.Close() })
	return engine.Reader("stream", f)
}

// TestSkipNoLF checks a row of many chunks: it is one bad row whose rest takes no
// memory, and the rows after it are read.
func TestSkipNoLF(t *testing.T) {
	const size = 100 << 20
	path := sparse(t, size, "\na;1.0\nb\n")
	for _, access := range []engine.Access{engine.AccessMap, engine.AccessRead, engine.AccessCopy, "stream"} {
		o, in := engine.Options{Workers: 3, ChunkBytes: 4 << 20, Access: access}, engine.File(path)
		if access == "stream" {
			o.Access, in = "", stream(t, path)
		}
		bad := skipAll(&o)
		require.Less(t, allocated(func() {
			result, err := engine.Aggregate(context.Background(), o, in)
			require.NoError(t, err)
			require.Equal(t, "{a=1.0/1.0/1.0}\n", result.String())
		}), int64(8<<20), access)
		require.Len(t, *bad, 2)
		long, short := (*bad)[0], (*bad)[1]
		require.Equal(t, [2]int64{1, 0}, [2]int64{long.Line, long.Offset})
		require.Len(t, long.Row, engine.MaxBadRowBytes)
		require.True(t, long.Cut)
		require.Equal(t, [2]int64{3, size + 7}, [2]int64{short.Line, short.Offset})
	}
}
