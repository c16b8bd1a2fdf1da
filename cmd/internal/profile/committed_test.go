package profile

import (
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"onebrc/cmd/internal/journey"
	"onebrc/engine/stages"
)

// TestCommittedRun checks the runs in the repository: their files are readable, the
// newest has all portable stages, and the pages are what the generator makes of it.
func TestCommittedRun(t *testing.T) {
	root := filepath.Join("..", "..", "..")
	folder := filepath.Join(root, "profiles")
	runs, err := journey.Runs(folder)
	if errors.Is(err, journey.ErrNoRun) {
		t.Skip("profiles/ has no run yet: make profiles takes one")
	}
	require.NoError(t, err)
	size, err := bytesIn(folder)
	require.NoError(t, err)
	require.Less(t, size, int64(20e6), "bytes of all files")
	for _, run := range runs {
		require.Equal(t, nameOf(run), filepath.Base(run.Folder))
		checkRun(t, run)
	}
	newest := runs[0]
	// Which assembly kernels a run has depends on its machine.
	var portable, ran []string
	for _, s := range stages.All() {
		if isPortable(s.Name) {
			portable = append(portable, s.Name)
		}
	}
	for _, s := range newest.Measured {
		if isPortable(s.Name) {
			ran = append(ran, s.Name)
		}
		require.Equal(t, slices.Contains(traced, s.Name), s.Trace != nil, "trace of %s", s.Name)
		require.GreaterOrEqual(t, s.CPU.Samples, int64(3000), "samples in the profile of %s", s.Name)
	}
	require.Equal(t, portable, ran)
	page, err := os.ReadFile(filepath.Join(folder, lessonsFile))
	require.NoError(t, err)
	for _, s := range newest.Measured {
		lesson, ok := stages.LessonOf(s.Name)
		require.True(t, ok, s.Name)
		require.Contains(t, string(page), lesson.Exercise)
	}
	checkRendered(t, folder, filepath.Join(root, "README.md"))
}

// TestCommittedSideBySide checks that the published samples name no folder of a machine.
// TestCommittedRun checks the pages that are made of them.
func TestCommittedSideBySide(t *testing.T) {
	root := filepath.Join("..", "..", "..")
	_, err := readSideBySide(filepath.Join(root, "profiles"))
	require.NoError(t, err)
	absolute := regexp.MustCompile(`(^|[\s"'=:(,])/[^/\s"':,]+/`)
	require.Regexp(t, absolute, `"open /home/x"`)
	for _, parent := range []string{filepath.Join(root, "profiles", sideFolder), filepath.Join(root, "profiles", namesFolder), filepath.Join(root, "profiles", queriesFolder), filepath.Join("testdata", sideFolder)} {
		paths, err := filepath.Glob(filepath.Join(parent, "*", "*.json"))
		require.NoError(t, err)
		for _, path := range paths {
			content, err := os.ReadFile(path)
			require.NoError(t, err)
			require.NotRegexp(t, absolute, string(content), path)
		}
	}
}

// isPortable reports whether a stage exists on every machine.
func isPortable(stage string) bool {
	return !strings.HasPrefix(stage, enginePrefix) || stage == enginePrefix+"generic"
}
