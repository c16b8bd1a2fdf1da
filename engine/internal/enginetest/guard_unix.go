//go:build unix

package enginetest

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// Guarded returns size bytes between two pages that cannot be read or written. The
// bytes end at the second page if atEnd is true, and begin after the first page
// otherwise. So an access beyond that end faults. At the other end it faults only
// beyond the rest of the page.
func Guarded(t testing.TB, size int, atEnd bool) []byte {
	page := os.Getpagesize()
	body := (size + page - 1) / page * page
	all, err := unix.Mmap(-1, 0, body+2*page, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_ANON|unix.MAP_PRIVATE)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, unix.Munmap(all)) })
	require.NoError(t, unix.Mprotect(all[:page], unix.PROT_NONE))
	require.NoError(t, unix.Mprotect(all[page+body:], unix.PROT_NONE))
	if atEnd {
		return all[page+body-size : page+body : page+body]
	}
	return all[page : page+size : page+size]
}
