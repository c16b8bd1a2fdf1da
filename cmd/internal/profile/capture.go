package profile

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"onebrc/cmd/internal/journey"
)

// traced names the stages that get an execution trace: those in which goroutines
// wait for each other.
var traced = []string{"goroutine-per-station", "channel-unbuffered", "channel-buffered", "batches", "mapreduce"}

const (
	// traceLimit is the largest size of a trace. Five traces and the rest of a run
	// fit in the 20 MB that a run may take in the repository.
	traceLimit = 2 << 20
	// traceRowsAtFirst is the smallest input of a trace. A stage with a few events
	// per row stays well below traceLimit with it.
	traceRowsAtFirst = 10_000
)

// capture profiles a stage and writes its folder.
func (o Options) capture(ctx context.Context, run *journey.Run, stage *journey.Stage) error {
	if err := os.Mkdir(filepath.Join(run.Folder, stage.Name), 0o777); err != nil {
		return err
	}
	path, err := o.dataSet(ctx, stage.Rows)
	if err != nil {
		return err
	}
	o.Progress(stage.Name + ": CPU profile")
	if err := o.captureCPU(ctx, run, stage, path); err != nil {
		return fmt.Errorf("CPU profile: %w", err)
	}
	o.Progress(stage.Name + ": allocations")
	if err := o.captureAllocs(ctx, run, stage, path); err != nil {
		return fmt.Errorf("profile of allocations: %w", err)
	}
	if slices.Contains(traced, stage.Name) {
		o.Progress(stage.Name + ": trace")
		if err := o.captureTrace(ctx, run, stage); err != nil {
			return fmt.Errorf("trace: %w", err)
		}
	}
	if err := writeTop(run, stage.Name); err != nil {
		return fmt.Errorf("%s: %w", journey.TopFile, err)
	}
	return writeJSON(run.Path(stage.Name, journey.RunFile), stage)
}

// captureCPU takes the CPU profile of a stage in a child, and draws it.
func (o Options) captureCPU(ctx context.Context, run *journey.Run, stage *journey.Stage, input string) error {
	path := run.Path(stage.Name, journey.CPUFile)
	arguments := append(slices.Clone(o.Child[1:]), stage.Name, input, path, o.wallTime(stage).String())
	said, err := output(exec.CommandContext(ctx, o.Child[0], arguments...))
	if err != nil {
		return err
	}
	if err := json.Unmarshal(said, &stage.CPU); err != nil {
		return fmt.Errorf("output of the child: %w: %.200q", err, said)
	}
	p, err := readAndClean(path)
	if err != nil {
		return err
	}
	s := newStacks(p, cpuValue)
	stage.CPU.CPUSeconds = float64(s.total) / 1e9
	for _, sample := range p.Sample {
		stage.CPU.Samples += sample.Value[0]
	}
	stage.CPU.TopFunction, stage.CPU.TopShare = s.top()
	title := fmt.Sprintf("CPU profile of stage %s: %.2f s of CPU time in %d samples", stage.Name, stage.CPU.CPUSeconds, stage.CPU.Samples)
	return writeFile(run.Path(stage.Name, journey.FlameFile), flameGraph(s.tree, title))
}

// wallTime returns the time in which a stage takes o.CPUTime, if as many cores work as in
// its timed runs, but at least one.
func (o Options) wallTime(stage *journey.Stage) time.Duration {
	s := stage.Summary
	return time.Duration(float64(o.CPUTime) / max(1, (s.UserSeconds+s.SystemSeconds)/s.MedianSeconds))
}

// captureAllocs takes the profile of allocations of one run of a stage.
func (o Options) captureAllocs(ctx context.Context, run *journey.Run, stage *journey.Stage, input string) error {
	path := run.Path(stage.Name, journey.AllocsFile)
	if _, err := output(exec.CommandContext(ctx, o.Program, "--stage", stage.Name, "--memprofile", path, "--", input)); err != nil {
		return err
	}
	p, err := readAndClean(path)
	if err != nil {
		return err
	}
	stage.Allocs.Bytes = newStacks(p, allocatedBytesValue).total
	stage.Allocs.Objects = newStacks(p, allocatedObjectsValue).total
	return nil
}

// captureTrace traces one run of a stage. It multiplies the number of rows by ten
// until the trace is larger than traceLimit or the whole input is used, and keeps
// the largest trace that fits, or the first one.
func (o Options) captureTrace(ctx context.Context, run *journey.Run, stage *journey.Stage) error {
	working, err := os.Getwd()
	if err != nil {
		return err
	}
	next := filepath.Join(run.Folder, stage.Name, ".next")
	defer os.Remove(next)
	for rows := min(traceRowsAtFirst, o.Rows); ; rows = min(10*rows, o.Rows) {
		input, err := o.dataSet(ctx, rows)
		if err != nil {
			return err
		}
		if _, err := output(exec.CommandContext(ctx, o.Program, "--stage", stage.Name, "--trace", next, "--", input)); err != nil {
			return err
		}
		content, err := os.ReadFile(next)
		if err != nil {
			return err
		}
		if bytes.Contains(content, []byte(working)) {
			return errors.New("the trace has paths of this machine: build 1brc with -trimpath")
		}
		if len(content) > traceLimit && stage.Trace != nil {
			return nil
		}
		if err := os.Rename(next, run.Path(stage.Name, journey.TraceFile)); err != nil {
			return err
		}
		stage.Trace = &journey.Trace{Rows: rows, Bytes: int64(len(content))}
		if rows == o.Rows || len(content) > traceLimit {
			return nil
		}
	}
}

// output runs a command and returns its standard output. If it fails, its standard
// error is the error.
func output(command *exec.Cmd) ([]byte, error) {
	var stdout, stderr bytes.Buffer
	command.Stdout, command.Stderr = &stdout, &stderr
	if err := command.Run(); err != nil {
		return nil, errors.New(cmp.Or(strings.TrimSpace(stderr.String()), err.Error()))
	}
	return stdout.Bytes(), nil
}
