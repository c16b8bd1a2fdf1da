package source

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/klauspost/compress/gzip"
	"github.com/stretchr/testify/require"
)

// checkedFile writes a file and returns it as an input that Check has looked at.
func checkedFile(t *testing.T, content []byte) Input {
	t.Helper()
	path := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(path, content, 0o600))
	in := []Input{File(path)}
	require.NoError(t, Check(in))
	return in[0]
}

// TestReadSmall checks which files are read as one chunk, and that they are what was
// written.
func TestReadSmall(t *testing.T) {
	c := config(1, defaultChunkBytes)
	var buffer Buffer
	for _, size := range []int{1, 2, 100, 4095, 4096, CopyBytes - 1, CopyBytes} {
		content := bytes.Repeat([]byte("a;1.0\n"), size/6+1)[:size]
		in := checkedFile(t, content)
		require.True(t, in.IsSmall(&c), size)
		src, chunk, err := in.ReadSmall(&c, &buffer)
		require.NoError(t, err)
		require.True(t, chunk.Whole && chunk.Final && chunk.Offset == 0 && !chunk.Inside && !chunk.Cut)
		require.EqualValues(t, size, chunk.Size)
		w, err := src.Load(&chunk, 0, &buffer)
		require.NoError(t, err)
		require.True(t, bytes.Equal(content, w.Data()))
		require.False(t, src.Shrunk())
		require.NoError(t, src.Close())
	}
	for _, size := range []int{0, CopyBytes + 1} {
		in := checkedFile(t, make([]byte, size))
		require.False(t, in.IsSmall(&c), size)
	}
	in := checkedFile(t, make([]byte, minChunkBytes+1))
	for _, c := range []Config{{ChunkBytes: minChunkBytes, Access: AccessRead}, {ChunkBytes: defaultChunkBytes, Access: AccessMap}} {
		require.False(t, in.IsSmall(&c))
	}
	unchecked := File(in.Name())
	require.False(t, unchecked.IsSmall(&c))
}

// TestReadSmallChanged checks files that are no longer what Check has seen.
func TestReadSmallChanged(t *testing.T) {
	c := config(1, defaultChunkBytes)
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	require.NoError(t, w.Close())
	for what, content := range map[string][]byte{"empty": {}, "large": make([]byte, CopyBytes+1), "compressed": packed.Bytes()} {
		in := checkedFile(t, []byte("a;1.0\n"))
		require.NoError(t, os.WriteFile(in.Name(), content, 0o600))
		src, _, err := in.ReadSmall(&c, new(Buffer))
		require.NoError(t, err, what)
		require.Nil(t, src, what)
	}
	in := checkedFile(t, []byte("a;1.0\n"))
	in.size = 7 // of the file that Peek has looked at
	_, _, err := in.ReadSmall(&c, new(Buffer))
	require.ErrorIs(t, err, ErrTruncated)
	require.NoError(t, os.Remove(in.Name()))
	_, _, err = in.ReadSmall(&c, new(Buffer))
	require.ErrorIs(t, err, fs.ErrNotExist)
}

// TestCheck checks that the first of many inputs that cannot be read is the error, that
// each is looked at once, and what is not a file or a directory is not opened.
func TestCheck(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(4))
	good := checkedFile(t, []byte("a;1.0\n")).Name()
	inFS := fstest.MapFS{"file": {Data: []byte("a;1.0\n")}}
	all := make([]Input, 5*checksEach)
	for i := range all {
		all[i] = []Input{File(good), FS(inFS, "file"), Bytes("bytes", nil), Reader("reader", strings.NewReader("")), File(os.DevNull)}[i%5]
	}
	require.NoError(t, Check(all))
	require.EqualValues(t, 6, all[0].found)
	require.Zero(t, all[1].found, "it may not be a file of the system")
	for _, at := range []int{0, 1, checksEach - 1, checksEach, 3*checksEach + 7, len(all) - 1} {
		changed := slices.Clone(all)
		changed[len(all)-1] = FS(inFS, "late")
		changed[at] = File(good + "missing")
		err := Check(changed)
		require.ErrorIs(t, err, fs.ErrNotExist)
		require.ErrorContains(t, err, good+"missing: ", at)
	}
	require.NoError(t, os.Remove(good))
	require.NoError(t, Check(all), "all are checked")
	require.ErrorIs(t, Check([]Input{File(good)}), fs.ErrNotExist)
	require.ErrorContains(t, Check([]Input{File(t.TempDir())}), "is a directory")
	require.NoError(t, Check(nil))
}
