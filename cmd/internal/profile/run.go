package profile

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"onebrc/cmd/internal/compare"
)

// The files of a run and of its stages.
const (
	runFile    = "run.json"
	cpuFile    = "cpu.pprof"
	allocsFile = "allocs.pprof"
	flameFile  = "cpu.svg"
	topFile    = "top.txt"
	// traceFile does not end in .out, because .gitignore lists that.
	traceFile = "execution.trace"
)

// Run describes one run of all stages. It is the content of its run.json.
type Run struct {
	Time        time.Time           `json:"time"`
	Environment compare.Environment `json:"environment"`
	Unknown     []string            `json:"unknown"` // fields of Environment that the system does not report
	Input       compare.Input       `json:"input"`
	Rows        int64               `json:"rows"`
	DataProfile string              `json:"data_profile"` // a profile of package gen
	Seed        uint64              `json:"seed"`
	Settings    compare.Settings    `json:"settings"`
	// CPUSeconds is the least time for which a stage was repeated for its CPU
	// profile.
	CPUSeconds float64 `json:"cpu_profile_seconds"`
	// Stages names the stages in order. Each has a folder of that name.
	Stages   []string `json:"stages"`
	Warnings []string `json:"warnings"`

	folder string  // the folder it was read from
	stages []Stage // the contents of their run.json
}

// Stage is the measurements of one stage: the content of the run.json in its folder.
type Stage struct {
	Name           string  `json:"name"`
	Idea           string  `json:"idea"`
	RowsPerSecond  float64 `json:"rows_per_second"`  // of the median
	BytesPerSecond float64 `json:"bytes_per_second"` // of the median
	// Summary evaluates Samples; Comparison compares them with the first stage.
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

// Name returns the name of the run's folder.
func (r *Run) Name() string { return folderName(r.Time, r.Environment) }

// folderName returns the name of the folder for measurements at t on a machine.
func folderName(t time.Time, e compare.Environment) string {
	return fmt.Sprintf("%s-%s-%dcpu", t.UTC().Format(time.DateOnly), slug(e), e.CPUs)
}

// noise matches the parts of a CPU model's name that say nothing.
var (
	noise   = regexp.MustCompile(`(?i)\((r|tm|c)\)|\b(cpu|processor)\b|@.*$`)
	foreign = regexp.MustCompile(`[^a-z0-9]+`)
)

// slug returns the model of the CPU in lower-case letters, digits and '-'.
func slug(e compare.Environment) string {
	model := e.CPUModel
	if model == "" {
		model = e.OS + " " + e.Architecture
	}
	text := strings.ToLower(noise.ReplaceAllString(model, " "))
	return strings.Trim(foreign.ReplaceAllString(text, "-"), "-")
}

// stage returns the measurements of the stage with that name.
func (r *Run) stage(name string) (*Stage, error) {
	for i := range r.stages {
		if r.stages[i].Name == name {
			return &r.stages[i], nil
		}
	}
	return nil, fmt.Errorf("profile: the run has no stage %q", name)
}

// path returns the path of a stage's file.
func (r *Run) path(stage, file string) string { return filepath.Join(r.folder, stage, file) }

// ErrNoRun means that a folder of profiles contains no run.
var ErrNoRun = errors.New("profile: the folder has no run: make profiles takes one")

// Runs returns the runs in a folder, the newest first. It returns ErrNoRun if there
// are none.
func Runs(folder string) ([]*Run, error) {
	paths, err := filepath.Glob(filepath.Join(folder, "[0-9]*", runFile))
	if err != nil {
		return nil, err
	}
	var runs []*Run
	for _, path := range paths {
		run, err := readRun(filepath.Dir(path))
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

// readRun reads the JSON files of a run.
func readRun(folder string) (*Run, error) {
	run := &Run{folder: folder}
	if err := readJSON(filepath.Join(folder, runFile), run); err != nil {
		return nil, err
	}
	for _, name := range run.Stages {
		var stage Stage
		if err := readJSON(run.path(name, runFile), &stage); err != nil {
			return nil, err
		}
		if stage.Name != name {
			return nil, fmt.Errorf("profile: %s: the stage must be %q, got %q", run.path(name, runFile), name, stage.Name)
		}
		run.stages = append(run.stages, stage)
	}
	return run, nil
}

func readJSON(path string, to any) error {
	content, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("profile: %w", err)
	}
	if err := json.Unmarshal(content, to); err != nil {
		return fmt.Errorf("profile: %s: %w", path, err)
	}
	return nil
}

func writeJSON(path string, value any) error {
	content, err := json.MarshalIndent(value, "", "  ")
	if err != nil {
		return fmt.Errorf("profile: %w", err)
	}
	return writeFile(path, append(content, '\n'))
}

func writeFile(path string, content []byte) error {
	if err := os.WriteFile(path, content, 0o666); err != nil {
		return fmt.Errorf("profile: %w", err)
	}
	return nil
}
