//go:build !unix

package enginetest

import "testing"

// Guarded returns size bytes. No page faults on this platform.
func Guarded(_ testing.TB, size int, _ bool) []byte { return make([]byte, size) }
