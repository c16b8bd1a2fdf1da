package gen

import (
	"errors"
	"fmt"
	"strings"
	"sync"
)

// ErrUnknownProfile is wrapped by the error for a profile that is not in
// Profiles.
var ErrUnknownProfile = errors.New("unknown profile")

// DefaultProfile is the profile of an empty Options.Profile.
const DefaultProfile = "default"

// blockFunc fills dst with rows number first to first+rows-1 and returns how
// many bytes they take. It must be a pure function of its arguments, safe for
// concurrent calls, and row n must not depend on first or rows. key is the
// mixed seed. dst has room for rows times the profile's maxRowBytes plus
// slackBytes; what it holds behind the returned length is left undefined.
type blockFunc func(dst []byte, key uint64, first int64, rows int) int

// profile is one entry of the registry.
type profile struct {
	name        string
	about       string // one line for help
	maxRowBytes int    // upper bound of a row's length, LF included
	open        func() blockFunc
}

// registry is the one ordered list of profiles; it drives command line,
// tests and benchmarks. A new profile is a new entry here and a blockFunc.
var registry = []profile{
	{
		name:        DefaultProfile,
		about:       "413 real cities of 3 to 26 bytes, Gaussian values with sigma 10",
		maxRowBytes: maxNameBytes + maxTailBytes,
		open: sync.OnceValue(func() blockFunc {
			return newStations(len(cities), 100, func(i int) (string, int) {
				return cities[i].name, int(cities[i].meanTenths)
			}).fill
		}),
	},
	{
		name:        "10k",
		about:       "10,000 names of 1 to 100 bytes of UTF-8, Gaussian values with sigma 7",
		maxRowBytes: maxNameBytes + maxTailBytes,
		open: sync.OnceValue(func() blockFunc {
			names := names10k()
			return newStations(len(names), 70, func(i int) (string, int) {
				return names[i], mean10k(i)
			}).fill
		}),
	},
}

// Profiles returns the names of all profiles in their fixed order; the first
// is DefaultProfile. The slice is the caller's.
func Profiles() []string {
	names := make([]string, len(registry))
	for i, p := range registry {
		names[i] = p.name
	}
	return names
}

// DescribeProfile returns one line of help about a profile, without its name
// and without a full stop, or "" if there is no profile of that name.
func DescribeProfile(name string) string {
	p, err := findProfile(name)
	if err != nil {
		return ""
	}
	return p.about
}

// findProfile looks a profile up; "" is DefaultProfile.
func findProfile(name string) (*profile, error) {
	if name == "" {
		name = DefaultProfile
	}
	for i := range registry {
		if registry[i].name == name {
			return &registry[i], nil
		}
	}
	return nil, fmt.Errorf("gen: %w %q (have %s)", ErrUnknownProfile, name, strings.Join(Profiles(), ", "))
}
