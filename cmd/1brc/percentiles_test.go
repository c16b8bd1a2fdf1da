package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestPercentiles(t *testing.T) {
	dir := t.TempDir()
	rows := filepath.Join(dir, "rows")
	require.NoError(t, os.WriteFile(rows, []byte("Oslo;-0.5\nOslo;0.4\nRome;10.0\nOslo;0.0\nbad\nOslo;0.0\n"), 0o666))
	want := success("{Oslo=-0.5/0.0/0.4/0.0/0.4/-0.5, Rome=10.0/10.0/10.0/10.0/10.0/10.0}\n")
	for _, flags := range [][]string{
		{"--percentiles", "50,99.9,0"}, {"--percentiles=50", "--percentiles", "99.9,0"},
		{"--percentiles", "50,99.9,0", "--kernel", "generic", "--max-memory", "64m", "--workers", "3"},
	} {
		got := execute(t, nil, append(flags, "--on-error", "skip", rows)...)
		require.Equal(t, want.stdout, got.stdout)
		require.Zero(t, got.code, got.stderr)
	}
	require.Contains(t, requireFailure(t, execute(t, nil, "--percentiles", "50", rows)), rows+":5: byte 38: missing-separator: ")

	// The columns of a report.
	path := filepath.Join(dir, "run.json")
	got := execute(t, nil, "--percentiles", "50,99.9", "--on-error", "skip", "--report", path, rows)
	require.Zero(t, got.code, got.stderr)
	content, err := os.ReadFile(path)
	require.NoError(t, err)
	var recording struct {
		Result struct {
			Columns []struct{ Name string }
			Rows    [][]string
		}
	}
	require.NoError(t, json.Unmarshal(content, &recording))
	var columns []string
	for _, c := range recording.Result.Columns {
		columns = append(columns, c.Name)
	}
	require.Equal(t, []string{"name", "min", "mean", "max", "rows", "p50", "p99.9"}, columns)
	require.Equal(t, []string{"Oslo", "-0.5", "0.0", "0.4", "4", "0.0", "0.4"}, recording.Result.Rows[0])
}

func TestPercentilesUsage(t *testing.T) {
	for list, want := range map[string]string{
		"":        "--percentiles must name at least one, such as 50",
		"101":     `--percentiles must be a number from 0 to 100 with at most 15 decimals, got "101"`,
		"50,":     `--percentiles must be a number from 0 to 100 with at most 15 decimals, got ""`,
		"p50":     `--percentiles must be a number from 0 to 100 with at most 15 decimals, got "p50"`,
		"50,50.0": "--percentiles must be different, got 50.0 again",
	} {
		requireUsage(t, execute(t, nil, "--percentiles", list, os.DevNull), want)
	}
	requireUsage(t, execute(t, nil, "--stage", "naive", "--percentiles", "50", os.DevNull), "--percentiles cannot be used with --stage")
	for _, command := range []string{"partial", "merge", "spark", "group"} {
		requireUsage(t, execute(t, nil, command, "--percentiles", "50", os.DevNull), "unknown flag: --percentiles")
	}
}
