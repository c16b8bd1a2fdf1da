//go:build !linux

package tail

// usage has no source here.
type usage struct{}

func threadUsage() usage { return usage{} }

func (usage) since(usage) *Thread { return nil }

func currentCPU() (cpu, node int) { return Unknown, Unknown }
