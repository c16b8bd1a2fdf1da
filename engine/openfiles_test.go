//go:build unix

package engine_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"onebrc/engine"
)

// TestManyFiles checks a run over 5,000 files in a process that may have 256 open.
func TestManyFiles(t *testing.T) {
	var old unix.Rlimit
	require.NoError(t, unix.Getrlimit(unix.RLIMIT_NOFILE, &old))
	limit := old
	limit.Cur = 256
	require.NoError(t, unix.Setrlimit(unix.RLIMIT_NOFILE, &limit))
	defer func() { require.NoError(t, unix.Setrlimit(unix.RLIMIT_NOFILE, &old)) }()
	folder := t.TempDir()
	inputs := make([]engine.Input, 5000)
	for i := range inputs {
		path := filepath.Join(folder, fmt.Sprint(i))
		require.NoError(t, os.WriteFile(path, fmt.Appendf(nil, "a;1.0\nname %d;2.0\n", i%100), 0o600))
		inputs[i] = engine.File(path)
	}
	for _, access := range engine.Accesses() {
		for _, workers := range []int{1, 4} {
			o := engine.Options{Access: access, Workers: workers}
			result, err := engine.Aggregate(t.Context(), o, inputs...)
			require.NoError(t, err, "%s, %d workers", access, workers)
			require.EqualValues(t, 2*len(inputs), result.Rows)
			require.Len(t, result.Stations, 101)
		}
	}
}

// TestFIFOWithoutWriter checks that the end of the context ends a run that waits for
// the writer of a FIFO.
func TestFIFOWithoutWriter(t *testing.T) {
	path := filepath.Join(t.TempDir(), "fifo")
	require.NoError(t, unix.Mkfifo(path, 0o600))
	soon(t, func() {
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
		defer cancel()
		_, err := engine.Aggregate(ctx, engine.Options{}, engine.Bytes("good", []byte("a;1.0\n")), engine.File(path))
		require.ErrorIs(t, err, context.DeadlineExceeded)
	})
	fifo, err := os.OpenFile(path, os.O_RDWR, 0) // let the blocked worker end
	require.NoError(t, err)
	require.NoError(t, fifo.Close())
}
