//go:build unix

package partition

// CreateUnlinked is how a temporary file is created where it cannot be created without a
// name.
var CreateUnlinked = createUnlinked
