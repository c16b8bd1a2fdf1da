package profile

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"onebrc/cmd/internal/compare"
	"onebrc/cmd/internal/format"
	"onebrc/cmd/internal/journey"
	"onebrc/engine/stages"
	"onebrc/gen"
)

// Options are the settings of Make.
type Options struct {
	Folder string // the parent of the run's folder, such as profiles
	Cache  string // the folder of the data sets; missing ones are made
	// Program is the path of a 1brc built with -trimpath. Child is a command
	// that calls CPUChild with the arguments that are added to it.
	Program string
	Child   []string
	// Stages are the names of the stages in order; none means all.
	Stages      []string
	Rows        int64
	DataProfile string // a profile of package gen
	Runs        int    // samples of each stage
	// FastTime divides slow stages from fast ones: the first stage that takes less time
	// with Rows, and all after it, have fastFactor times as many rows. 0 means that all
	// have Rows.
	FastTime time.Duration
	// CPUTime is the CPU time for which a stage is repeated under the CPU profiler. How
	// long that takes is estimated from its timed runs.
	CPUTime time.Duration
	// Progress, if not nil, is called with the name of each step.
	Progress func(string)
}

const (
	// seed is the seed of the data sets.
	seed = 1
	// fastFactor is how many times as many rows fast stages have. A stage at the limit
	// then takes longer than most slow ones, and far longer than its process to start.
	fastFactor = 10
)

// Make measures and profiles the stages, and returns the folder of the run. It
// replaces the folder of an earlier run on the same day and machine. If it fails,
// it leaves nothing in Options.Folder.
func Make(ctx context.Context, o Options) (string, error) {
	if o.Progress == nil {
		o.Progress = func(string) {}
	}
	if len(o.Stages) == 0 {
		for _, s := range stages.All() {
			o.Stages = append(o.Stages, s.Name)
		}
	}
	if err := os.MkdirAll(o.Folder, 0o777); err != nil {
		return "", fmt.Errorf("profile: %w", err)
	}
	temporary, err := os.MkdirTemp(o.Folder, ".new-")
	if err != nil {
		return "", fmt.Errorf("profile: %w", err)
	}
	defer os.RemoveAll(temporary)
	run, err := o.measure(ctx)
	if err != nil {
		return "", err
	}
	run.Folder = temporary
	for i := range run.Measured {
		if err := o.capture(ctx, run, &run.Measured[i]); err != nil {
			return "", fmt.Errorf("profile: stage %s: %w", run.Measured[i].Name, err)
		}
	}
	if err := writeJSON(filepath.Join(temporary, journey.RunFile), run); err != nil {
		return "", err
	}
	folder := filepath.Join(o.Folder, nameOf(run))
	return folder, errors.Join(
		os.RemoveAll(folder),
		os.Rename(temporary, folder),
		os.Chmod(folder, 0o755), // MkdirTemp makes it private
	)
}

// measure measures the times of all stages with o.Rows, and then those of the fast ones
// again with more rows.
func (o Options) measure(ctx context.Context) (*journey.Run, error) {
	report, measured, err := o.time(ctx, o.Stages, o.Rows)
	if err != nil {
		return nil, err
	}
	run := &journey.Run{
		Time: report.Time.UTC().Truncate(time.Second), Environment: report.Environment, Unknown: report.Unknown,
		Input: report.Input, Rows: o.Rows, DataProfile: o.DataProfile, Seed: seed,
		Settings: report.Settings, CPUSeconds: o.CPUTime.Seconds(), FastSeconds: o.FastTime.Seconds(),
		Stages: o.Stages, Measured: measured, Warnings: report.Warnings,
	}
	fast := slices.IndexFunc(measured, func(s journey.Stage) bool { return s.Summary.MedianSeconds < run.FastSeconds })
	if fast < 0 {
		return run, nil
	}
	report, measured, err = o.time(ctx, o.Stages[fast:], fastFactor*o.Rows)
	if err != nil {
		return nil, err
	}
	run.FastInput = &report.Input
	run.Measured = append(run.Measured[:fast], measured...)
	run.Warnings = append(run.Warnings, report.Warnings...)
	return run, nil
}

// time measures stages with a number of rows. The warnings of the report say how many.
func (o Options) time(ctx context.Context, names []string, rows int64) (*compare.Report, []journey.Stage, error) {
	path, err := o.dataSet(ctx, rows)
	if err != nil {
		return nil, nil, err
	}
	o.Progress(fmt.Sprintf("times of %d stages with %s rows, %d runs of each", len(names), format.Thousands(rows), o.Runs))
	report, err := compare.Run(ctx, compare.Options{Program: o.Program, Stages: names, File: path, Runs: o.Runs})
	if err != nil {
		return nil, nil, err
	}
	for i, warning := range report.Warnings {
		report.Warnings[i] = fmt.Sprintf("%s rows: %s", format.Thousands(rows), warning)
	}
	var measured []journey.Stage
	for _, s := range report.Entries {
		stage, err := stages.ByName(s.Name)
		if err != nil {
			return nil, nil, err
		}
		measured = append(measured, journey.Stage{
			Name: s.Name, Idea: stage.Idea, Rows: rows,
			RowsPerSecond:  float64(rows) / s.Summary.MedianSeconds,
			BytesPerSecond: float64(report.Input.Bytes) / s.Summary.MedianSeconds,
			Summary:        s.Summary, Comparison: s.Comparison, Samples: s.Samples,
		})
	}
	return report, measured, nil
}

// dataSet returns the path of a data set in the cache, and makes it if it is
// missing. BenchmarkStages uses the same files.
func (o Options) dataSet(ctx context.Context, rows int64) (string, error) {
	path := filepath.Join(o.Cache, fmt.Sprintf("%s-%d.txt", o.DataProfile, rows))
	_, err := os.Stat(path)
	if !errors.Is(err, fs.ErrNotExist) {
		return path, err
	}
	o.Progress(fmt.Sprintf("data set of %d rows", rows))
	if err := os.MkdirAll(o.Cache, 0o777); err != nil {
		return "", fmt.Errorf("profile: %w", err)
	}
	return path, gen.WriteFile(ctx, path, gen.Options{Rows: rows, Seed: seed, Profile: o.DataProfile})
}
