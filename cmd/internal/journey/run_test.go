package journey

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// write writes a value as a JSON file of a folder, which it makes.
func write(t *testing.T, folder, file string, value any) {
	t.Helper()
	content, err := json.Marshal(value)
	require.NoError(t, err)
	require.NoError(t, os.MkdirAll(folder, 0o777))
	require.NoError(t, os.WriteFile(filepath.Join(folder, file), content, 0o666))
}

func TestRunsOfAnEmptyFolder(t *testing.T) {
	_, err := Runs(t.TempDir())
	require.ErrorIs(t, err, ErrNoRun)
}

func TestRuns(t *testing.T) {
	folder := t.TempDir()
	for day, name := range []string{"2026-01-02-b", "2026-01-01-c", "2026-01-03-a"} {
		run := &Run{Time: time.Date(2026, 1, 10-day, 0, 0, 0, 0, time.UTC)} // the time decides, not the name
		write(t, filepath.Join(folder, name), RunFile, run)
	}
	runs, err := Runs(folder)
	require.NoError(t, err)
	require.Len(t, runs, 3)
	require.Equal(t, filepath.Join(folder, "2026-01-02-b"), runs[0].Folder)
	require.Equal(t, filepath.Join(folder, "2026-01-03-a"), runs[2].Folder)
}

func TestRead(t *testing.T) {
	folder := t.TempDir()
	_, err := Read(folder)
	require.ErrorIs(t, err, os.ErrNotExist)
	require.ErrorContains(t, err, "journey: ")

	write(t, folder, RunFile, Run{Rows: 3, Stages: []string{"a", "b"}})
	write(t, filepath.Join(folder, "a"), RunFile, Stage{Name: "a", RowsPerSecond: 2})
	_, err = Read(folder)
	require.ErrorIs(t, err, os.ErrNotExist)

	write(t, filepath.Join(folder, "b"), RunFile, Stage{Name: "c"})
	_, err = Read(folder)
	require.ErrorContains(t, err, `the stage must be "b", got "c"`)

	write(t, filepath.Join(folder, "b"), RunFile, Stage{Name: "b", Rows: 30})
	run, err := Read(folder)
	require.NoError(t, err)
	require.Equal(t, []Stage{{Name: "a", Rows: 3, RowsPerSecond: 2}, {Name: "b", Rows: 30}}, run.Measured)
	require.InDelta(t, 2, run.Measured[0].PerRow(6), 1e-12)
	require.InDelta(t, 0.2, run.Measured[1].PerRow(6), 1e-12)
	require.Equal(t, filepath.Join(folder, "a", TopFile), run.Path("a", TopFile))
	stage, err := run.Stage("a")
	require.NoError(t, err)
	require.Equal(t, "a", stage.Name)
	_, err = run.Stage("x")
	require.ErrorContains(t, err, `no stage "x"`)

	require.NoError(t, os.WriteFile(filepath.Join(folder, RunFile), []byte("{"), 0o666))
	_, err = Read(folder)
	require.ErrorContains(t, err, RunFile)
}
