//go:build !linux

package topology

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
)

func unsupported(what string) error {
	return fmt.Errorf("%s on this system: %w", what, errors.ErrUnsupported)
}

// Root returns the root directory of this system, for NewHost.
func Root() fs.FS { return os.DirFS("/") }

// Pin fails with errors.ErrUnsupported.
func Pin(Set) (unpin func() error, err error) { return nil, unsupported("cannot pin a thread to CPUs") }

// SetPolicy fails with errors.ErrUnsupported.
func SetPolicy(Policy, Set) (restore func() error, err error) {
	return nil, unsupported("cannot set a memory policy")
}

// SetPolicyOf fails with errors.ErrUnsupported.
func SetPolicyOf([]byte, Policy, Set) error {
	return unsupported("cannot set a memory policy")
}

// PageNodes fails with errors.ErrUnsupported.
func PageNodes([]byte, []int) ([]int, error) {
	return nil, unsupported("cannot tell the node of a page")
}
