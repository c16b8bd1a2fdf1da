package compare

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"time"
)

// Options say what to compare: stages, then commands, one or more in all. The
// others are compared with the first one.
type Options struct {
	// Program is the path of the 1brc that makes the expected result, and that
	// is run for each sample of a stage, with the arguments --stage, --workers,
	// --stats=json and the file.
	Program string
	// Stages are the names of stages. A name may be there twice: what differs
	// then is noise.
	Stages []string
	// Commands are other programs, or 1brc with other flags. Their names differ
	// from each other and from those of the stages.
	Commands []Command
	// Notes are free texts for the report, by name of a stage or command: the
	// version of a program, and how it was built.
	Notes map[string]string
	// File is the path of the input, a regular file, and DataNote a free text
	// that says what data it has.
	File     string
	DataNote string
	// Runs is how many samples are taken of each stage or command, 1 or more.
	Runs int
	// Timeout is how long a run may take before it is killed, 0 for ever.
	Timeout time.Duration
	// Workers is the number of workers of each run of a stage, 0 for the
	// program's default.
	Workers int
	// CPUs are the CPUs that the runs may use, nil for those of this process.
	CPUs []int
	// Progress, if not nil, is called after each run, warm-up included.
	Progress func(done, total int)
}

// check refuses what can't be run.
func (o Options) check() error {
	switch {
	case len(o.Stages)+len(o.Commands) == 0:
		return errors.New("compare: no stages and no commands")
	case o.Runs < 1:
		return fmt.Errorf("compare: %d runs: at least 1 is needed", o.Runs)
	case o.Workers < 0:
		return fmt.Errorf("compare: %d workers", o.Workers)
	case o.Timeout < 0:
		return fmt.Errorf("compare: a timeout of %v", o.Timeout)
	}
	if err := o.CheckNames(); err != nil {
		return err
	}
	for _, c := range o.Commands {
		if err := c.check(); err != nil {
			return err
		}
		if _, err := exec.LookPath(c.Args[0]); err != nil {
			return fmt.Errorf("compare: command %s: %w", c.Name, err)
		}
	}
	info, err := os.Stat(o.File)
	if err != nil {
		return fmt.Errorf("compare: %w", err)
	}
	if !info.Mode().IsRegular() {
		return fmt.Errorf("compare: %s: not a regular file", o.File)
	}
	return nil
}

// CheckNames refuses a command with the name of another or of a stage, and a
// note for none of them.
func (o Options) CheckNames() error {
	known := map[string]bool{}
	for _, stage := range o.Stages {
		known[stage] = true
	}
	for _, c := range o.Commands {
		if known[c.Name] {
			return fmt.Errorf("compare: the name %q is there twice", c.Name)
		}
		known[c.Name] = true
	}
	for name := range o.Notes {
		if !known[name] {
			return fmt.Errorf("compare: a note for %q, which takes no part", name)
		}
	}
	return nil
}

// Sample is what one run took.
type Sample struct {
	// Sequence counts all runs, from 1, in the order of their turns. That of a
	// run which was left out, as its command had failed before, is missing.
	Sequence int `json:"sequence"`
	// WallSeconds is measured outside of the process, from its start to its
	// exit, or to the end of its standard output if another process that it
	// started still holds that.
	WallSeconds float64 `json:"wall_seconds"`
	// UserSeconds and SystemSeconds include processes that it waited for.
	UserSeconds   float64 `json:"user_seconds"`
	SystemSeconds float64 `json:"system_seconds"`
	// PeakResidentBytes counts the pages of a mapped file; 0 is unknown. Of a
	// command it is what the system tells, on Linux at least the peak of the
	// process that started it.
	PeakResidentBytes int64 `json:"peak_resident_bytes"`
	// These are only known of a stage.
	OwnResidentBytes      int64   `json:"own_resident_bytes"`
	GCCycles              int64   `json:"gc_cycles"`
	GCLongestPauseSeconds float64 `json:"gc_longest_pause_seconds"`
	// CachedFraction is how much of the input was in the page cache before the
	// run, from 0 to 1; nil is unknown.
	CachedFraction *float64 `json:"cached_fraction"`
	// ExitCode is -1 of a process that a signal ended.
	ExitCode int `json:"exit_code"`
	// Different says that the run did not print the expected result.
	Different bool `json:"different"`
}

// outcome is what the runs of an entry gave, without the warm-up.
type outcome struct {
	samples   []Sample
	failed    string // why it was not run to the end, "" if it was
	different string // where the first output that differs does so, "" if none does
}

// runner runs an entry once and returns what it printed.
type runner func(ctx context.Context, e entry) (Sample, []byte, error)

// Run takes the samples that o asks for and evaluates them. Every run is held
// to the result that Program makes of the file. A command that prints something
// else is measured on, one that fails is run no more, and the report says so.
//
// The error is ctx.Err() if ctx ends before the work. Otherwise it says that the
// file has no result, or which stage failed or printed something else, or that
// the command which the others are compared with failed.
func Run(ctx context.Context, o Options) (*Report, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	input, err := describeInput(ctx, o.File)
	if err != nil {
		return nil, err
	}
	input.Note = o.DataNote
	l := &launcher{Options: o, cache: pageCache{path: o.File}}
	want, stats, err := l.expected(ctx)
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if err != nil {
		return nil, fmt.Errorf("compare: expected result: %w", err)
	}
	input.Rows = stats.Rows
	l.limit = len(want) + outputSlack + 1
	report := newReport(o, input, CurrentEnvironment())
	outcomes, err := interleave(ctx, o, want, l.run)
	if err != nil {
		return nil, err
	}
	report.evaluate(outcomes)
	return report, nil
}

// interleave runs all entries once to warm up, and then o.Runs times each in
// turns: A B A B. Each is to print want.
func interleave(ctx context.Context, o Options, want []byte, run runner) ([]outcome, error) {
	entries := o.entries()
	outcomes := make([]outcome, len(entries))
	total := (o.Runs + 1) * len(entries)
	for n := range total {
		round, i := n/len(entries), n%len(entries)
		e, out := entries[i], &outcomes[i]
		if out.failed == "" {
			sample, got, err := run(ctx, e)
			if ctx.Err() != nil {
				return nil, ctx.Err()
			}
			sample.Sequence = n + 1 - len(entries)
			sample.Different = !bytes.Equal(got, want)
			if err := out.take(e, sample, round, got, want, err); err != nil {
				return nil, err
			}
			if i == 0 && out.failed != "" {
				return nil, fmt.Errorf("compare: command %s, which the others are compared with: %s", e.name, out.failed)
			}
		}
		if o.Progress != nil {
			o.Progress(n+1, total)
		}
	}
	return outcomes, nil
}

// take takes in a run of the round of that number, 0 for the warm-up, which
// ended with err. It returns what ends the comparison: a stage that is wrong.
func (out *outcome) take(e entry, sample Sample, round int, got, want []byte, err error) error {
	if e.isStage {
		switch {
		case err != nil:
			return fmt.Errorf("compare: stage %s: %w", e.name, err)
		case sample.Different:
			return fmt.Errorf("compare: stage %s: the result is not the expected one: %s", e.name, difference(got, want))
		}
	}
	switch {
	case err != nil:
		out.failed = fmt.Sprintf("%s: %v", roundName(round), err)
	case sample.Different && out.different == "":
		out.different = difference(got, want)
	}
	if round > 0 {
		out.samples = append(out.samples, sample)
	}
	return nil
}

// roundName names a run of an entry.
func roundName(round int) string {
	if round == 0 {
		return "warm-up"
	}
	return fmt.Sprintf("run %d", round)
}
