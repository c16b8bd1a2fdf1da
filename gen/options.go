package gen

import (
	"fmt"
	"io"
	"strings"
)

// Options says what to generate. The zero value is an empty data set of
// DefaultProfile.
type Options struct {
	// Rows is the number of rows, 0 or more. A header is not a row.
	Rows int64
	// Seed selects one of 2^64 data sets of the profile.
	Seed uint64
	// Profile is one of Profiles() or LogProfiles(). "" means DefaultProfile.
	Profile string
	// Names is the number of names of the profiles uniform and zipf, 1 to MaxNames. 0
	// means DefaultNames, and other profiles take only that.
	Names int64
	// Corrupt is the probability, from 0 to 1, that a row is replaced by one
	// outside the grammar of package parse, or of parse/delimited for logs. If it is
	// above 0, the first and the last row are bad too. Each reason is equally
	// likely. A bad row ends in LF, whatever the profile says of ends. What a
	// profile promises of its rows then holds for the good ones, and what it
	// promises of its means does not hold. A profile that promises a size refuses
	// Corrupt.
	Corrupt float64
	// CorruptList, if not nil, receives a line for each bad row, in the order of
	// the rows:
	//
	//	CorruptName TAB line TAB offset TAB reason TAB row LF
	//
	// Lines count from 1 and byte offsets from 0; each LF ends a line, also in quotes.
	// The reason is the word of a parse.Reason. The row is verbatim, without its LF;
	// it may contain any other byte, also TAB, and in log-quoted LFs in quotes. There
	// is one call of Write for each block that has bad rows, before the block is
	// written, and never two at a time. An error ends the run.
	CorruptList io.Writer
	// CorruptName is the name of the data set in CorruptList. It must not contain
	// TAB or LF, which would make a line ambiguous.
	CorruptName string
	// Workers is the number of goroutines that generate rows. 0 means GOMAXPROCS.
	// It does not change the bytes.
	Workers int
	// Progress, if not nil, is called after each written block with the numbers of
	// rows and bytes written so far. Calls do not overlap. A slow Progress delays
	// the workers.
	Progress func(rows, bytes int64)
}

// OptionError is the error for an option with a value that is not legal.
type OptionError struct {
	Option  string // the name of the field of Options
	Problem string // such as "must be 0 or more, got -1"
}

// Error returns the name and the problem.
func (e *OptionError) Error() string { return "gen: " + e.Option + " " + e.Problem }

// Check returns an *OptionError for the first option that Write and WriteFile
// would refuse, or nil.
func (o Options) Check() error {
	_, err := check(o)
	return err
}

// check validates o and returns its profile.
func check(o Options) (*profile, error) {
	refuse := func(option, format string, args ...any) (*profile, error) {
		return nil, &OptionError{option, fmt.Sprintf(format, args...)}
	}
	prof := findProfile(o.Profile)
	switch {
	case prof == nil:
		return refuse("Profile", "must be one of %s, got %q", strings.Join(append(Profiles(), LogProfiles()...), ", "), o.Profile)
	case o.Rows < 0:
		return refuse("Rows", "must be 0 or more, got %d", o.Rows)
	case prof.pages && o.Rows > 0 && o.Rows < minPageRows:
		return refuse("Rows", "must be 0, or at least %d to fill a page of profile %s, got %d", minPageRows, prof.name, o.Rows)
	case prof.openNames == nil && o.Names != 0:
		return refuse("Names", "must not be set for profile %s, got %d", prof.name, o.Names)
	case o.Names < 0 || o.Names > MaxNames:
		return refuse("Names", "must be from 1 to %d, got %d", MaxNames, o.Names)
	case !(o.Corrupt >= 0 && o.Corrupt <= 1):
		return refuse("Corrupt", "must be from 0 to 1, got %v", o.Corrupt)
	case prof.pages && o.Corrupt > 0:
		return refuse("Corrupt", "must be 0 for profile %s, which promises a size, got %v", prof.name, o.Corrupt)
	case strings.ContainsAny(o.CorruptName, "\t\n"):
		return refuse("CorruptName", "must not contain a tab or a line feed, got %q", o.CorruptName)
	case o.Workers < 0:
		return refuse("Workers", "must be 0 or more, got %d", o.Workers)
	}
	return prof, nil
}
