//go:build !linux

package compare

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"syscall"

	"onebrc/engine"
)

// onThread calls f. It cannot choose CPUs.
func onThread(cpus []int, f func() error) error {
	if cpus != nil {
		return fmt.Errorf("CPUs cannot be chosen on %s", runtime.GOOS)
	}
	return f()
}

// UsableCPUs fails: CPUs cannot be chosen.
func UsableCPUs() (engine.CPUSet, error) { return nil, errors.ErrUnsupported }

// dieWithParent does nothing: there is no signal for the death of the parent.
func dieWithParent(*syscall.SysProcAttr) {}

// tree stands for processes that cannot be found.
type tree struct{}

func newTree() *tree { return &tree{} }

func (*tree) close() {}

// wait returns at once.
func (*tree) wait(context.Context, int) (u treeUsage) { return u }

func (*tree) kill() {}

// cachedFraction fails: the system does not tell.
func cachedFraction(string) (float64, error) { return 0, errors.ErrUnsupported }

// readSystem adds nothing to what package runtime knows.
func (e *Environment) readSystem() {}
