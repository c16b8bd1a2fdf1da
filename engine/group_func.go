package engine

import (
	"fmt"
	"slices"
	"strings"

	"onebrc/engine/internal/group"
	"onebrc/engine/internal/percent"
)

// kind says what of the values of a column a Func needs, and what its result is.
type kind uint8

const (
	counted    kind = iota // how many there are: an integer
	moments                // their sum and the like: a number
	percentile             // each number and how often it occurs: one of them
	different              // each content: an integer
	common                 // each content and how often it occurs: one of them
	first                  // the first content
	last                   // the last content
)

// kind returns the kind of a Func that passes Check.
func (f Func) kind() kind {
	switch f {
	case FuncCount:
		return counted
	case FuncSum, FuncMin, FuncMax, FuncMean, FuncVar, FuncStddev:
		return moments
	case FuncDistinct:
		return different
	case FuncMode:
		return common
	case FuncFirst, FuncAny:
		return first
	case FuncLast:
		return last
	}
	return percentile
}

// hasValues reports whether the values are counted one by one.
func (k kind) hasValues() bool { return k >= percentile }

// canApprox reports whether [Query.Approx] is about f.
func (f Func) canApprox() bool {
	kind := f.kind()
	return kind == percentile || kind == different
}

// place returns which contents of a group matter.
func (k kind) place() group.Place {
	switch k {
	case first:
		return group.First
	case last:
		return group.Last
	}
	return group.Everywhere
}

// isText reports whether the result is a text.
func (k kind) isText() bool { return k >= common }

// IsText reports whether results of f are texts, not numbers.
func (f Func) IsText() bool { return f.kind().isText() }

// Check returns the *[QueryError] of a Func that is not one of Funcs nor a percentile.
func (f Func) Check() error {
	if slices.Contains(Funcs(), f) {
		return nil
	}
	number, isP := strings.CutPrefix(string(f), "p")
	if !isP || number == "" || strings.Trim(number, "0123456789.") != "" {
		return &QueryError{fmt.Sprintf("unknown function %q; there are: %s, and percentiles such as p99.9", f, joined(Funcs()))}
	}
	if _, err := f.percent(); err != nil {
		return &QueryError{fmt.Sprintf("%q is no percentile; there are p0 to p100, with at most %d decimals", f, percent.Decimals)}
	}
	return nil
}

// percent returns the percentage of a percentile.
func (f Func) percent() (percent.Percent, error) {
	if f == FuncMedian {
		return percent.All / 2, nil
	}
	return percent.Parse(strings.TrimPrefix(string(f), "p"))
}
