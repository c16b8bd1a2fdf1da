package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"math"
	"regexp"
	"strconv"
	"strings"
	"sync"

	"github.com/spf13/cobra"

	"onebrc/cmd/internal/cli"
	"onebrc/engine"
)

// defaultRangeBytes is large enough that the start of a process does not matter.
const defaultRangeBytes = 64 << 20

// rangePattern is the form of a range. What comes before it is a path, which may end
// like a range, too.
var rangePattern = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?s)\A(.+):([0-9]+)-([0-9]+)(?::([0-9]+))?\z`)
})

// newRangesCommand returns the command ranges.
func newRangesCommand() *cobra.Command {
	size := cli.Size{Bytes: defaultRangeBytes, Min: 1}
	command := &cobra.Command{
		Use:   "ranges [--size SIZE] FILE...",
		Short: "Divide files into ranges for 1brc partial",
		Long: `Divide files into ranges for 1brc partial.

Each line is a range FILE:LO-HI:N: the rows that start in the bytes LO to HI-1 of the
Nth FILE. Together, the ranges have all rows once.`,
		Example:           "  1brc ranges --size 1GiB measurements.txt | parallel 1brc partial | 1brc merge",
		Args:              needFiles,
		ValidArgsFunction: completeFiles,
		RunE:              func(_ *cobra.Command, args []string) error { return printRanges(size.Bytes, args) },
	}
	command.Flags().Var(&size, "size", "size of a range, such as 64MiB or 1m")
	return command
}

// needFiles refuses a command line without arguments.
func needFiles(_ *cobra.Command, args []string) error {
	if len(args) == 0 {
		return cli.Usagef("need at least one FILE")
	}
	return nil
}

// completeFiles makes shells complete the names of files.
func completeFiles(*cobra.Command, []string, string) ([]cobra.Completion, cobra.ShellCompDirective) {
	return nil, cobra.ShellCompDirectiveDefault
}

// printRanges prints the ranges of at most size bytes of files.
func printRanges(size int64, paths []string) error {
	if size == 0 {
		return cli.Usagef("--size must be at least 1")
	}
	for _, path := range paths {
		if strings.Contains(path, "\n") {
			return cli.Usagef("a FILE with a line feed in its name cannot be listed: %q", path)
		}
	}
	ranges, err := engine.Divide(size, paths...)
	if err != nil {
		return err
	}
	return toStdout(func(w io.Writer) error {
		out := bufio.NewWriterSize(w, 64<<10)
		for _, r := range ranges {
			fmt.Fprintf(out, "%s:%d-%d:%d\n", r.Path, r.Begin, r.End, r.File+1)
		}
		return out.Flush()
	})
}

// parseRange parses a range. A path without a range means all of the file.
func parseRange(text string) (r engine.Range, err error) {
	parts := rangePattern().FindStringSubmatch(text)
	if parts == nil {
		if text == "" {
			return r, errors.New("the name of a file is missing")
		}
		return engine.Range{Path: text, End: math.MaxInt64}, nil
	}
	r.Path = parts[1]
	place := int64(1)
	for i, to := range []*int64{&r.Begin, &r.End, &place} {
		if digits := parts[2+i]; digits != "" {
			if *to, err = strconv.ParseInt(digits, 10, 64); err != nil {
				return r, fmt.Errorf("%s is too large a number in %q", digits, text)
			}
		}
	}
	switch {
	case r.Begin > r.End:
		return r, fmt.Errorf("the range ends before it begins: %q", text)
	case place < 1 || place > math.MaxInt32:
		return r, fmt.Errorf("files are counted from 1 to %d, got %q", math.MaxInt32, text)
	}
	r.File = int(place - 1)
	return r, nil
}

// readRanges reads ranges, one on each line.
func readRanges(from io.Reader) (ranges []engine.Range, err error) {
	in := bufio.NewReaderSize(from, 64<<10)
	for line := 1; ; line++ {
		text, err := in.ReadString('\n')
		if err != nil && err != io.EOF {
			return nil, err
		}
		if text == "" {
			return ranges, nil
		}
		r, err := parseRange(strings.TrimSuffix(text, "\n"))
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", line, err)
		}
		ranges = append(ranges, r)
	}
}
