package profile

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"onebrc/cmd/internal/compare"
)

// The files of a run, and of a stage in it.
const (
	runFile    = "run.json"
	cpuFile    = "cpu.pprof"
	allocsFile = "allocs.pprof"
	flameFile  = "cpu.svg"
	topFile    = "top.txt"
	// traceFile does not end in .out, which git is told to ignore.
	traceFile = "execution.trace"
)

// Run is what one run of all stages has in common: its run.json.
type Run struct {
	Time        time.Time           `json:"time"`
	Environment compare.Environment `json:"environment"`
	Unknown     []string            `json:"unknown"` // what the system doesn't tell of it
	Input       compare.Input       `json:"input"`
	Rows        int64               `json:"rows"`
	DataProfile string              `json:"data_profile"` // of package gen
	Seed        uint64              `json:"seed"`
	Settings    compare.Settings    `json:"settings"`
	// CPUSeconds is for how long, at least, a stage was repeated for its
	// CPU profile.
	CPUSeconds float64 `json:"cpu_profile_seconds"`
	// Stages names the stages in order; each has a folder of that name.
	Stages   []string `json:"stages"`
	Warnings []string `json:"warnings"`

	folder string  // where it was read from
	stages []Stage // what their run.json say
}

// Stage is what was measured of one stage: the run.json in its folder.
type Stage struct {
	Name           string  `json:"name"`
	Idea           string  `json:"idea"`
	RowsPerSecond  float64 `json:"rows_per_second"`  // of the median
	BytesPerSecond float64 `json:"bytes_per_second"` // of the median
	// Summary and Comparison (with the first stage) evaluate Samples.
	Summary    compare.Summary     `json:"summary"`
	Comparison *compare.Comparison `json:"comparison"`
	CPU        CPUProfile          `json:"cpu_profile"`
	Allocs     AllocsProfile       `json:"allocs_profile"`
	Trace      *Trace              `json:"trace"` // nil: none was taken
	Samples    []compare.Sample    `json:"samples"`
}

// CPUProfile is what is in a cpu.pprof.
type CPUProfile struct {
	Runs        int     `json:"runs"` // of the stage in one process
	WallSeconds float64 `json:"wall_seconds"`
	CPUSeconds  float64 `json:"cpu_seconds"`
	Samples     int64   `json:"samples"`
	// TopFunction is the one with the largest share of its own, without that
	// of the functions that it calls.
	TopFunction string  `json:"top_function"`
	TopShare    float64 `json:"top_share"`
}

// AllocsProfile is what is in an allocs.pprof: an estimate from samples, of one
// run and all that its process does.
type AllocsProfile struct {
	Bytes   int64 `json:"bytes"`
	Objects int64 `json:"objects"`
}

// Trace tells of an execution.trace.
type Trace struct {
	Rows  int64 `json:"rows"` // of the input, which is smaller than that of the run if need be
	Bytes int64 `json:"bytes"`
}

// Name is the name of the run's folder.
func (r *Run) Name() string { return folderName(r.Time, r.Environment) }

// folderName is the name of a folder for what was measured then on that machine.
func folderName(t time.Time, e compare.Environment) string {
	return fmt.Sprintf("%s-%s-%dcpu", t.UTC().Format(time.DateOnly), slug(e), e.CPUs)
}

// noise is what CPU models have in their names and nobody needs.
var (
	noise   = regexp.MustCompile(`(?i)\((r|tm|c)\)|\b(cpu|processor)\b|@.*$`)
	foreign = regexp.MustCompile(`[^a-z0-9]+`)
)

// slug is the model of the CPU in lower case letters, digits and '-'.
func slug(e compare.Environment) string {
	model := e.CPUModel
	if model == "" {
		model = e.OS + " " + e.Architecture
	}
	text := strings.ToLower(noise.ReplaceAllString(model, " "))
	return strings.Trim(foreign.ReplaceAllString(text, "-"), "-")
}

// stage returns what was measured of the stage of that name.
func (r *Run) stage(name string) (*Stage, error) {
	for i := range r.stages {
		if r.stages[i].Name == name {
			return &r.stages[i], nil
		}
	}
	return nil, fmt.Errorf("profile: the run has no stage %q", name)
}

// path returns the path of a file of a stage.
func (r *Run) path(stage, file string) string { return filepath.Join(r.folder, stage, file) }

// ErrNoRun says that a folder of profiles holds no run.
var ErrNoRun = errors.New("profile: no run yet: take one with make profiles")

// Runs returns the runs in a folder, the newest first. The error is ErrNoRun if
// there is none.
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
			return nil, fmt.Errorf("profile: %s: it is of stage %q", run.path(name, runFile), stage.Name)
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

// bytesIn returns the size of all files in a folder.
func bytesIn(folder string) (int64, error) {
	var total int64
	err := filepath.WalkDir(folder, func(_ string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		info, err := entry.Info()
		if err == nil {
			total += info.Size()
		}
		return err
	})
	return total, err
}
