package journey

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"onebrc/cmd/internal/compare"
	"onebrc/cmd/internal/flame"
)

// The files of a run and of its stages.
const (
	RunFile    = "run.json"
	CPUFile    = "cpu.pprof"
	StacksFile = "cpu.folded" // the stacks of CPUFile; see package flame
	AllocsFile = "allocs.pprof"
	FlameFile  = "cpu.svg"
	TopFile    = "top.txt"
	// TraceFile does not end in .out, because .gitignore lists that.
	TraceFile = "execution.trace"
)

// Run describes one run of all stages. It is the content of its run.json.
type Run struct {
	Time        time.Time           `json:"time"`
	Environment compare.Environment `json:"environment"`
	Unknown     []string            `json:"unknown"` // fields of Environment that the system does not report
	Input       compare.Input       `json:"input"`
	Rows        int64               `json:"rows"` // of Input
	// FastInput is the input of the fast stages, which has more rows than Input: the
	// first stage that took less than FastSeconds with Input, and all after it. It is
	// nil if there are none.
	FastInput   *compare.Input   `json:"fast_input,omitempty"`
	FastSeconds float64          `json:"fast_seconds,omitempty"`
	DataProfile string           `json:"data_profile"` // a profile of package gen
	Seed        uint64           `json:"seed"`
	Settings    compare.Settings `json:"settings"`
	// CPUSeconds is the CPU time for which a stage was to be repeated for its CPU
	// profile. In runs without Stage.Rows it was the wall time.
	CPUSeconds float64 `json:"cpu_profile_seconds"`
	// Stages names the stages in order. Each has a folder of that name.
	Stages   []string `json:"stages"`
	Warnings []string `json:"warnings"`

	Folder   string  `json:"-"` // that it was read from
	Measured []Stage `json:"-"` // the contents of the stages' run.json
}

// Stage is the measurements of one stage: the content of the run.json in its folder.
type Stage struct {
	Name           string  `json:"name"`
	Idea           string  `json:"idea"`
	Rows           int64   `json:"rows"`             // of the input of Samples, CPU and Allocs
	RowsPerSecond  float64 `json:"rows_per_second"`  // of the median
	BytesPerSecond float64 `json:"bytes_per_second"` // of the median
	// Summary evaluates Samples; Comparison compares them with the first stage that
	// has as many rows, and is nil for that stage.
	Summary    compare.Summary     `json:"summary"`
	Comparison *compare.Comparison `json:"comparison"`
	CPU        CPUProfile          `json:"cpu_profile"`
	Allocs     AllocsProfile       `json:"allocs_profile"`
	Trace      *Trace              `json:"trace"` // nil if none was taken
	Samples    []compare.Sample    `json:"samples"`
}

// CPUProfile summarizes a cpu.pprof.
type CPUProfile struct {
	Runs        int     `json:"runs"` // repetitions of the stage in its process
	WallSeconds float64 `json:"wall_seconds"`
	CPUSeconds  float64 `json:"cpu_seconds"`
	Samples     int64   `json:"samples"`
	// TopFunction has the largest share, without the functions that it calls.
	TopFunction string  `json:"top_function"`
	TopShare    float64 `json:"top_share"`
}

// AllocsProfile summarizes an allocs.pprof: what the process of one run allocates,
// estimated from samples.
type AllocsProfile struct {
	Bytes   int64 `json:"bytes"`
	Objects int64 `json:"objects"`
}

// Trace describes an execution.trace.
type Trace struct {
	Rows  int64 `json:"rows"` // of its input, which may be smaller than that of the run
	Bytes int64 `json:"bytes"`
}

// Stage returns the measurements of the stage with that name.
func (r *Run) Stage(name string) (*Stage, error) {
	for i := range r.Measured {
		if r.Measured[i].Name == name {
			return &r.Measured[i], nil
		}
	}
	return nil, fmt.Errorf("journey: the run has no stage %q", name)
}

// PerRow returns a time of the stage, such as that of its Summary, for one row. Times of
// stages can only be compared for as many rows.
func (s *Stage) PerRow(seconds float64) float64 { return seconds / float64(s.Rows) }

// Path returns the path of a stage's file.
func (r *Run) Path(stage, file string) string { return filepath.Join(r.Folder, stage, file) }

// Stacks returns the CPU time of a stage by stack, in nanoseconds.
func (r *Run) Stacks(stage string) ([]flame.Stack, error) {
	path := r.Path(stage, StacksFile)
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("journey: %w", err)
	}
	stacks, err := flame.Parse(string(content))
	if err != nil {
		return nil, fmt.Errorf("journey: %s: %w", path, err)
	}
	return stacks, nil
}

// ErrNoRun means that a folder of profiles contains no run.
var ErrNoRun = errors.New("journey: the folder has no run: make profiles takes one")

// Runs returns the runs in a folder, the newest first. It returns ErrNoRun if there
// are none.
func Runs(folder string) ([]*Run, error) {
	paths, err := filepath.Glob(filepath.Join(folder, "[0-9]*", RunFile))
	if err != nil {
		return nil, err
	}
	var runs []*Run
	for _, path := range paths {
		run, err := Read(filepath.Dir(path))
		if err != nil {
			return nil, err
		}
		runs = append(runs, run)
	}
	if len(runs) == 0 {
		return nil, ErrNoRun
	}
	slices.SortFunc(runs, func(a, b *Run) int { return b.Time.Compare(a.Time) })
	return runs, nil
}

// Read reads the JSON files of a run.
func Read(folder string) (*Run, error) {
	run := &Run{Folder: folder}
	if err := ReadJSON(filepath.Join(folder, RunFile), run); err != nil {
		return nil, err
	}
	for _, name := range run.Stages {
		var stage Stage
		if err := ReadJSON(run.Path(name, RunFile), &stage); err != nil {
			return nil, err
		}
		if stage.Name != name {
			return nil, fmt.Errorf("journey: %s: the stage must be %q, got %q", run.Path(name, RunFile), name, stage.Name)
		}
		if stage.Rows == 0 { // an older run, in which all stages have the same input
			stage.Rows = run.Rows
		}
		run.Measured = append(run.Measured, stage)
	}
	return run, nil
}

func ReadJSON(path string, to any) error {
	content, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("journey: %w", err)
	}
	if err := json.Unmarshal(content, to); err != nil {
		return fmt.Errorf("journey: %s: %w", path, err)
	}
	return nil
}
