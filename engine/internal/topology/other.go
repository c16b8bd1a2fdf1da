//go:build !linux

package topology

import (
	"errors"
	"fmt"
)

func unsupported(what string) error {
	return fmt.Errorf("topology: %s: %w on this system", what, errors.ErrUnsupported)
}

// Pin is for Linux.
func Pin(Set) (unpin func() error, err error) { return nil, unsupported("pin to CPUs") }

// SetPolicy is for Linux.
func SetPolicy(Policy, Set) (restore func() error, err error) {
	return nil, unsupported("memory policy")
}

// SetPolicyOf is for Linux.
func SetPolicyOf([]byte, Policy, Set) error { return unsupported("memory policy") }

// PageNodes is for Linux.
func PageNodes([]byte, []int) ([]int, error) { return nil, unsupported("node of a page") }
