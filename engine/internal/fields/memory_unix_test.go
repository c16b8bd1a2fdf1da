//go:build unix

package fields_test

import (
	"testing"

	"onebrc/engine/internal/enginetest"
)

// memory returns size bytes, flush against a page that faults: after their end if
// atEnd, and otherwise before their start.
func memory(t testing.TB, size int, atEnd bool) []byte {
	return enginetest.Guarded(t, size, atEnd)
}
