package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"

	"onebrc/engine"
)

// buildOverflowing builds a program whose tables evict all groups after each chunk, to
// a number of partitions, which are written to temporary files if spill is set.
func buildOverflowing(t *testing.T, partitions int, spill bool) (program string) {
	t.Helper()
	program = filepath.Join(t.TempDir(), filepath.Base(binary))
	flags := fmt.Sprintf("-X 'onebrc/engine/internal/run.linkedOverflow=%d %t'", partitions, spill)
	out, err := exec.Command("go", "build", "-ldflags", flags, "-o", program, ".").CombinedOutput()
	require.NoError(t, err, "%s", out)
	return program
}

// TestGroupGoldenOverflow runs all pairs with tables that overflow, for numbers of
// partitions and of workers, in memory and with temporary files.
func TestGroupGoldenOverflow(t *testing.T) {
	if testing.Short() {
		t.Skip("-short: many runs of programs")
	}
	pairs, err := filepath.Glob(filepath.Join(groupPairs, "*", "args"))
	require.NoError(t, err)
	require.Greater(t, len(pairs), 60)
	folder := t.TempDir()
	var ways [][]string
	kernels := engine.Kernels()[1:]
	for workers := 1; workers <= 3; workers++ {
		way := []string{"--workers", fmt.Sprint(workers), "--chunk-size", "4KiB", "--temp-dir", folder}
		kernel := kernels[workers%len(kernels)]
		if (engine.Options{Kernel: kernel}).Check() == nil {
			way = append(way, "--kernel", string(kernel))
		}
		ways = append(ways, way)
	}
	for _, overflow := range []struct {
		partitions int
		spill      bool
	}{{1, false}, {16, true}, {256, false}, {4096, true}} {
		program := buildOverflowing(t, overflow.partitions, overflow.spill)
		t.Run(fmt.Sprintf("partitions=%d/spill=%t", overflow.partitions, overflow.spill), func(t *testing.T) {
			for _, args := range pairs {
				pair := filepath.Dir(args)
				t.Run(filepath.Base(pair), func(t *testing.T) { checkGroupPair(t, program, pair, ways) })
			}
			files, err := os.ReadDir(folder)
			require.NoError(t, err)
			require.Empty(t, files)
		})
	}
}

// TestOverflowIsLinked checks that the programs of TestGroupGoldenOverflow are what they
// should be: one that spills fails without the folder for temporary files.
func TestOverflowIsLinked(t *testing.T) {
	if testing.Short() {
		t.Skip("-short: as TestGroupGoldenOverflow")
	}
	const folder = "/proc" // where nobody can create files, not even root
	if runtime.GOOS != "linux" {
		t.Skip("there is no " + folder)
	}
	rows := ""
	for i := range 1000 {
		rows += fmt.Sprintf("%d;1.0\n", i)
	}
	input := filepath.Join(t.TempDir(), "rows.txt")
	require.NoError(t, os.WriteFile(input, []byte(rows), 0o666))
	program := buildOverflowing(t, 16, true)
	got := finish(t, exec.Command(program, "--chunk-size", "4KiB", "--temp-dir", folder, input))
	require.Equal(t, 1, got.code)
	require.Contains(t, got.stderr, "temporary file in "+folder)
}
