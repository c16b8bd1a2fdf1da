package compare

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// maxCPUs is how many CPUs a list may name: the size of unix.CPUSet.
const maxCPUs = 1024

// ParseCPUs reads a list as the kernel and taskset write it: numbers and
// ranges, as in 0-3,8. It returns the numbers in order, each once.
func ParseCPUs(list string) ([]int, error) {
	var cpus []int
	for part := range strings.SplitSeq(strings.TrimSpace(list), ",") {
		low, high, isRange := strings.Cut(part, "-")
		if !isRange {
			high = low
		}
		first, err := parseCPU(low)
		if err != nil {
			return nil, fmt.Errorf("compare: list of CPUs %q: %w", list, err)
		}
		last, err := parseCPU(high)
		if err != nil {
			return nil, fmt.Errorf("compare: list of CPUs %q: %w", list, err)
		}
		if last < first {
			return nil, fmt.Errorf("compare: list of CPUs %q: the range %s is empty", list, part)
		}
		for cpu := first; cpu <= last; cpu++ {
			cpus = append(cpus, cpu)
		}
	}
	slices.Sort(cpus)
	return slices.Compact(cpus), nil
}

func parseCPU(text string) (int, error) {
	cpu, err := strconv.ParseUint(text, 10, 31)
	if err != nil {
		return 0, fmt.Errorf("%q is no number of a CPU", text)
	}
	if cpu >= maxCPUs {
		return 0, fmt.Errorf("%d: a number is below %d", cpu, maxCPUs)
	}
	return int(cpu), nil
}

// formatCPUs writes a list that ParseCPUs reads.
func formatCPUs(cpus []int) string {
	var parts []string
	for i := 0; i < len(cpus); {
		j := i + 1
		for j < len(cpus) && cpus[j] == cpus[j-1]+1 {
			j++
		}
		part := strconv.Itoa(cpus[i])
		if j-i > 1 {
			part += "-" + strconv.Itoa(cpus[j-1])
		}
		parts = append(parts, part)
		i = j
	}
	return strings.Join(parts, ",")
}
