//go:build !unix

package fields_test

import "testing"

// memory returns size bytes. No page faults on this platform.
func memory(_ testing.TB, size int, _ bool) []byte { return make([]byte, size) }
