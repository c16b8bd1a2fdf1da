package topology

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// maxNumber is the highest CPU or node number that a Set may contain. Linux
// supports at most 8,192 CPUs and 1,024 nodes.
const maxNumber = 1<<16 - 1

// Set has numbers of CPUs or of nodes in ascending order, each of them once.
type Set []int

// ParseSet parses the list format of the kernel: numbers and ranges separated by
// commas, such as "0-3,8". An empty list is an empty set.
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
		var high int
		if err == nil {
			high, err = parseNumber(last)
		}
		if err == nil && low > high {
			err = fmt.Errorf("range %s ends before it begins", part)
		}
		if err != nil {
			return nil, fmt.Errorf("list %q: %w; want numbers and ranges, such as 0-3,8", list, err)
		}
		for n := low; n <= high; n++ {
			s = append(s, n)
		}
	}
	slices.Sort(s)
	return slices.Compact(s), nil
}

// parseNumber parses the decimal number of a CPU or node.
func parseNumber(digits string) (int, error) {
	n, err := strconv.ParseUint(digits, 10, 64)
	if err != nil || n > maxNumber {
		return 0, fmt.Errorf("%q is not a number from 0 to %d", digits, maxNumber)
	}
	return int(n), nil
}

// String returns s in the format that ParseSet parses.
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

// and returns the members that s and t have in common.
func (s Set) and(t Set) Set {
	var both Set
	for _, n := range s {
		if t.Has(n) {
			both = append(both, n)
		}
	}
	return both
}
