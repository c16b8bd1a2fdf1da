//go:build !linux

package measure

// threadCounts returns false: this system does not count for a thread.
func threadCounts() (c counts, known bool) { return c, false }

// currentCPU returns Unknown: this system does not tell the CPU.
func currentCPU() (cpu, node int) { return Unknown, Unknown }
