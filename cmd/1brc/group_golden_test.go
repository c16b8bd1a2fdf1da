package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"onebrc/engine"
)

// groupPairs is the folder of inputs of 1brc group and what they give.
const groupPairs = "../../testdata/group"

// TestGroupGolden runs 1brc group on all pairs, with each kernel and several numbers of
// workers and sizes of chunks. A pair with rejects is run with --on-error skip.
func TestGroupGolden(t *testing.T) {
	pairs, err := filepath.Glob(filepath.Join(groupPairs, "*", "args"))
	require.NoError(t, err)
	require.Greater(t, len(pairs), 60)
	ways := [][]string{{"--workers", "1"}, {"--workers", "3", "--chunk-size", "4KiB"}}
	for _, kernel := range engine.Kernels()[1:] {
		if (engine.Options{Kernel: kernel}).Check() == nil {
			ways = append(ways, []string{"--kernel", string(kernel), "--workers", "2", "--chunk-size", "5000"})
		}
	}
	for _, args := range pairs {
		folder := filepath.Dir(args)
		t.Run(filepath.Base(folder), func(t *testing.T) {
			checkGroupPair(t, binary, folder, ways)
		})
	}
}

// checkGroupPair runs a program on one pair in several ways.
func checkGroupPair(t *testing.T, program, folder string, ways [][]string) {
	read := func(name string) (content string, exists bool) {
		b, err := os.ReadFile(filepath.Join(folder, name))
		if !os.IsNotExist(err) {
			require.NoError(t, err)
		}
		return string(b), err == nil
	}
	lines, _ := read("args")
	args := append([]string{"group"}, strings.Split(strings.TrimSuffix(lines, "\n"), "\n")...)
	stdout, legal := read("stdout")
	stderr, _ := read("stderr")
	wantRejects, skips := read("rejects")
	want := outcome{1, stdout, stderr}
	if legal {
		want.code = 0
	}
	for _, way := range ways {
		run := append(args[:len(args):len(args)], way...)
		rejects := filepath.Join(t.TempDir(), "rejects")
		if skips {
			run = append(run, "--on-error", "skip", "--rejects", rejects)
		}
		command := exec.Command(program, run...)
		command.Dir = folder
		require.Equal(t, want, finish(t, command), "%q", run)
		if skips {
			got, err := os.ReadFile(rejects)
			require.NoError(t, err)
			require.Equal(t, wantRejects, string(got), "%q", run)
		}
	}
}

// TestGroupPairsAreListed checks that the page about the pairs lists each of them.
func TestGroupPairsAreListed(t *testing.T) {
	page, err := os.ReadFile("../../testdata/README.md")
	require.NoError(t, err)
	_, section, found := bytes.Cut(page, []byte("\n## group\n"))
	require.True(t, found)
	folders, err := os.ReadDir(groupPairs)
	require.NoError(t, err)
	for _, folder := range folders {
		require.Contains(t, string(section), fmt.Sprintf("| `%s` | ", folder.Name()))
	}
}
