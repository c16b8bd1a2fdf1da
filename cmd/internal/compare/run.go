package compare

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"time"
)

// Options say what to compare: stages, then commands, one or more in all. The
// first one is what the others are compared with.
type Options struct {
	// Program is the path of 1brc. It computes the expected result and runs the
	// stages, with the arguments --stage, --workers, --stats=json and the file.
	Program string
	// Stages are names of stages. The same name may occur twice: any difference
	// between the two is noise.
	Stages []string
	// Commands are other programs, or 1brc with other flags. Each has a name of
	// its own, which is not the name of a stage.
	Commands []Command
	// Commits and Notes are texts for the report, by the name of a stage or
	// command: the commit that a program was built from, and anything else, such
	// as its version and how it was built.
	Commits, Notes map[string]string
	// ExpectFirst means that the expected result is what the first command prints, instead
	// of what Program computes: the commands do something else than 1brc FILE, such as
	// 1brc group. There are then no stages, and the file may hold anything.
	ExpectFirst bool
	// File is the path of the input, a regular file. DataNote is a text for the
	// report that describes the data.
	File     string
	DataNote string
	// Runs is the number of samples of each stage or command, 1 or more.
	Runs int
	// Timeout is the time after which a run is killed, together with all
	// processes that it has started; 0 means never.
	Timeout time.Duration
	// Workers is the number of workers of a stage; 0 means the default of
	// Program.
	Workers int
	// CPUs are the CPUs that the runs may use, in ascending order; nil means
	// those that this process may use.
	CPUs []int
	// Outputs, if not "", is a folder for the standard output of the runs: each one
	// writes to a file there, which is removed when it has been checked. Otherwise
	// they write to a pipe, and this process keeps the expected result in memory.
	Outputs string
	// WatchMemory asks for Sample.PeakOwnBytes. Reading the memory of a process
	// again and again takes a little of the CPUs' time.
	WatchMemory bool
	// Progress, if not nil, is called after each run, warm-ups included.
	Progress func(done, total int)
}

