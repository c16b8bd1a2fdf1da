package source

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
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

// TestInLargePages probes memory that is no file, whose pages are as large as the system
// is told.
func TestInLargePages(t *testing.T) {
	probe := func(advice int) bool {
		data, err := unix.Mmap(-1, 0, probedSize, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANON)
		require.NoError(t, err)
		defer func() { require.NoError(t, unix.Munmap(data)) }()
		if err := unix.Madvise(data, advice); advice == unix.MADV_HUGEPAGE {
			require.NoError(t, err)
		}
		large, err := (&mapped{data: data}).inLargePages(0, probedSize)
		require.NoError(t, err)
		return large
	}
	require.False(t, probe(unix.MADV_NOHUGEPAGE))

	const settings = "/sys/kernel/mm/transparent_hugepage/"
	enabled, _ := os.ReadFile(settings + "enabled")
	size, _ := os.ReadFile(settings + "hpage_pmd_size")
	if n, err := strconv.Atoi(strings.TrimSpace(string(size))); err != nil || n > releaseUnit || bytes.Contains(enabled, []byte("[never]")) {
		t.Skipf("this system has no huge pages of up to %d bytes: enabled is %q, hpage_pmd_size %q", releaseUnit, enabled, size)
	}
	require.True(t, probe(unix.MADV_HUGEPAGE))
}
