//go:build unix

package partition_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"onebrc/engine/internal/partition"
)

func TestCreateUnlinked(t *testing.T) {
	folder := t.TempDir()
	file, name, err := partition.CreateUnlinked(folder)
	require.NoError(t, err)
	require.Empty(t, name)
	require.Zero(t, entries(t, folder))
	_, err = file.WriteAt([]byte("data"), 0)
	require.NoError(t, err)
	data := make([]byte, 4)
	_, err = file.ReadAt(data, 0)
	require.NoError(t, err)
	require.Equal(t, "data", string(data))
	require.NoError(t, file.Close())
}
