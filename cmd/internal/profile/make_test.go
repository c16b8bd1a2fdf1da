package profile

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/pprof/profile"
	"github.com/stretchr/testify/require"

	"onebrc/cmd/internal/chart"
	"onebrc/cmd/internal/compare"
	"onebrc/cmd/internal/journey"
	"onebrc/engine/stages"
)

// childArgument makes the test binary call CPUChild.
const childArgument = "cpu-child"

func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == childArgument {
		if err := CPUChild(context.Background(), os.Args[2:], os.Stdout); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// options returns the options of a small run, and builds 1brc for it.
func options(t *testing.T) Options {
	folder := t.TempDir()
	executable, err := os.Executable()
	require.NoError(t, err)
	o := Options{
		Folder: filepath.Join(folder, "profiles"), Cache: filepath.Join(folder, "cache"),
		Program: filepath.Join(folder, "1brc"), Child: []string{executable, childArgument},
		Stages: []string{"naive", "batches", "engine-generic"},
		Rows:   10_000, DataProfile: "default", Runs: 2, CPUTime: 600 * time.Millisecond, // for some samples on a busy machine
	}
	if runtime.GOOS == "windows" {
		o.Program += ".exe"
	}
	said, err := exec.Command("go", "build", "-trimpath", "-o", o.Program, "onebrc/cmd/1brc").CombinedOutput()
	require.NoError(t, err, string(said))
	return o
}

// TestMake takes a small run and renders its pages. A second run on the same day
// replaces the first.
func TestMake(t *testing.T) {
	o := options(t)
	var steps []string
	o.Progress = func(text string) { steps = append(steps, text) }
	folder, err := Make(context.Background(), o)
	require.NoError(t, err)
	run, err := journey.Read(folder)
	require.NoError(t, err)
	require.Equal(t, o.Stages, run.Stages)
	require.Equal(t, filepath.Base(folder), nameOf(run))
	require.Equal(t, "default-10000.txt", run.Input.Path)
	checkRun(t, run)
	require.Nil(t, run.FastInput)
	require.Nil(t, run.Measured[0].Trace)
	require.EqualValues(t, 10_000, run.Measured[1].Trace.Rows)
	require.Contains(t, strings.Join(steps, "\n"), "naive: CPU profile")

	readme := filepath.Join(filepath.Dir(o.Folder), "README.md")
	require.NoError(t, os.WriteFile(readme, []byte(readmeMarkers), 0o666))
	lessons := "{{time \"naive\"}} {{share \"naive\" \"onebrc/engine/stages.runNaive\"}}\n"
	require.NoError(t, os.WriteFile(filepath.Join(o.Folder, lessonsTemplateFile), []byte(lessons), 0o666))
	require.NoError(t, Render(o.Folder, readme))
	checkRendered(t, o.Folder, readme)

	o.Stages, o.CPUTime, o.FastTime = []string{"tiles"}, time.Millisecond, time.Hour
	again, err := Make(context.Background(), o)
	require.NoError(t, err)
	run, err = journey.Read(again)
	require.NoError(t, err)
	require.Equal(t, o.Stages, run.Stages)
	require.EqualValues(t, 10_000, run.Input.Rows)
	require.EqualValues(t, 100_000, run.FastInput.Rows, "a fast stage has more rows")
	require.EqualValues(t, 100_000, run.Measured[0].Rows)
	require.EqualValues(t, 3600, run.FastSeconds)
	require.InDelta(t, 100_000, run.Measured[0].RowsPerSecond*run.Measured[0].Summary.MedianSeconds, 1)
	require.Contains(t, run.Warnings[len(run.Warnings)-1], "100,000 rows: ")
	if again == folder { // unless midnight has passed
		require.NoDirExists(t, filepath.Join(folder, "naive"))
	}
}

func TestRenderWritesWhatItCan(t *testing.T) {
	o := options(t)
	o.Stages, o.Runs, o.CPUTime = []string{"naive"}, 1, time.Millisecond
	_, err := Make(context.Background(), o)
	require.NoError(t, err)
	readme := filepath.Join(o.Folder, "main.md")
	require.NoError(t, os.WriteFile(readme, []byte("no markers\n"), 0o666))
	err = Render(o.Folder, readme)
	require.ErrorContains(t, err, lessonsTemplateFile)
	require.ErrorContains(t, err, headlineBegin)
	require.FileExists(t, filepath.Join(o.Folder, pageFiles[0]))
	content, err := os.ReadFile(readme)
	require.NoError(t, err)
	require.Equal(t, "no markers\n", string(content))
}

func TestMakeCleansUp(t *testing.T) {
	o := options(t)
	o.Stages, o.Child = []string{"naive"}, []string{o.Program, "--no-such-flag"}
	_, err := Make(context.Background(), o)
	require.ErrorContains(t, err, "stage naive: CPU profile: ")
	require.ErrorContains(t, err, "no-such-flag")
	left, err := os.ReadDir(o.Folder)
	require.NoError(t, err)
	require.Empty(t, left)
}

func TestWallTime(t *testing.T) {
	o := Options{CPUTime: 30 * time.Second}
	for cores, want := range map[float64]time.Duration{0: 30 * time.Second, 0.9: 30 * time.Second, 2: 15 * time.Second} {
		s := &journey.Stage{Summary: compare.Summary{MedianSeconds: 4, UserSeconds: 3 * cores, SystemSeconds: cores}}
		require.Equal(t, want, o.wallTime(s), cores)
	}
}

func TestTraced(t *testing.T) {
	for _, name := range traced {
		_, err := stages.ByName(name)
		require.NoError(t, err)
	}
}

// checkRun checks that all files of a run exist, are readable and agree.
func checkRun(t *testing.T, run *journey.Run) {
	for i := range run.Measured {
		s := &run.Measured[i]
		t.Run(s.Name, func(t *testing.T) { checkStage(t, run, s) })
	}
	size, err := bytesIn(run.Folder)
	require.NoError(t, err)
	require.Less(t, size, int64(20e6), "bytes of all files")
}

func checkStage(t *testing.T, run *journey.Run, s *journey.Stage) {
	require.Len(t, s.Samples, run.Settings.Runs)
	input := run.Input
	if s.Rows != run.Rows {
		input = *run.FastInput
	}
	if input.Rows != 0 { // older runs do not say
		require.Equal(t, input.Rows, s.Rows)
	}
	require.InDelta(t, float64(s.Rows), s.RowsPerSecond*s.Summary.MedianSeconds, 1)
	require.InDelta(t, float64(input.Bytes), s.BytesPerSecond*s.Summary.MedianSeconds, 1)

	cpu := checkProfile(t, run.Path(s.Name, journey.CPUFile))
	of := newStacks(cpu, cpuValue)
	function, share := of.top()
	require.Equal(t, s.CPU.TopFunction, function)
	require.InDelta(t, s.CPU.TopShare, share, 1e-9)
	require.InDelta(t, s.CPU.CPUSeconds, float64(of.total)/1e9, 1e-9)
	require.Positive(t, s.CPU.Runs)
	if stacks, err := run.Stacks(s.Name); !errors.Is(err, fs.ErrNotExist) { // Render writes them
		require.NoError(t, err)
		var total int64
		for _, stack := range stacks {
			total += stack.Value
		}
		require.Equal(t, of.total, total)
	}
	allocs := checkProfile(t, run.Path(s.Name, journey.AllocsFile))
	require.Equal(t, s.Allocs.Bytes, newStacks(allocs, allocatedBytesValue).total)

	svg, err := os.ReadFile(run.Path(s.Name, journey.FlameFile))
	require.NoError(t, err)
	names := map[string]bool{}
	var deepest float64 = math.MaxFloat64
	for _, b := range barsOf(t, svg) {
		deepest = min(deepest, b.y)
		if strings.HasPrefix(b.name, module) || strings.HasPrefix(b.name, "runtime.") {
			names[b.name] = true
		}
	}
	require.GreaterOrEqual(t, len(names), 5, "functions of the project or the runtime")
	require.GreaterOrEqual(t, deepest, float64(flameHead), "the bars are below the head")

	top, err := os.ReadFile(run.Path(s.Name, journey.TopFile))
	require.NoError(t, err)
	require.Equal(t, 2, strings.Count(string(top), "flat%"))
	require.Contains(t, string(top), s.CPU.TopFunction)

	trace, err := os.ReadFile(run.Path(s.Name, journey.TraceFile))
	if s.Trace == nil {
		require.ErrorIs(t, err, os.ErrNotExist)
		return
	}
	require.NoError(t, err)
	require.Len(t, trace, int(s.Trace.Bytes))
	require.Regexp(t, `^go 1\.\d+ trace`, string(trace[:min(len(trace), 16)]))
}

// checkProfile reads a profile and checks that it has no path of a machine.
func checkProfile(t *testing.T, path string) *profile.Profile {
	p, err := readProfile(path)
	require.NoError(t, err)
	for _, m := range p.Mapping {
		require.NotContains(t, m.File, "/")
	}
	for _, f := range p.Function {
		require.False(t, strings.HasPrefix(f.Filename, "/") || strings.ContainsAny(f.Filename, `\:`), f.Filename)
	}
	return p
}

// readmeMarkers is a README with nothing but markers.
const readmeMarkers = headlineBegin + headlineEnd + "\n" + lossesBegin + lossesEnd + "\n"

// checkRendered checks that the pages are what Render would write.
func checkRendered(t *testing.T, folder, readme string) {
	files, err := render(folder, readme)
	require.NoError(t, err)
	runs, err := journey.Runs(folder)
	require.NoError(t, err)
	count := len(pageFiles) + 3 + 2*len(chart.Themes()) // LESSONS.md, NAMES.md, the README, and two charts
	for _, run := range runs {
		count += len(run.Stages) // stacks of each
	}
	require.Len(t, files, count)
	for path, want := range files {
		got, err := os.ReadFile(path)
		require.NoError(t, err)
		require.Equal(t, string(want), string(got), "%s: go run ./cmd/dev/profiles --render writes it", path)
	}
}

// bytesIn returns the total size of the files in a folder.
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
