package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"onebrc/cmd/internal/compare"
)

// binary and genBinary are the programs under test. TestMain builds them.
var binary, genBinary string

func TestMain(m *testing.M) {
	os.Exit(buildAndRun(m))
}

// buildAndRun builds the programs in a temporary directory and runs the tests.
func buildAndRun(m *testing.M) int {
	dir, err := os.MkdirTemp("", "onebrc-1brc-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	// TestUnreadableFile runs the program as another user.
	if err := os.Chmod(dir, 0o755); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	suffix := ""
	if runtime.GOOS == "windows" {
		suffix = ".exe"
	}
	for _, program := range []struct {
		path *string
		name string
		from string
	}{{&binary, "1brc", "."}, {&genBinary, "gen", "../gen"}} {
		*program.path = filepath.Join(dir, program.name+suffix)
		if out, err := exec.Command("go", "build", "-o", *program.path, program.from).CombinedOutput(); err != nil {
			fmt.Fprintf(os.Stderr, "go build: %v\n%s", err, out)
			return 1
		}
	}
	return m.Run()
}

// patience limits every wait for the program.
const patience = time.Minute

// outcome is the exit code and the output of a run of the program.
type outcome struct {
	code           int
	stdout, stderr string
}

// success returns the outcome of a run that prints a result.
func success(result string) outcome { return outcome{0, result, ""} }

// execute runs the program with input as standard input.
func execute(t *testing.T, input io.Reader, args ...string) outcome {
	t.Helper()
	command := exec.Command(binary, args...)
	command.Stdin = input
	return finish(t, command)
}

// finish runs command. It captures standard output unless command redirects it.
func finish(t *testing.T, command *exec.Cmd) outcome {
	t.Helper()
	var stdout, stderr bytes.Buffer
	if command.Stdout == nil {
		command.Stdout = &stdout
	}
	command.Stderr = &stderr
	require.NoError(t, command.Start())
	code := waitFor(t, command)
	return outcome{code, stdout.String(), stderr.String()}
}

// waitFor waits for the program to end and returns its exit code.
func waitFor(t *testing.T, command *exec.Cmd) int {
	t.Helper()
	timer := time.AfterFunc(patience, func() { _ = command.Process.Kill() })
	err := command.Wait()
	require.True(t, timer.Stop(), "the program did not end")
	if err != nil {
		var exit *exec.ExitError
		require.True(t, errors.As(err, &exit), "%v", err)
	}
	return command.ProcessState.ExitCode()
}

// firstCPU returns the first CPU that this process may use.
func firstCPU(t *testing.T) string {
	t.Helper()
	usable, err := compare.UsableCPUs()
	if errors.Is(err, errors.ErrUnsupported) {
		return "0"
	}
	require.NoError(t, err)
	return usable[:1].String()
}

// write creates a file for the test and returns its path.
func write(t *testing.T, name, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	require.NoError(t, os.WriteFile(path, []byte(content), 0o666))
	return path
}

// generate creates a data set with gen and returns its path.
func generate(t *testing.T, args ...string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "rows.txt")
	out, err := exec.Command(genBinary, append(args, "-o", path)...).CombinedOutput()
	require.NoError(t, err, "%s", out)
	return path
}

// commandPrefix matches the name of a command at the start of its errors.
const commandPrefix = `1brc( [a-z-]+)?: `

// requireFailure checks for exit code 1, nothing on standard output and one line on
// standard error. It returns that line without the name of the command.
func requireFailure(t *testing.T, got outcome) string {
	t.Helper()
	require.Equal(t, 1, got.code, "%+v", got)
	require.Empty(t, got.stdout)
	require.Regexp(t, `\A`+commandPrefix+`[^\n]+\n\z`, got.stderr)
	_, message, _ := strings.Cut(strings.TrimSuffix(got.stderr, "\n"), ": ")
	return message
}

// requireUsage checks for exit code 2, nothing on standard output, and a reason and a
// hint on standard error.
func requireUsage(t *testing.T, got outcome, reason string) {
	t.Helper()
	require.Equal(t, 2, got.code, "%+v", got)
	require.Empty(t, got.stdout)
	require.Regexp(t, `\A`+commandPrefix+`[^\n]+\nRun '1brc[a-z ]* --help' for usage.\n\z`, got.stderr)
	require.Contains(t, got.stderr, reason)
	require.Len(t, regexp.MustCompile(commandPrefix).FindAllString(got.stderr, -1), 1, got.stderr)
}
