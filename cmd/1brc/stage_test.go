package main

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"onebrc/engine/stages"
	"onebrc/parse/oracle"
)

// names returns the names of all stages.
func names() []string {
	var all []string
	for _, stage := range stages.All() {
		all = append(all, stage.Name)
	}
	return all
}

func TestListStages(t *testing.T) {
	require.Equal(t, success(strings.Join(names(), "\n")+"\n"), execute(t, nil, "--list-stages"))
	requireUsage(t, execute(t, nil, "--list-stages", "x"), `--list-stages takes no FILE, got "x"`)
}

// TestStages runs every stage on some inputs. The tests of package stages run them on
// all.
func TestStages(t *testing.T) {
	pairs, bad := oracle.Golden(t), oracle.BadInputs(t)
	for _, name := range names() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for i := 0; i < len(pairs); i += 20 {
				require.Equal(t, success(pairs[i].Output), execute(t, nil, "--stage", name, "--workers", "3", pairs[i].Path), pairs[i].Name)
			}
			for i := 0; i < len(bad); i += 40 {
				got := requireFailure(t, execute(t, nil, "--stage", name, bad[i].Path))
				require.True(t, strings.HasPrefix(got, fmt.Sprintf("%s:%d: byte %d: %s: ", bad[i].Path, bad[i].Line, bad[i].Offset, bad[i].Reason)), got)
			}
			missing := filepath.Join(t.TempDir(), "missing")
			require.Contains(t, requireFailure(t, execute(t, nil, "--stage", name, missing)), missing+": no such file or directory")
			require.Contains(t, requireFailure(t, execute(t, nil, "--stage", name, os.DevNull)), "not a regular file")
		})
	}
}

func TestStageWithOtherFlags(t *testing.T) {
	path := generate(t, "--rows", "2e5")
	want := execute(t, nil, path)
	require.Equal(t, 0, want.code)
	dir := t.TempDir()
	cpu, events := filepath.Join(dir, "cpu"), filepath.Join(dir, "trace")
	got := execute(t, nil, "--stage", "naive", "--cpuprofile", cpu, "--trace", events, "--stats", path)
	require.Equal(t, 0, got.code)
	require.Equal(t, want.stdout, got.stdout)
	if runtime.GOOS == "linux" {
		fields := statsLines.FindStringSubmatch(got.stderr)
		require.NotNil(t, fields, got.stderr)
		require.Equal(t, "200000", fields[1])
		require.Equal(t, "413", fields[3])
	}
	require.Contains(t, top(t, cpu), "Type: cpu\n")
	require.Greater(t, countEvents(t, events), 100)

	for reason, args := range map[string][]string{
		"--stage needs exactly one FILE":                      {},
		"--stage needs exactly one FILE, which":               {path, path},
		"which is not standard input":                         {"-"},
		"--kernel cannot be used with --stage":                {"--kernel", "auto", path},
		"--max-memory cannot be used with":                    {"--max-memory", "1GiB", path},
		"--chunk-size cannot be used with":                    {"--chunk-size", "1MiB", path},
		"--temp-dir cannot be used with":                      {"--temp-dir", ".", path},
		"--no-spill cannot be used with":                      {"--no-spill", path},
		"--numa cannot be used with":                          {"--numa", "off", path},
		"--cpus cannot be used with":                          {"--cpus", firstCPU(t), path},
		"--smt cannot be used with":                           {"--smt", path},
		"--on-error skip cannot be used":                      {"--on-error", "skip", path},
		`--workers must be a number from 0 to 8192, got "-1"`: {"--workers", "-1", path},
		"unknown flag: --stages":                              {"--stages", "naive", path},
		`--workers must be a number from 0 to 8192, got "x"`:  {"--workers", "x", path},
	} {
		requireUsage(t, execute(t, strings.NewReader("a;1.0\n"), append([]string{"--stage", "naive"}, args...)...), reason)
	}
}

func TestStageCompletion(t *testing.T) {
	got := execute(t, nil, "__complete", "--stage", "")
	require.Equal(t, 0, got.code)
	lines := strings.Split(got.stdout, "\n")
	for i, stage := range stages.All() {
		require.Equal(t, stage.Name+"\t"+stage.Idea, lines[i])
	}
	require.Equal(t, ":4", lines[len(stages.All())], "no file names")
	got = execute(t, nil, "__complete", "--stats=")
	require.Contains(t, got.stdout, "text\njson\n")
	got = execute(t, nil, "__complete", "compare", "--stages", "naive,ti")
	require.Equal(t, 0, got.code)
	require.Contains(t, got.stdout, "naive,tiles\t")
	require.Contains(t, got.stdout, ":6\n", "no file names, no space")
	got = execute(t, nil, "__complete", "compare", "measure")
	require.Equal(t, ":0\n", got.stdout, "file names")
}
