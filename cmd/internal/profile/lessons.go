package profile

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"text/template"

	"onebrc/cmd/internal/format"
	"onebrc/cmd/internal/journey"
	"onebrc/engine/stages"
)

// leastDifference is the smallest difference of two medians, as a part of the
// larger one, that counts as a difference. The difference must also exceed the
// spread of both (the distance of their quartiles).
const leastDifference = 0.03

// lessons provides the functions of LESSONS.md.tmpl. Stages have the names of the
// registry. Functions are patterns (see stacks.share). A stage that is missing in
// the run is an error.
type lessons struct {
	run    *journey.Run
	older  []*journey.Run
	stacks map[string]*stacks // CPU profiles by stage
}

// renderLessons returns the lessons with the numbers of the first of runs. Those of the
// others are only for stages that it lacks.
func renderLessons(folder string, runs []*journey.Run) ([]byte, error) {
	path := filepath.Join(folder, lessonsTemplateFile)
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("profile: %w", err)
	}
	run := runs[0]
	l := &lessons{run: run, older: runs[1:], stacks: map[string]*stacks{}}
	for _, name := range run.Stages {
		p, err := readProfile(run.Path(name, journey.CPUFile))
		if err != nil {
			return nil, fmt.Errorf("profile: stage %s: %w", name, err)
		}
		l.stacks[name] = newStacks(p, cpuValue)
	}
	return execute(lessonsFile, string(text), l.functions(), map[string]any{
		"Folder": nameOf(run), "Machine": format.Machine(run.Environment), "CPUs": run.Environment.CPUs, "Rows": rowsOf(run),
	})
}

// functions returns the functions of the template.
func (l *lessons) functions() template.FuncMap {
	return template.FuncMap{
		"first":      func() string { return l.run.Stages[0] },
		"last":       func() string { return l.run.Stages[len(l.run.Stages)-1] },
		"engines":    l.engines,
		"step":       l.step,
		"times":      l.times,
		"faster":     func(a, b string) (bool, error) { return l.clearlyLess(a, b) },
		"slower":     func(a, b string) (bool, error) { return l.clearlyLess(b, a) },
		"against":    l.against,
		"sameRows":   l.sameRows,
		"share":      l.share,
		"shareAbove": l.shareAbove,
		"time":       l.of(perRow),
		"busy":       l.of(busy),
		"allocated":  l.of(func(s *journey.Stage) string { return format.Mebibytes(s.Allocs.Bytes) }),
		"own":        l.of(func(s *journey.Stage) string { return format.Mebibytes(s.Summary.OwnResidentBytes) }),
		"peak":       l.of(func(s *journey.Stage) string { return format.Mebibytes(s.Summary.PeakResidentBytes) }),
		"cycles":     l.of(func(s *journey.Stage) string { return format.Thousands(int64(s.Summary.GCCycles)) }),
		"gigabytes":  l.of(func(s *journey.Stage) string { return fmt.Sprintf("%.2f GB/s", s.BytesPerSecond/1e9) }),
		"top": l.of(func(s *journey.Stage) string {
			return fmt.Sprintf("`%s` with %s", s.CPU.TopFunction, format.Percent(s.CPU.TopShare))
		}),
		"moreCycles": l.moreCycles,
		"elsewhere":  l.elsewhere,
		"index":      l.index,
		"lesson":     l.lesson,
		"prepare":    func() string { return strings.Join(stages.Prepare(), "\n") },
	}
}

// of makes a template function that takes the name of a stage.
func (l *lessons) of(text func(*journey.Stage) string) func(name string) (string, error) {
	return func(name string) (string, error) {
		s, err := l.run.Stage(name)
		if err != nil {
			return "", err
		}
		return text(s), nil
	}
}

// perRow returns the median time of a stage for one row.
func perRow(s *journey.Stage) string {
	return format.Nanoseconds(s.PerRow(s.Summary.MedianSeconds)) + " a row"
}

// busy returns how many cores work on average: CPU time divided by wall time.
func busy(s *journey.Stage) string {
	return fmt.Sprintf("%.1f", (s.Summary.UserSeconds+s.Summary.SystemSeconds)/s.Summary.MedianSeconds)
}

// engineStage is a stage that runs the engine, and the stage before it.
type engineStage struct{ Name, Before string }

