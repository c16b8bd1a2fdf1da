// Package enginetest has helpers for the tests of several packages of the engine:
// memory between pages that cannot be read, machines of several nodes, and the
// kernels that a test must run.
package enginetest

import (
	"os"
	"slices"
	"strings"
	"testing"
)

// RequireVariable names the environment variable that lists, separated by commas,
// what tests must not skip.
const RequireVariable = "ONEBRC_REQUIRE"

// Kernels returns the names that check accepts: the kernels that this machine can
// run. It logs the others, and fails the test if RequireVariable lists one of
// them.
func Kernels[T ~string](t testing.TB, names []T, check func(name T) error) []T {
	t.Helper()
	required := strings.Split(os.Getenv(RequireVariable), ",")
	var runnable []T
	for _, name := range names {
		err := check(name)
		switch {
		case err == nil:
			runnable = append(runnable, name)
		case slices.Contains(required, string(name)):
			t.Fatalf("%s: %v", RequireVariable, err)
		default:
			t.Logf("not tested: %v", err)
		}
	}
	return runnable
}
