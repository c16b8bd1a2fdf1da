package source

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestPeek checks that an input has all its bytes after a look at the first ones.
func TestPeek(t *testing.T) {
	const text = "first\nsecond\n"
	path := filepath.Join(t.TempDir(), "input")
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	for name, in := range map[string]Input{
		"file": File(path), "fs": FS(os.DirFS(filepath.Dir(path)), "input"), "bytes": Bytes("", []byte(text)),
		"reader": Reader("", strings.NewReader(text)),
	} {
		for _, n := range []int{0, 1, 6, len(text), len(text) + 1} {
			if name == "reader" {
				in = Reader("", strings.NewReader(text))
			}
			p, err := NewPeek(in)
			require.NoError(t, err, name)
			first, err := p.First(n)
			require.NoError(t, err, name)
			require.Equal(t, text[:min(n, len(text))], string(first), name)
			src, err := p.Input().Open(config(1, minChunkBytes))
			require.NoError(t, err, name)
			require.NoError(t, p.Close(), name)
			checkChunks(t, name, []byte(text), src, minChunkBytes)
		}
	}
}

// TestPeekBeforeTruncation checks that a file that becomes shorter after a look at it is
// truncated, and that one that grows is not.
func TestPeekBeforeTruncation(t *testing.T) {
	for _, access := range Accesses() {
		for size, want := range map[int64]error{0: ErrTruncated, 6: ErrTruncated, 12: ErrTruncated, 13: nil, 100: nil} {
			path := filepath.Join(t.TempDir(), "input")
			require.NoError(t, os.WriteFile(path, []byte("first\nsecond\n"), 0o600))
			p, err := NewPeek(File(path))
			require.NoError(t, err)
			_, err = p.First(5)
			require.NoError(t, err)
			require.NoError(t, p.Close())
			require.NoError(t, os.Truncate(path, size))
			c := config(1, minChunkBytes)
			c.Access = access
			src, err := p.Input().Open(c)
			require.ErrorIs(t, err, want, "%s, %d bytes", access, size)
			if want == nil {
				require.NoError(t, src.Close())
			}
		}
	}
}
