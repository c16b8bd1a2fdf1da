package engine

import (
	"testing"

	"onebrc/engine/internal/enginetest"
)

// TestedKernels returns the names of the kernels that this machine can run.
func TestedKernels(t testing.TB) []Kernel {
	t.Helper()
	return enginetest.Kernels(t, Kernels()[1:], func(name Kernel) error { return Options{Kernel: name}.Check() })
}
