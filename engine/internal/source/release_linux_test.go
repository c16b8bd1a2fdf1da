package source_test

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"onebrc/engine/internal/schedule"
	"onebrc/engine/internal/source"
)

// residentOfFiles returns how much of the memory of this process is mapped files, in bytes.
func residentOfFiles(t *testing.T) int {
	t.Helper()
	status, err := os.ReadFile("/proc/self/status")
	require.NoError(t, err)
	match := regexp.MustCompile(`RssFile:\s+(\d+) kB`).FindSubmatch(status)
	require.NotNil(t, match)
	kib, err := strconv.Atoi(string(match[1]))
	require.NoError(t, err)
	return kib << 10
}

// TestRelease checks that the pages of a released chunk of a mapped file leave the
// process, and that they can still be read.
func TestRelease(t *testing.T) {
	const size = 32 << 20
	content := bytes.Repeat([]byte("name;-1\n"), size/8)
	path := filepath.Join(t.TempDir(), "rows")
	require.NoError(t, os.WriteFile(path, content, 0o600))
	in := source.File(path)
	s, err := in.Open(source.Config{
		ChunkBytes: size / 4, Access: source.AccessMap, Nodes: schedule.Nodes{Workers: []int{1}},
	})
	require.NoError(t, err)
	defer func() { require.NoError(t, s.Close()) }()
	var buffer source.Buffer
	before, released := residentOfFiles(t), int64(0)
	for released < size/2 {
		c, err := s.Next(0, &buffer)
		require.NoError(t, err)
		require.NotZero(t, c.Nominal.End)
		require.NoError(t, s.Cut(&c, &buffer))
		w, err := s.Load(&c, c.Offset, &buffer)
		require.NoError(t, err)
		require.Equal(t, content[c.Offset:c.End()], w.Data())
		s.Release(&c)
		require.Less(t, residentOfFiles(t)-before, size/4, "after %d bytes", c.End())
		require.Equal(t, content[c.Offset:c.End()], w.Data())
		s.Release(&c)
		released += c.Size
	}
}
