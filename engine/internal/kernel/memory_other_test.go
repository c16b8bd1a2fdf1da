//go:build !unix

package kernel_test

import "testing"

// memory returns size bytes; there are no pages that fault here.
func memory(_ testing.TB, size int, _ bool) []byte { return make([]byte, size) }
