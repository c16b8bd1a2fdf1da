package run

import (
	"io/fs"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"
)

// countedRoot is an empty file system that counts attempts to read a file.
type countedRoot struct {
	fstest.MapFS
	reads map[string]int
}

func (c countedRoot) ReadFile(name string) ([]byte, error) {
	c.reads[name]++
	return nil, fs.ErrNotExist
}

// TestMountsAreReadOnce checks that the machine and the memory limit of a
// configuration together read the files that locate the cgroups only once.
func TestMountsAreReadOnce(t *testing.T) {
	for _, workers := range []int{0, 2} {
		root := countedRoot{fstest.MapFS{}, map[string]int{}}
		_, err := Configure(Options{Workers: workers, System: newSystem(root)}, lines{})
		require.NoError(t, err)
		require.Equal(t, 1, root.reads["proc/self/cgroup"])
	}
}