// engines returns the stages of the run that run the engine, in order.
func (l *lessons) engines() []engineStage {
	var all []engineStage
	for i, name := range l.run.Stages {
		if strings.HasPrefix(name, enginePrefix) && i > 0 {
			all = append(all, engineStage{name, l.run.Stages[i-1]})
		}
	}
	return all
}

// enginePrefix starts the names of stages that run the engine with one kernel.
const enginePrefix = "engine-"

// both returns two stages.
func (l *lessons) both(a, b string) (*journey.Stage, *journey.Stage, error) {
	first, errA := l.run.Stage(a)
	second, errB := l.run.Stage(b)
	return first, second, errors.Join(errA, errB)
}

// sameRows reports whether two stages have the same number of rows, so that what they
// allocate and how often they collect garbage can be compared.
func (l *lessons) sameRows(a, b string) (bool, error) {
	first, second, err := l.both(a, b)
	if err != nil {
		return false, err
	}
	return first.Rows == second.Rows, nil
}

// times returns how many times as fast as b the stage a is.
func (l *lessons) times(a, b string) (string, error) {
	first, second, err := l.both(a, b)
	if err != nil {
		return "", err
	}
	return format.Number(ratio(second, first)), nil
}

// ratio returns the median time of a for one row, divided by that of b.
func ratio(a, b *journey.Stage) float64 {
	return a.PerRow(a.Summary.MedianSeconds) / b.PerRow(b.Summary.MedianSeconds)
}

// clearlyLess reports whether a takes less time for a row than b by more than noise.
func (l *lessons) clearlyLess(a, b string) (bool, error) {
	first, second, err := l.both(a, b)
	if err != nil {
		return false, err
	}
	apart := 1 - ratio(first, second)
	return apart > max(leastDifference, first.Summary.Spread, second.Summary.Spread), nil
}

// against compares a with b in words, such as "1.23 times as fast as".
func (l *lessons) against(a, b string) (string, error) {
	faster, err := l.clearlyLess(a, b)
	if err != nil {
		return "", err
	}
	if slower, _ := l.clearlyLess(b, a); !slower && !faster {
		return "about as fast as", nil
	}
	if faster {
		n, err := l.times(a, b)
		return n + " times as fast as", err
	}
	n, err := l.times(b, a)
	return n + " times as slow as", err
}

// step returns the first line of a lesson: the time of a stage, how it compares
// with the stage before ("" if there is none), and links to its files.
func (l *lessons) step(stage, before string) (string, error) {
	s, err := l.run.Stage(stage)
	if err != nil {
		return "", err
	}
	words := perRow(s)
	if before != "" {
		comparison, err := l.against(stage, before)
		if err != nil {
			return "", err
		}
		words += fmt.Sprintf(", %s `%s`", comparison, before)
	}
	folder := nameOf(l.run) + "/" + stage
	line := fmt.Sprintf("**%s** · [flame graph](%s/%s) · [top](%s/%s)", words, folder, journey.FlameFile, folder, journey.TopFile)
	if s.Trace != nil {
		line += fmt.Sprintf(" · [trace](%s/%s)", folder, journey.TraceFile)
	}
	return line, nil
}

// shareOf returns the share of CPU time with one of the functions on the stack. If
// no profile of the run has any of them, they are misspelled, which is an error.
func (l *lessons) shareOf(stage string, functions []string) (float64, error) {
	if _, err := l.run.Stage(stage); err != nil {
		return 0, err
	}
	for _, s := range l.stacks {
		if s.has(functions) {
			return l.stacks[stage].share(functions), nil
		}
	}
	return 0, fmt.Errorf("profile: no CPU profile of the run has %s", strings.Join(functions, " or "))
}

// share formats shareOf, such as "12 %".
func (l *lessons) share(stage string, functions ...string) (string, error) {
	share, err := l.shareOf(stage, functions)
	return format.Percent(share), err
}

// shareAbove reports whether shareOf is more than least per cent.
func (l *lessons) shareAbove(stage string, least float64, functions ...string) (bool, error) {
	share, err := l.shareOf(stage, functions)
	return 100*share > least, err
}

// moreCycles reports whether the garbage collector runs more often in a than in b.
func (l *lessons) moreCycles(a, b string) (bool, error) {
	first, second, err := l.both(a, b)
	if err != nil {
		return false, err
	}
	return first.Summary.GCCycles > second.Summary.GCCycles, nil
}
