//go:build unix

package source

import (
	"bytes"
	"os"
	"path/filepath"
	"runtime/debug"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestAccessAuto checks that a file that is long enough to be probed has a source,
// whatever the probe says, and that the source can be closed.
func TestAccessAuto(t *testing.T) {
	path := filepath.Join(t.TempDir(), "long")
	row := []byte("a;1.0\nb;-2.0\n")
	require.NoError(t, os.WriteFile(path, bytes.Repeat(row, probedSize/len(row)+1), 0o600))
	src, err := File(path).Open(config(1, defaultChunkBytes))
	require.NoError(t, err)
	if _, mapped := src.(*mapped); !mapped {
		require.IsType(t, &copied{}, src)
	}
	require.NoError(t, src.Close())
}

// TestProbeOfTruncatedFile checks the error of a probe after the file was truncated.
func TestProbeOfTruncatedFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "shrinking")
	require.NoError(t, os.WriteFile(path, bytes.Repeat([]byte("a;1.0\n"), probedSize/6+1), 0o600))
	f, err := os.Open(path)
	require.NoError(t, err)
	defer f.Close()
	src, err := mapFile(f, probedSize)
	require.NoError(t, err)
	require.NoError(t, os.Truncate(path, 1))
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true)) // as in a worker
	_, err = src.inLargePages(0, probedSize)
	require.ErrorIs(t, err, ErrTruncated)
	require.NoError(t, src.Close())
}
