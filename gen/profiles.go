package gen

import (
	"cmp"
	"sync"
)

// DefaultProfile is the profile that an empty Options.Profile means.
const DefaultProfile = "default"

// block is a range of rows of a data set.
type block struct {
	key   uint64 // the mixed seed
	first int64  // the number of the first row, from 0
	rows  int    // the number of rows
	total int64  // the number of rows of the data set
}

// blockFunc writes the rows of b to dst and returns their length. It must be a pure
// function of its arguments and safe for concurrent calls, and row n must not
// depend on b.first or b.rows. dst has room for b.rows times the profile's
// maxRowBytes plus slackBytes; bytes after the returned length are undefined.
type blockFunc func(dst []byte, b block) int

// profile is one entry of the registry.
type profile struct {
	name        string
	about       string // one line of help
	maxRowBytes int    // an upper bound of the length of a row with its LF
	open        func() blockFunc
	// openNames takes the place of open in profiles that take Options.Names.
	openNames func(names int64) blockFunc
	spoil     spoilFunc
	// header is the first line of the data set with its LF, or "".
	header string
	// noFinalLF says that the last row has no LF.
	noFinalLF bool
	// pages promises a size in whole pages. That needs at least minPageRows rows
	// and excludes bad rows.
	pages bool
}

// registry is the only list of profiles, in the order in which help shows them.
// The command line, tests and benchmarks use it. A new profile is a new entry here
// and a blockFunc.
var registry = []profile{
	{
		name:        DefaultProfile,
		about:       "413 real cities of 3 to 26 bytes, Gaussian values with sigma 10",
		maxRowBytes: maxRowBytes,
		open:        openCities,
		spoil:       spoilStation,
	},
	{
		name:        "10k",
		about:       "10,000 names of 1 to 100 bytes of UTF-8, Gaussian values with sigma 7",
		maxRowBytes: maxRowBytes,
		open:        openNames(names10k),
		spoil:       spoilStation,
	},
	{
		name:        "ties",
		about:       "1,998 stations; after an even number of rows each mean is a tie, from -99.85 to 99.85",
		maxRowBytes: maxRowBytes,
		open:        sync.OnceValue(openTies),
		spoil:       spoilStation,
	},
	{
		name:        "minus-zero",
		about:       "values of -0.0, and after a multiple of 4 rows each mean is from -0.05 to 0 and prints 0.0",
		maxRowBytes: maxRowBytes,
		open:        sync.OnceValue(openMinusZero),
		spoil:       spoilStation,
	},
	{
		name:        "long-names",
		about:       "5,000 names of 17 to 100 bytes of UTF-8, half of them of 31, 32, 33, 63, 64, 65 or 100",
		maxRowBytes: maxRowBytes,
		open:        openNames(longNames),
		spoil:       spoilStation,
	},
	{
		name:        "shared-prefix",
		about:       "64 families of 64 names that share 32 bytes or more, some their first and last 8",
		maxRowBytes: maxRowBytes,
		open:        openNames(sharedPrefixNames),
		spoil:       spoilStation,
	},
	{
		name:        "skew",
		about:       "the names of 10k by Zipf's law: the first has a tenth of the rows, name k a k-th of that",
		maxRowBytes: maxRowBytes,
		open:        sync.OnceValue(openSkew),
		spoil:       spoilStation,
	},
	{
		name:        "one-name",
		about:       "one station owns every row",
		maxRowBytes: maxRowBytes,
		open:        openNames(func() []string { return []string{"Reykjavík"} }),
		spoil:       spoilStation,
	},
	{
		name:        "unique",
		about:       "every row has a name of its own, of 13 to 20 bytes",
		maxRowBytes: maxUniqueBytes + maxTailBytes,
		open:        sync.OnceValue(openUnique),
		spoil:       spoilStation,
	},
	{
		name:        "uniform",
		about:       "a million names, or as many as you like, of 13 to 20 bytes, all equally likely",
		maxRowBytes: maxUniqueBytes + maxTailBytes,
		openNames:   openUniform,
		spoil:       spoilStation,
	},
	{
		name:        "zipf",
		about:       "the names of uniform by Zipf's law: name k has a k-th of the rows of the first",
		maxRowBytes: maxUniqueBytes + maxTailBytes,
		openNames:   openZipf,
		spoil:       spoilStation,
	},
	{
		name:        "crlf",
		about:       "the rows of default, ending in CR LF",
		maxRowBytes: maxRowBytes + 1,
		open:        openCRLF,
		spoil:       spoilStation,
	},
	{
		name:        "no-final-newline",
		about:       "the rows of default, the last without its LF",
		maxRowBytes: maxRowBytes,
		open:        openCities,
		spoil:       spoilStation,
		noFinalLF:   true,
	},
	{
		name:        "page-multiple",
		about:       "each 4,096 bytes end with a row, the last as well; takes 0 or at least 40 rows",
		maxRowBytes: maxRowBytes,
		open:        sync.OnceValue(openPages),
		spoil:       spoilStation,
		pages:       true,
	},
	{
		name:        "collide",
		about:       "20,000 names of 16 to 100 bytes with one hash in the kernels' hash function",
		maxRowBytes: maxRowBytes,
		open:        openNames(collidingNames),
		spoil:       spoilStation,
	},
	{
		name:        "scatter",
		about:       "20,000 names of the lengths of those of collide, with hashes of their own",
		maxRowBytes: maxRowBytes,
		open:        openNames(scatteredNames),
		spoil:       spoilStation,
	},
	{
		name:        "log",
		about:       "a log with a header and 10,000 channels by Zipf's law, about 41 bytes a row",
		maxRowBytes: maxLogRowBytes,
		open:        openLog,
		spoil:       spoilLog(false),
		header:      logHeader,
	},
	{
		name:        "log-quoted",
		about:       "log with 5 % of the fields quoted, and commas, line feeds and quotes in channels",
		maxRowBytes: maxQuotedRowBytes,
		open:        openLogQuoted,
		spoil:       spoilLog(true),
		header:      logHeader,
	},
}

