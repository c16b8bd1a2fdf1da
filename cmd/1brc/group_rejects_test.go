package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"onebrc/engine"
	"onebrc/gen"
)

// TestGroupRejectsArePlanted checks that --rejects lists exactly the bad rows that gen
// planted in logs, and that the result does not depend on how it is computed.
func TestGroupRejectsArePlanted(t *testing.T) {
	rows := 100_000
	if testing.Short() {
		rows = 10_000
	}
	for _, profile := range gen.LogProfiles() {
		t.Run(profile, func(t *testing.T) {
			t.Parallel()
			list := filepath.Join(t.TempDir(), "planted")
			path := generate(t, "--profile", profile, "--rows", fmt.Sprint(rows), "--seed", "5",
				"--corrupt", "0.01", "--corrupt-list", list)
			content, err := os.ReadFile(path)
			require.NoError(t, err)
			planted, err := os.ReadFile(list)
			require.NoError(t, err)
			count := strings.Count(string(planted), path+"\t")
			require.Greater(t, count, rows/200)
			plantedInStdin := strings.ReplaceAll(string(planted), path+"\t", "stdin\t")

			numbers := "sum(message_length),sum(stamp_count)"
			got, rejects := skip(t, "", "group", "-a", "count,"+numbers, path)
			requireGroupSkipped(t, got, count)
			require.Contains(t, got.stdout, fmt.Sprintf("\n%d,", rows-count))
			require.True(t, rejects == string(planted), "rejects differ")

			var want string
			for _, kernel := range runnableKernels() {
				for _, how := range [][]string{
					{"--workers", "1", "--chunk-size", "1GiB"}, {"--workers", "2", "--chunk-size", "64KiB"},
					{"--workers", "7", "--chunk-size", "4KiB"}, {"--workers", "3", "--chunk-size", "300001"},
				} {
					args := append([]string{"group", "-g", "channel_path", "-a", numbers, "--kernel", string(kernel)}, how...)
					got, rejects := skip(t, "", append(args, path)...)
					requireGroupSkipped(t, got, count)
					require.True(t, rejects == string(planted), "rejects of %q differ", args)
					if want == "" {
						want = got.stdout
					}
					require.True(t, got.stdout == want, "the result of %q differs", args)

					got, rejects = skip(t, string(content), args...)
					requireGroupSkipped(t, got, count)
					require.True(t, rejects == plantedInStdin, "rejects of %q and standard input differ", args)
					require.True(t, got.stdout == want, "the result of %q and standard input differs", args)
				}
			}
		})
	}
}

// requireGroupSkipped checks for success with count bad rows, none of which is cut.
func requireGroupSkipped(t *testing.T, got outcome, count int) {
	t.Helper()
	require.Equal(t, 0, got.code, got.stderr)
	require.Equal(t, fmt.Sprintf("1brc group: bad rows: %d\n", count), got.stderr)
}

// runnableKernels returns the names of the kernels that this machine can run.
func runnableKernels() []engine.Kernel {
	var names []engine.Kernel
	for _, name := range engine.Kernels() {
		if (engine.Options{Kernel: name}).Check() == nil && name != engine.KernelAuto {
			names = append(names, name)
		}
	}
	return names
}
