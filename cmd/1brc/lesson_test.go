package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"onebrc/engine/stages"
)

// TestLessons runs the commands of each lesson, on fewer rows, in a folder with the
// programs where make build puts them. Commands of a stage that this machine cannot run
// are only parsed.
func TestLessons(t *testing.T) {
	shell, err := exec.LookPath("bash")
	if err != nil || runtime.GOOS == "windows" {
		t.Skip("the commands of the lessons need bash")
	}
	dir := t.TempDir()
	require.NoError(t, os.Mkdir(filepath.Join(dir, "bin"), 0o777))
	for name, program := range map[string]string{"1brc": binary, "gen": genBinary} {
		require.NoError(t, os.Symlink(program, filepath.Join(dir, "bin", name)))
	}
	rows := regexp.MustCompile(`--rows \S+`)
	run := func(lines []string) string {
		command := exec.Command(shell, "-c", rows.ReplaceAllString("set -e\n"+strings.Join(lines, "\n"), "--rows 2e4"))
		command.Dir = dir
		said, err := command.CombinedOutput()
		require.NoError(t, err, "%s\n%s", strings.Join(lines, "\n"), said)
		return string(said)
	}
	prepare := stages.Prepare()
	require.Equal(t, "make build", prepare[0]) // TestMain has done it
	run(prepare[1:])
	for _, name := range names() {
		lesson, ok := stages.LessonOf(name)
		require.True(t, ok, name)
		said := run(lesson.Show)
		require.NotEmpty(t, said, name)
	}
	for _, name := range []string{"engine-avx2", "engine-avx512", "engine-neon"} {
		lesson, ok := stages.LessonOf(name)
		require.True(t, ok, name)
		said, err := exec.Command(shell, "-n", "-c", strings.Join(lesson.Show, "\n")).CombinedOutput()
		require.NoError(t, err, string(said))
	}
}
