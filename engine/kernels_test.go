package engine

import (
	"testing"

	"onebrc/engine/internal/enginetest"
)

// TestedKernels returns the names of the kernels that this machine can run.
func TestedKernels(t testing.TB) []string {
	t.Helper()
	return enginetest.Kernels(t, Kernels()[1:], func(name string) error { return Options{Kernel: name}.Check() })
}
