//go:build !linux

package measure

// threadCounts has no source here.
func threadCounts() (c counts, known bool) { return c, false }

// currentCPU has no source here.
func currentCPU() (cpu, node int) { return Unknown, Unknown }
