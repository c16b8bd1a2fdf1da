package source

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestAccessAutoOfSmallPages checks that a file written page by page is not mapped: the
// page cache then has it in single pages.
func TestAccessAutoOfSmallPages(t *testing.T) {
	path := filepath.Join(t.TempDir(), "small")
	f, err := os.Create(path)
	require.NoError(t, err)
	page := bytes.Repeat([]byte("a;-12.3\n"), os.Getpagesize()/8)
	for range probedSize / len(page) {
		_, err := f.Write(page)
		require.NoError(t, err)
	}
	require.NoError(t, f.Close())
	src, err := File(path).Open(config(1, defaultChunkBytes))
	require.NoError(t, err)
	require.IsType(t, &copied{}, src)
	require.NoError(t, src.Close())
}
