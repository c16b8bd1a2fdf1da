//go:build unix

package engine

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"runtime/debug"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestAccessAuto reads a file that is long enough to be probed: whatever the
// probe says, there is a source, it is closed once, and the result is that of
// both ways.
func TestAccessAuto(t *testing.T) {
	path := filepath.Join(t.TempDir(), "long")
	row := []byte("a;1.0\nb;-2.0\n")
	require.NoError(t, os.WriteFile(path, bytes.Repeat(row, probedSize/len(row)+1), 0o600))
	s, err := Options{}.settings()
	require.NoError(t, err)
	require.Equal(t, AccessAuto, s.access)
	src, err := File(path).open(s)
	require.NoError(t, err)
	if _, mapped := src.(*mappedSource); !mapped {
		require.IsType(t, &copySource{}, src)
	}
	require.NoError(t, src.close())

	want, err := Aggregate(context.Background(), Options{Access: AccessMap}, File(path))
	require.NoError(t, err)
	for _, access := range []string{AccessAuto, AccessRead} {
		got, err := Aggregate(context.Background(), Options{Access: access}, File(path))
		require.NoError(t, err)
		require.Equal(t, want, got)
	}
}

// TestProbeOfTruncatedFile cuts the file before the probe touches it.
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
	_, err = src.mapsFast()
	require.ErrorIs(t, err, ErrTruncated)
	require.NoError(t, src.close())
}
