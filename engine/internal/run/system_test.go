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

// TestMountsAreReadOnce tests that a configuration reads the files that say where
// the cgroups are only once, for the machine and for the memory limit.
func TestMountsAreReadOnce(t *testing.T) {
	for _, workers := range []int{0, 2} {
		root := countedRoot{fstest.MapFS{}, map[string]int{}}
		_, err := Configure(Options{Workers: workers, System: newSystem(root)})
		require.NoError(t, err)
		require.Equal(t, 1, root.reads["proc/self/cgroup"])
	}
}
