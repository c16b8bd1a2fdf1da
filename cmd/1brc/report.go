package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/spf13/cobra"

	"onebrc/cmd/internal/cli"
	"onebrc/cmd/internal/compare"
	"onebrc/cmd/internal/journey"
	"onebrc/cmd/internal/report"
)

// profilesFolder is the folder in which make profiles writes its runs.
const profilesFolder = "profiles"

// reportConfig is the command line of 1brc report.
type reportConfig struct {
	output    string
	folder    string // of a run of all stages, or of several
	recording string // file of a recording of --report
	compare   string // file of a comparison

	isRecording, isComparison bool // recording or compare is given
}

// newReportCommand returns the command report.
func newReportCommand() *cobra.Command {
	c := &reportConfig{folder: profilesFolder}
	command := &cobra.Command{
		Use:   "report [-o FILE] [FOLDER | --run FILE | --compare FILE]",
		Short: "Show measurements as a page of HTML",
		Long: `Show measurements as a page of HTML, which needs no other file and no network.

FOLDER is a run that make profiles wrote: the page shows the time and memory of
each stage, and where its CPU time goes. If FOLDER has several runs, the page shows
the newest one. Without FOLDER, they are those in ./profiles.

With --run, the page shows one run of 1brc or 1brc group: what its workers did and
when, its memory, and its result. FILE is a recording that --report FILE.json wrote;
without .json, that flag writes the page itself.

With --compare, the page shows a comparison that 1brc compare --json has printed:
each run, and what the difference from the first entry is worth.`,
		Example: `  1brc report -o report.html
  1brc report -o report.html profiles/2026-11-22-amd-epyc-2cpu
  1brc measurements.txt --report run.json && 1brc report --run run.json -o run.html
  1brc report -o report.html --compare comparison.json`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 1 {
				return cli.Usagef("need at most one FOLDER, got %d", len(args))
			}
			return nil
		},
		PreRunE: func(command *cobra.Command, args []string) error { return c.check(command, args) },
		RunE:    func(*cobra.Command, []string) error { return c.run() },
	}
	flags := command.Flags()
	flags.SortFlags = false
	flags.StringVarP(&c.output, "output", "o", "", "write the page to `FILE` instead of standard output")
	flags.StringVar(&c.recording, "run", "", "show the run in `FILE`, which --report of 1brc or 1brc group has written")
	flags.StringVar(&c.compare, "compare", "", "show the comparison in `FILE`, which 1brc compare --json has written")
	return command
}

// check reports wrong usage that the types of the flags do not prevent.
func (c *reportConfig) check(command *cobra.Command, args []string) error {
	changed := command.Flags().Changed
	c.isRecording, c.isComparison = changed("run"), changed("compare")
	inputs := args
	switch {
	case c.isRecording && c.isComparison:
		return cli.Usagef("need --run or --compare, not both")
	case c.isRecording && len(args) > 0:
		return cli.Usagef("need FOLDER or --run, not both")
	case c.isComparison && len(args) > 0:
		return cli.Usagef("need FOLDER or --compare, not both")
	case c.isRecording:
		inputs = []string{c.recording}
	case c.isComparison:
		inputs = []string{c.compare}
	case len(args) > 0:
		c.folder = args[0]
	}
	return checkOutputs([]output{{"output", c.output}}, changed, inputs)
}

// run writes the page.
func (c *reportConfig) run() error {
	if c.isComparison {
		comparison, err := readComparison(c.compare)
		if err != nil {
			return err
		}
		return writePage("output", c.output, func(w io.Writer) error { return report.Comparison(w, comparison) })
	}
	if c.isRecording {
		recording, err := readRecording(c.recording)
		if err != nil {
			return err
		}
		return writePage("output", c.output, recording.WritePage)
	}
	run, err := c.readRun()
	if err != nil {
		return withoutPackage(err)
	}
	root := c.root(run)
	return writePage("output", c.output, func(w io.Writer) error { return report.Journey(w, run, root) })
}

// readRecording reads the recording in the file at path.
func readRecording(path string) (*report.Recording, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	recording, err := report.ReadRecording(bufio.NewReader(file))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return recording, nil
}

// readRun reads the run in the folder, or the newest one in its folders.
func (c *reportConfig) readRun() (*journey.Run, error) {
	run, err := journey.Read(c.folder)
	if !errors.Is(err, fs.ErrNotExist) {
		return run, err
	}
	runs, errRuns := journey.Runs(c.folder)
	switch {
	case errRuns == nil:
		return runs[0], nil
	case errors.Is(errRuns, journey.ErrNoRun):
		return nil, fmt.Errorf("no run of make profiles in %s: %w", c.folder, withoutPackage(err))
	}
	return nil, errRuns
}

// readComparison reads the output of 1brc compare --json.
func readComparison(path string) (*compare.Report, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	r, err := compare.Read(file)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, withoutPackage(err))
	}
	return r, nil
}

// writePage writes a page to the file at path, which a flag named, or to standard
// output if path is "".
func writePage(flag, path string, write func(io.Writer) error) error {
	var page bytes.Buffer
	if err := write(&page); err != nil {
		return withoutPackage(err)
	}
	put := func(w io.Writer) error {
		_, err := w.Write(page.Bytes())
		return err
	}
	if path == "" {
		return toStdout(put)
	}
	ctx, stop := cli.SignalContext()
	defer stop()
	out, err := createOutput(ctx, path)
	if err != nil {
		return flagError(flag, path, err)
	}
	if _, err := untilSignal(ctx, func() (any, error) { return nil, put(out) }); err != nil {
		out.discard()
		return flagError(flag, path, err)
	}
	if err := out.commit(); err != nil {
		return flagError(flag, path, err)
	}
	return nil
}
