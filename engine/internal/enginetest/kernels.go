// Package enginetest has what the tests of several packages of the engine need:
// memory whose neighbours can't be read, and the rule by which a test may leave a
// kernel out.
package enginetest

import (
	"os"
	"slices"
	"strings"
	"testing"
)

// RequireVariable is the environment variable with the names, separated by
// commas, of what a test must not leave out.
const RequireVariable = "ONEBRC_REQUIRE"

// Kernels returns those of names that check accepts, which are the kernels that
// this machine can run. Each of the others fails the test if RequireVariable
// names it; otherwise the log says that it is left out.
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
