package main

import (
	"strings"

	"github.com/spf13/cobra"

	"onebrc/cmd/internal/cli"
)

// config is the command line.
type config struct {
	runConfig
	stage string // "" means the engine
	list  bool   // print the stages instead of a result
}

// newCommand returns the command of the program with its flags. It has no subcommands if
// args are just FILEs: to make these takes a good part of the run of a small file.
func newCommand(args []string) *cobra.Command {
	c := &config{runConfig: newRunConfig("1brc", countedNames)}
	command := &cobra.Command{
		Use:   "1brc [flags] [FILE...]",
		Short: "Print the minimum, mean and maximum of each name",
		Long: `Print the minimum, mean and maximum of each name in rows "name;value".

All FILEs together give one result. With no FILE, or where FILE is "-", 1brc
reads standard input. Compressed data (gzip, zstd, bzip2, xz) is decompressed,
whatever its FILE is named. Write ./compare for a FILE that is named like a command.
The result is one line, {name=min/mean/max, ...}, sorted by name.

With --percentiles 50,99.9, the median and the 99.9th percentile follow the maximum:
{name=min/mean/max/p50/p99.9, ...}. Percentile p of N values in ascending order is the
value at rank p/100*N, rounded up, and at least 1: always one of the values.

A name has 1 to 100 bytes, which may be any but ';' and a line feed. A value is
from -99.9 to 99.9 with one decimal. Every row is checked. The first bad row ends
the run. There is no result then, but an error on standard error:
"1brc: FILE:LINE: byte OFFSET: REASON: "ROW"".

Names that do not fit in --max-memory are written to temporary files, which are
gone when the run ends, however it ends where the system can do that.

With --on-error skip, bad rows are left out, and their number is printed to
standard error. --rejects lists them, one a line, with tabs between the fields:
FILE, LINE, OFFSET, REASON and the row, or its first 64 KiB.

All FILEs are checked before any output is created. An output file is written
beside the old one and replaces it when complete. A list of --rejects is complete
when all rows have been read or --max-rejects ends the run, a profile or report
whenever the run ends. After any other failure the old file is as it was. FIFOs and
devices are written directly; rejected rows are lost if the reader of a FIFO leaves
early.

--stats=json prints one line of JSON to standard error, and nothing else. It has
the number of bad rows as "bad_rows", and the message as "error" if the run fails.
Wrong usage is always reported as text.

The exit code is 0 for success, 1 for failure and 2 for wrong usage. A reader of
standard output that stops early is no failure.`,
		Example: "  1brc measurements.txt\n  1brc --stats *.gz\n  1brc --percentiles 50,90,99 measurements.txt",
		Args:    cobra.ArbitraryArgs, // otherwise a FILE would be an unknown command
		// Without this, shells would complete commands but no files.
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]cobra.Completion, cobra.ShellCompDirective) {
			return nil, cobra.ShellCompDirectiveDefault
		},
		PreRunE: func(command *cobra.Command, args []string) (err error) {
			if c.files, err = c.lists.addTo(args); err != nil {
				return err
			}
			return c.check(command, c.files)
		},
		RunE: func(*cobra.Command, []string) error { return c.run(c.files) },
	}
	c.addFlags(command)
	if !areFiles(args) {
		command.AddCommand(newGroupCommand(), newCompareCommand(), newConformCommand(), newReportCommand(), newRangesCommand(), newPartialCommand(), newMergeCommand(),
			newSparkCommand(), newSparkTaskCommand())
	}
	return command
}

// areFiles reports whether args are just FILEs. No flag begins otherwise than with "-",
// and no command has a point or a slash in its name.
func areFiles(args []string) bool {
	for _, arg := range args {
		if strings.HasPrefix(arg, "-") {
			return false
		}
	}
	return len(args) > 0 && strings.ContainsAny(args[0], "./")
}

// addFlags adds the flags and how shells complete them.
func (c *config) addFlags(command *cobra.Command) {
	flags := command.Flags()
	flags.SortFlags = false
	flags.StringSliceVar(&c.options.Percentiles, "percentiles", nil, "also print these percentiles of each name, `LIST`, such as 50,90,99.9")
	c.runConfig.addFlags(command)
	flags.StringVar(&c.stage, "stage", "", "run the stage `NAME` of the journey instead of the engine, on one FILE")
	flags.BoolVar(&c.list, "list-stages", false, "print the names of the stages in order")
	// The error can only be an unknown flag, which the tests would show.
	_ = command.RegisterFlagCompletionFunc("stage", completeStage)
	completeValues(command, map[string][]string{"percentiles": nil})
}

// check reports wrong usage that the types of the flags do not prevent, and
// completes the options of the engine.
func (c *config) check(command *cobra.Command, args []string) error {
	if c.list {
		if len(args) > 0 {
			return cli.Usagef("--list-stages takes no FILE, got %q", args[0])
		}
		return nil
	}
	changed := command.Flags().Changed
	if changed("percentiles") && len(c.options.Percentiles) == 0 {
		return cli.Usagef("--percentiles must name at least one, such as 50")
	}
	if err := c.runConfig.check(changed, args); err != nil {
		return err
	}
	if changed("stage") {
		return c.checkStage(changed, args)
	}
	return checkStdin(args)
}
