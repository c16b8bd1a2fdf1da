package profile

import (
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"onebrc/engine/stages"
)

// The run in the repository: its files can be read, all portable stages are in
// it, and the tables and the lessons are what the generator makes of it.
func TestCommittedRun(t *testing.T) {
	root := filepath.Join("..", "..", "..")
	folder := filepath.Join(root, "profiles")
	runs, err := Runs(folder)
	if errors.Is(err, ErrNoRun) {
		t.Skip("profiles/ has no run yet: make profiles takes one")
	}
	require.NoError(t, err)
	for _, run := range runs {
		require.Equal(t, run.Name(), filepath.Base(run.folder))
		checkRun(t, run)
	}
	newest := runs[0]
	// Kernels in assembly depend on the machine of the run, so the registry
	// here doesn't say which ones it must have.
	var portable, ran []string
	for _, s := range stages.All() {
		if isPortable(s.Name) {
			portable = append(portable, s.Name)
		}
	}
	for _, s := range newest.stages {
		if isPortable(s.Name) {
			ran = append(ran, s.Name)
		}
		require.Equal(t, slices.Contains(traced, s.Name), s.Trace != nil, "trace of %s", s.Name)
		require.GreaterOrEqual(t, s.CPU.CPUSeconds, 2.0, "CPU time in the profile of %s", s.Name)
	}
	require.Equal(t, portable, ran)
	checkRendered(t, folder, filepath.Join(root, "README.md"))
}

// isPortable says whether a stage is there on each machine.
func isPortable(stage string) bool {
	return !strings.HasPrefix(stage, enginePrefix) || stage == enginePrefix+"generic"
}