// blockFunc returns the blockFunc of the profile for names names, or for DefaultNames
// if names is 0. Most profiles ignore names.
func (p *profile) blockFunc(names int64) blockFunc {
	if p.openNames == nil {
		return p.open()
	}
	return p.openNames(cmp.Or(names, DefaultNames))
}

var openCities = sync.OnceValue(func() blockFunc { return newCities().fill })

var openCRLF = sync.OnceValue(func() blockFunc {
	s := newCities()
	s.crlf = true
	return s.fill
})

// newCities returns the stations of profile "default".
func newCities() *stations {
	return newStations(len(cities), 100, func(i int) (string, int) {
		return cities[i].name, int(cities[i].meanTenths)
	})
}

// openNames returns the open function of a profile whose rows choose one of names
// uniformly and have Gaussian values with sigma 7.
func openNames(names func() []string) func() blockFunc {
	return sync.OnceValue(func() blockFunc {
		all := names()
		return newStations(len(all), 70, func(i int) (string, int) { return all[i], mean10k(i) }).fill
	})
}

// Profiles returns the names of the profiles with rows of the challenge in a fixed
// order. The first is DefaultProfile. The caller may change the slice.
func Profiles() []string {
	return namesOf(func(p *profile) bool { return p.header == "" })
}

// LogProfiles returns the names of the profiles with rows of a log, which have a header,
// in a fixed order. The caller may change the slice.
func LogProfiles() []string {
	return namesOf(func(p *profile) bool { return p.header != "" })
}

// namesOf returns the names of the profiles that are wanted.
func namesOf(want func(p *profile) bool) (names []string) {
	for i := range registry {
		if want(&registry[i]) {
			names = append(names, registry[i].name)
		}
	}
	return names
}

// DescribeProfile returns a line of help about a profile, without its name and
// without a full stop, or "" if there is no profile of that name.
func DescribeProfile(name string) string {
	if p := findProfile(name); p != nil {
		return p.about
	}
	return ""
}

// findProfile returns a profile, or nil if there is none of that name. "" means
// DefaultProfile.
func findProfile(name string) *profile {
	if name == "" {
		name = DefaultProfile
	}
	for i := range registry {
		if registry[i].name == name {
			return &registry[i]
		}
	}
	return nil
}
