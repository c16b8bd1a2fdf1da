package topology

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// maxNumber is the highest CPU or node number that a Set may have. Linux is
// built for 8,192 CPUs and 1,024 nodes at most.
const maxNumber = 1<<16 - 1

// Set is numbers of CPUs or of nodes, ascending and each of them once.
type Set []int

// ParseSet reads the kernel's list format: numbers and ranges with commas
// between them, as in "0-3,8". The empty list is a set without members.
func ParseSet(list string) (Set, error) {
	var s Set
	list = strings.TrimSpace(list)
	if list == "" {
		return s, nil
	}
	for part := range strings.SplitSeq(list, ",") {
		first, last, isRange := strings.Cut(part, "-")
		if !isRange {
			last = first
		}
		low, err := parseNumber(first)
		if err != nil {
			return nil, fmt.Errorf("topology: list %q: %w", list, err)
		}
		high, err := parseNumber(last)
		if err != nil {
			return nil, fmt.Errorf("topology: list %q: %w", list, err)
		}
		if low > high {
			return nil, fmt.Errorf("topology: list %q: range %s ends before it begins", list, part)
		}
		for n := low; n <= high; n++ {
			s = append(s, n)
		}
	}
	slices.Sort(s)
	return slices.Compact(s), nil
}

// parseNumber reads the decimal number of a CPU or node.
func parseNumber(digits string) (int, error) {
	n, err := strconv.ParseUint(digits, 10, 31)
	switch {
	case err != nil:
		return 0, fmt.Errorf("%q is not a number", digits)
	case n > maxNumber:
		return 0, fmt.Errorf("%d is above %d", n, maxNumber)
	}
	return int(n), nil
}

// String is s in the format that ParseSet reads.
func (s Set) String() string {
	var b strings.Builder
	for i := 0; i < len(s); {
		end := i + 1
		for end < len(s) && s[end] == s[end-1]+1 {
			end++
		}
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(strconv.Itoa(s[i]))
		if end > i+1 {
			b.WriteByte('-')
			b.WriteString(strconv.Itoa(s[end-1]))
		}
		i = end
	}
	return b.String()
}

// Has reports whether n is in s.
func (s Set) Has(n int) bool {
	_, found := slices.BinarySearch(s, n)
	return found
}

// and returns the members that s has in common with t.
func (s Set) and(t Set) Set {
	var both Set
	for _, n := range s {
		if t.Has(n) {
			both = append(both, n)
		}
	}
	return both
}
