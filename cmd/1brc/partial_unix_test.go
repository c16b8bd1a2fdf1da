//go:build unix

package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestRecipes runs the recipes of PARTIAL.md, on a small file in small ranges.
func TestRecipes(t *testing.T) {
	dir := t.TempDir()
	rows, err := os.ReadFile(generate(t, "--rows", "3000"))
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "measurements.txt"), rows, 0o666))
	recipe := func(script string) outcome {
		command := exec.Command("sh", "-c", strings.Replace(script, "--size 64MiB", "--size 5000", 1))
		command.Dir = dir
		command.Env = append(os.Environ(), "PATH="+filepath.Dir(binary)+string(os.PathListSeparator)+os.Getenv("PATH"))
		return finish(t, command)
	}
	want := recipe("1brc measurements.txt")
	require.Equal(t, 0, want.code)
	blocks := blocksOf(t, "PARTIAL.md", "sh")
	require.Len(t, blocks, 3)
	for i, program := range []string{"parallel", "xargs"} {
		t.Run(program, func(t *testing.T) {
			require.Contains(t, blocks[i], program)
			if out, err := exec.Command(program, "--version").Output(); err != nil || !strings.Contains(string(out), "GNU") {
				t.Skipf("GNU %s is not installed", program)
			}
			got := recipe(blocks[i])
			require.Equal(t, want.stdout, got.stdout, got.stderr)
			require.Equal(t, 0, got.code, got.stderr)
		})
	}
	t.Run("index", func(t *testing.T) {
		require.NoError(t, os.RemoveAll(filepath.Join(dir, "parts")))
		require.NoError(t, os.Mkdir(filepath.Join(dir, "parts"), 0o777))
		index := 0
		for ; ; index++ {
			got := recipe(fmt.Sprintf("JOB_COMPLETION_INDEX=%d\n%s", index, blocks[2]))
			if got.code != 0 {
				require.Equal(t, "1brc partial: standard input has no ranges\n", got.stderr)
				break
			}
		}
		require.Equal(t, (len(rows)+4999)/5000, index)
		require.Equal(t, want, recipe("1brc merge parts/*"))
	})
}

// TestRecipeOfFailures runs the recipe with xargs if a range cannot be read.
func TestRecipeOfFailures(t *testing.T) {
	if _, err := exec.LookPath("xargs"); err != nil {
		t.Skip("no xargs")
	}
	dir := t.TempDir()
	script := strings.Replace(blocksOf(t, "PARTIAL.md", "sh")[1], "1brc ranges --size 64MiB measurements.txt", "printf 'none:0-5:1\\nrows:0-6:1\\n'", 1)
	script = strings.Replace(script, "-n 4", "-n 1", 1) + "1brc merge parts/*"
	require.NoError(t, os.WriteFile(filepath.Join(dir, "rows"), []byte("a;1.0\n"), 0o666))
	command := exec.Command("sh", "-c", script)
	command.Dir = dir
	command.Env = append(os.Environ(), "PATH="+filepath.Dir(binary)+string(os.PathListSeparator)+os.Getenv("PATH"))
	got := finish(t, command)
	require.Equal(t, 1, got.code, "%+v", got)
	require.Empty(t, got.stdout)
	require.Contains(t, got.stderr, "1brc partial: none: no such file or directory\n")
	require.Contains(t, got.stderr, ": no partial result in it\n")
}

// TestPartialStreams checks standard streams that are closed or full.
func TestPartialStreams(t *testing.T) {
	path := write(t, "rows", "a;1.0\n")
	got := shell(t, `"$0" partial "$1" >/dev/full; echo $?`, path)
	if _, err := os.Stat("/dev/full"); err == nil {
		require.Equal(t, outcome{0, "1\n", "1brc partial: standard output: write /dev/stdout: no space left on device\n"}, got)
		require.Contains(t, shell(t, `"$0" partial "$1" >&-`, path).stderr, "1brc partial: standard output is closed")
		require.Contains(t, shell(t, `"$0" merge <&-`).stderr, "1brc merge: standard input is closed")
	}
	// A scheduler must know that the partial result got lost.
	got = shell(t, `{ sleep 0.2; "$0" partial "$1"; echo $? >&2; } | true`, path)
	require.Contains(t, got.stderr, "broken pipe\n1\n")
}

// TestMergeMemory checks what PARTIAL.md says about the memory of 1brc merge.
func TestMergeMemory(t *testing.T) {
	if testing.Short() {
		t.Skip("writes 40 MB")
	}
	const parts, names = 9, 1_200_000
	var rows strings.Builder
	for i := range names {
		fmt.Fprintf(&rows, "name %09d;1.0\n", i*7919%names)
	}
	path := write(t, "rows", rows.String())
	merge := exec.Command(binary, "merge", "-o", filepath.Join(t.TempDir(), "result"))
	merge.Env = append(os.Environ(), "GOGC=100", "GODEBUG=gctrace=1")
	var total int64
	for i, line := range rangesOf(t, "--size", fmt.Sprint(rows.Len()/parts+1), path) {
		part := filepath.Join(t.TempDir(), fmt.Sprint(i))
		require.Empty(t, partial(t, "", "-o", part, line))
		info, err := os.Stat(part)
		require.NoError(t, err)
		total += info.Size()
		merge.Args = append(merge.Args, part)
	}
	got := finish(t, merge)
	require.Equal(t, 0, got.code, got.stderr)
	// The peak of the process depends on how soon the collector gets a CPU. What lives
	// after a collection does not: less than twice the size is usual.
	var live int64
	for _, cycle := range regexp.MustCompile(`->([0-9]+) MB, `).FindAllStringSubmatch(got.stderr, -1) {
		size, err := strconv.ParseInt(cycle[1], 10, 64)
		require.NoError(t, err)
		live = max(live, size<<20)
	}
	require.Greater(t, live, total/2, got.stderr)
	require.Less(t, live, 3*total, "%d bytes of partial results", total)
}
