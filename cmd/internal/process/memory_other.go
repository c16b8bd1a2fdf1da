//go:build !linux

package process

// memory is unknown on this system.
type memory struct{}

func newMemory() memory { return memory{} }

func (*memory) sample() {}

func (*memory) report(*Process) error { return nil }
