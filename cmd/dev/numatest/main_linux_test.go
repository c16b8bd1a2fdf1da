package main

import (
	"os/exec"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestSuites checks that every suite has tests: one whose tests were renamed or
// moved would run none.
func TestSuites(t *testing.T) {
	for _, s := range suites {
		out, err := exec.Command("go", "test", "-list", s.tests, s.pkg).CombinedOutput()
		require.NoError(t, err, "%s", out)
		require.Regexp(t, "(?m)^Test", string(out), s.pkg)
	}
}

func TestRunShort(t *testing.T) {
	shell := func(text string) error { return runShort(exec.Command("sh", "-c", text)) }
	require.NoError(t, shell("echo '--- PASS: TestX'"))
	require.EqualError(t, shell("echo 'warning: no tests'"), "no test ran")
	require.EqualError(t, shell("echo '--- PASS: TestX'; exit 3"), "exit status 3")
}
