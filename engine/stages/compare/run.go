package compare

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"
)

// Options say what to compare.
type Options struct {
	// Program is the path of the 1brc that is run for each sample, with the
	// arguments --stage, --workers, --stats=json and the file.
	Program string
	// Stages are the names of one or more stages. The others are compared with
	// the first one. A name may be there twice: what differs then is noise.
	Stages []string
	// File is the path of the input, a regular file.
	File string
	// Runs is how many samples are taken of each stage, 1 or more.
	Runs int
	// Workers is the number of workers of each run, 0 for the program's default.
	Workers int
	// CPUs are the CPUs that the runs may use, nil for those of this process.
	CPUs []int
	// Progress, if not nil, is called after each run, warm-up included.
	Progress func(done, total int)
}

// check refuses what can't be run.
func (o Options) check() error {
	switch {
	case len(o.Stages) == 0:
		return errors.New("compare: no stages")
	case o.Runs < 1:
		return fmt.Errorf("compare: %d runs: at least 1 is needed", o.Runs)
	case o.Workers < 0:
		return fmt.Errorf("compare: %d workers", o.Workers)
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

// Stats is what a run tells about itself: the line that 1brc --stats=json
// prints. A field of memory is 0 where the system doesn't tell it.
type Stats struct {
	Rows        int64   `json:"rows"`
	Bytes       int64   `json:"bytes"`
	Names       int     `json:"names"`
	WallSeconds float64 `json:"wall_seconds"` // without start and end of the process
	// PeakResidentBytes counts the pages of a mapped file, and
	// OwnResidentBytes, at the end of the run, only the process's own memory.
	PeakResidentBytes int64 `json:"peak_resident_bytes,omitempty"`
	OwnResidentBytes  int64 `json:"own_resident_bytes,omitempty"`
	// GCLongestPauseSeconds is how long the longest stop of all goroutines was.
	GCCycles              int64   `json:"gc_cycles"`
	GCLongestPauseSeconds float64 `json:"gc_longest_pause_seconds"`
}

// Sample is what one run took.
type Sample struct {
	Sequence int `json:"sequence"` // counts all samples, from 1, in the order in which they were taken
	// WallSeconds is measured outside of the process, from its start to its exit.
	WallSeconds   float64 `json:"wall_seconds"`
	UserSeconds   float64 `json:"user_seconds"`
	SystemSeconds float64 `json:"system_seconds"`
	// PeakResidentBytes counts the pages of a mapped file; 0 is unknown.
	PeakResidentBytes     int64   `json:"peak_resident_bytes"`
	OwnResidentBytes      int64   `json:"own_resident_bytes"`
	GCCycles              int64   `json:"gc_cycles"`
	GCLongestPauseSeconds float64 `json:"gc_longest_pause_seconds"`
	// CachedFraction is how much of the input was in the page cache before the
	// run, from 0 to 1; nil is unknown.
	CachedFraction *float64 `json:"cached_fraction"`
}

// output is the SHA-256 of what a run printed.
type output [sha256.Size]byte

// runner runs a stage once.
type runner func(ctx context.Context, stage string) (Sample, output, error)

// Run takes the samples that o asks for and evaluates them. The error is
// ctx.Err() if ctx ends before the work, and otherwise says which run failed
// or printed something else than the others.
func Run(ctx context.Context, o Options) (*Report, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	input, err := describeInput(ctx, o.File)
	if err != nil {
		return nil, err
	}
	report := newReport(o, input, currentEnvironment())
	samples, err := interleave(ctx, o, o.child)
	if err != nil {
		return nil, err
	}
	report.evaluate(samples)
	return report, nil
}

// interleave runs all stages once to warm up, and then o.Runs times each in
// turns: A B A B. It returns the samples of each stage without the warm-up.
func interleave(ctx context.Context, o Options, run runner) ([][]Sample, error) {
	samples := make([][]Sample, len(o.Stages))
	var want output
	total := (o.Runs + 1) * len(o.Stages)
	for n := range total {
		round, i := n/len(o.Stages), n%len(o.Stages)
		stage := o.Stages[i]
		sample, got, err := run(ctx, stage)
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if err != nil {
			return nil, fmt.Errorf("compare: stage %s: %w", stage, err)
		}
		if n == 0 {
			want = got
		}
		if got != want {
			return nil, fmt.Errorf("compare: stage %s: the result is not the one of %s: SHA-256 %x, not %x", stage, o.Stages[0], got, want)
		}
		if round > 0 {
			sample.Sequence = n + 1 - len(o.Stages)
			samples[i] = append(samples[i], sample)
		}
		if o.Progress != nil {
			o.Progress(n+1, total)
		}
	}
	return samples, nil
}

// child is the runner of real stages.
func (o Options) child(ctx context.Context, stage string) (Sample, output, error) {
	var sample Sample
	if cached, err := cachedFraction(o.File); err == nil {
		sample.CachedFraction = &cached
	}
	command := exec.CommandContext(ctx, o.Program, "--stage", stage,
		"--workers", strconv.Itoa(o.Workers), "--stats=json", "--", o.File)
	hash := sha256.New()
	var stderr bytes.Buffer
	command.Stdout, command.Stderr = hash, &stderr
	start, err := startOn(command, o.CPUs)
	if err != nil {
		return sample, output{}, err
	}
	err = command.Wait()
	sample.WallSeconds = time.Since(start).Seconds()
	text := strings.TrimSpace(stderr.String())
	if err != nil {
		// The program's own words say more than its exit code.
		return sample, output{}, errors.New(cmp.Or(strings.TrimPrefix(text, "1brc: "), err.Error()))
	}
	var stats Stats
	if err := json.Unmarshal([]byte(text), &stats); err != nil {
		return sample, output{}, fmt.Errorf("statistics of the run: %w: %.200q", err, text)
	}
	sample.UserSeconds = command.ProcessState.UserTime().Seconds()
	sample.SystemSeconds = command.ProcessState.SystemTime().Seconds()
	// The peak that the parent is told (getrusage) is never less than the
	// parent's own at the time of the fork: on Linux a process keeps its peak
	// over exec. So it's only used where the child knows none.
	sample.PeakResidentBytes = cmp.Or(stats.PeakResidentBytes, peakOf(command.ProcessState))
	sample.OwnResidentBytes = stats.OwnResidentBytes
	sample.GCCycles, sample.GCLongestPauseSeconds = stats.GCCycles, stats.GCLongestPauseSeconds
	return sample, output(hash.Sum(nil)), nil
}