// check reports options that cannot work.
func (o Options) check() error {
	switch {
	case len(o.Stages)+len(o.Commands) == 0:
		return errors.New("compare: no stages and no commands")
	case o.ExpectFirst && len(o.Stages) > 0:
		return errors.New("compare: the first command's result cannot be that of stages")
	case o.ExpectFirst && o.Outputs != "":
		return errors.New("compare: the first command's result must fit in memory")
	case o.Runs < 1:
		return fmt.Errorf("compare: runs must be 1 or more, got %d", o.Runs)
	case o.Workers < 0:
		return fmt.Errorf("compare: workers must be 0 or more, got %d", o.Workers)
	case o.Timeout < 0:
		return fmt.Errorf("compare: the timeout must be 0 or more, got %v", o.Timeout)
	}
	if err := o.CheckNames(); err != nil {
		return err
	}
	for _, c := range o.Commands {
		if err := c.check(); err != nil {
			return fmt.Errorf("compare: %w", err)
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

// CheckNames reports a command with the name of another command or of a stage,
// and a commit or note for an unknown name.
func (o Options) CheckNames() error {
	known := map[string]bool{}
	for _, stage := range o.Stages {
		known[stage] = true
	}
	for _, c := range o.Commands {
		if known[c.Name] {
			return fmt.Errorf("compare: the name %q is used twice", c.Name)
		}
		known[c.Name] = true
	}
	for _, texts := range []map[string]string{o.Commits, o.Notes} {
		for name := range texts {
			if !known[name] {
				return fmt.Errorf("compare: a note or commit is for %q, but no stage or command has this name", name)
			}
		}
	}
	return nil
}

// Sample is the measurement of one run.
type Sample struct {
	// Sequence numbers all runs from 1 in the order of their turns. The numbers
	// of runs that were omitted because their command had failed are missing.
	Sequence int `json:"sequence"`
	// WallSeconds is measured outside of the process, from its start to its
	// exit. On systems other than Linux it includes the wait for another process
	// that holds the standard output.
	WallSeconds float64 `json:"wall_seconds"`
	// TreeSeconds is the time from the start of the process until it and all
	// processes that it left behind have gone; 0 is unknown.
	TreeSeconds float64 `json:"tree_seconds,omitempty"`
	// UserSeconds and SystemSeconds include the processes that it waited for
	// and, on Linux, those that it left behind.
	UserSeconds   float64 `json:"user_seconds"`
	SystemSeconds float64 `json:"system_seconds"`
	// PeakResidentBytes is the peak of the largest of these processes, with the
	// pages of a mapped file; 0 is unknown. For a command, Linux reports at
	// least the peak of the process that started it.
	PeakResidentBytes int64 `json:"peak_resident_bytes"`
	// PeakOwnBytes is the peak of the memory of the started process without the
	// pages of files, as process.WatchChild tells; 0 is unknown.
	PeakOwnBytes int64 `json:"peak_own_bytes,omitempty"`
	// The following are known for a stage only.
	OwnResidentBytes      int64   `json:"own_resident_bytes"`
	GCCycles              int64   `json:"gc_cycles"`
	GCLongestPauseSeconds float64 `json:"gc_longest_pause_seconds"`
	// CachedFraction is the part of the input that was in the page cache before
	// the run, from 0 to 1; nil is unknown.
	CachedFraction *float64 `json:"cached_fraction"`
	// ExitCode is -1 for a process that was ended by a signal.
	ExitCode int `json:"exit_code"`
	// Different says that the output was not the expected result.
	Different bool `json:"different"`
}

// outcome is what the runs of an entry produced, without the warm-up.
type outcome struct {
	samples   []Sample
	failed    string // why the runs ended early, or ""
	different string // the first difference from the expected result, or ""
}

// runner runs an entry once. It returns how its output differs from the expected
// result, or "".
type runner func(ctx context.Context, e entry) (s Sample, different string, err error)

// Run takes the samples that o asks for and evaluates them. It checks the output
// of every run against the expected result. A command with another
// output is still measured; a command that fails is not run again. The report
// says so.
//
// If ctx ends early, the error is ctx.Err(). Any other error says that the file
// has no result, that a stage failed or had another output, or that the first
// command failed.
//
// On Linux, Run waits for orphaned children of this process, so no other
// goroutine may start processes meanwhile.
func Run(ctx context.Context, o Options) (*Report, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	input, err := describeInput(ctx, o.File)
	if err != nil {
		return nil, err
	}
	input.Note = o.DataNote
	l := &launcher{Options: o, tree: newTree(), cache: pageCache{path: o.File}, outputs: &pipedOutputs{lines: o.ExpectFirst}}
	defer l.tree.close()
	if o.Outputs != "" {
		files, err := newFileOutputs(o.Outputs)
		if err != nil {
			return nil, err
		}
		defer files.remove()
		l.outputs = files
	}
	stats, err := l.expect(ctx)
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if err != nil {
		return nil, fmt.Errorf("compare: expected result: %w", err)
	}
	input.Rows, input.Names = stats.Rows, stats.Names
	report := newReport(o, input, CurrentEnvironment())
	outcomes, err := interleave(ctx, o, l.run)
	if err != nil {
		return nil, err
	}
	report.evaluate(outcomes)
	return report, nil
}

// interleave runs all entries once to warm up and then o.Runs times each, in
// turns: A B A B.
func interleave(ctx context.Context, o Options, run runner) ([]outcome, error) {
	entries := o.entries()
	outcomes := make([]outcome, len(entries))
	total := (o.Runs + 1) * len(entries)
	for n := range total {
		round, i := n/len(entries), n%len(entries)
		e, out := entries[i], &outcomes[i]
		if out.failed == "" {
			sample, different, err := run(ctx, e)
			if ctx.Err() != nil {
				return nil, ctx.Err()
			}
			sample.Sequence = n + 1 - len(entries)
			if err := out.take(e, sample, round, different, err); err != nil {
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

// take adds the run of a round, which is 0 for the warm-up, that ended with err.
// It returns an error if a stage is wrong, which ends the comparison.
func (out *outcome) take(e entry, sample Sample, round int, different string, err error) error {
	if e.isStage {
		switch {
		case err != nil:
			return fmt.Errorf("compare: stage %s: %w", e.name, err)
		case different != "":
			return fmt.Errorf("compare: stage %s: the output is not the expected result: %s", e.name, different)
		}
	}
	switch {
	case err != nil:
		out.failed = fmt.Sprintf("%s: %v", roundName(round), err)
	case out.different == "":
		out.different = different
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
