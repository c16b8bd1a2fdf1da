package report

import (
	"errors"
	"fmt"
	"html/template"
	"io"
	"io/fs"
	"path/filepath"
	"strings"

	"onebrc/cmd/internal/chart"
	"onebrc/cmd/internal/compare"
	"onebrc/cmd/internal/flame"
	"onebrc/cmd/internal/format"
	"onebrc/cmd/internal/journey"
	"onebrc/engine/stages"
)

// enginePrefix starts the names of stages that run the engine with one kernel.
const enginePrefix = "engine-"

// topFunctions is how many functions the page lists of each stage.
const topFunctions = 10

// chartWidths are those of a chart on a wide and on a narrow screen, and in print.
var chartWidths = []struct {
	class string
	width int
}{{"wide", chart.Width}, {"narrow", 360}}

// journeyPage is the data of the template.
type journeyPage struct {
	*journey.Run
	Rows   string // how many rows the stages have
	Charts []template.HTML
	Stages []journeyStage
	Groups []flame.Group
	Flames flames
	// Root is the path from the page to the root of the module, with a slash at its
	// end, if links there are possible; Files is that to the folder of the run.
	Root, Files string
}

// journeyStage is a stage with what follows from its measurements.
type journeyStage struct {
	*journey.Stage
	Index              int
	Engine             bool
	PerRow, Least      float64 // seconds for a row: median and least
	Low, High          float64 // interval of the median for a row
	Faster             string  // how many times as fast as the stage before it, "" for the first one
	Change             string  // the same in words
	Cores              float64 // that work on average
	Lesson             *journeyLesson
	Functions          []share
	FlameGraph, Traced bool // there are stacks, or an execution trace
}

// journeyLesson is a lesson, and whether the page has the stage that answers it.
type journeyLesson struct {
	stages.Lesson
	Linked bool
}

// share is a function with its shares of CPU time.
type share struct {
	Name        string
	Self, Total float64
}

// Journey writes the page of a run of all stages. root is the path from the page to
// the root of this module, in which the run is, such as "." or "../.."; "" means that
// the page cannot link to files.
func Journey(w io.Writer, run *journey.Run, root string) error {
	if len(run.Measured) == 0 {
		return fmt.Errorf("report: the run in %s has no stages", run.Folder)
	}
	data := journeyPage{Run: run, Rows: rowsOf(run), Groups: flame.Groups()}
	if root != "" {
		data.Root = filepath.ToSlash(filepath.Clean(root)) + "/"
		data.Files = data.Root + "profiles/" + filepath.Base(run.Folder) + "/"
	}
	for i := range run.Measured {
		s, err := newJourneyStage(run, i)
		if err != nil {
			return err
		}
		data.Stages = append(data.Stages, s)
		stacks, err := run.Stacks(s.Name)
		switch {
		case errors.Is(err, fs.ErrNotExist): // the page says so
		case err != nil:
			return err
		case len(stacks) > 0:
			last := &data.Stages[i]
			last.FlameGraph, last.Functions = true, topOf(stacks)
			data.Flames.add(i, s.Stage, stacks)
		}
	}
	var err error
	if data.Charts, err = stepsOf(data.Stages); err != nil {
		return err
	}
	first, last := data.Stages[0], data.Stages[len(data.Stages)-1]
	lead := fmt.Sprintf("The same result, computed in %d ways. The stage %s takes %s for a row, and %s takes %s.",
		len(data.Stages), first.Name, format.Nanoseconds(first.PerRow), last.Name, format.Nanoseconds(last.PerRow))
	if len(data.Stages) > 1 {
		lead += fmt.Sprintf(" It is %s times as fast.", format.Number(first.PerRow/last.PerRow))
	}
	return write(w, page{
		Kind: "journey", Title: "The journey from " + first.Name + " to " + last.Name, Lead: lead, Time: run.Time, Data: data,
	})
}

// newJourneyStage returns the stage with index i.
func newJourneyStage(run *journey.Run, i int) (journeyStage, error) {
	m := &run.Measured[i]
	if m.Rows <= 0 || len(m.Samples) == 0 || m.Summary.MinSeconds <= 0 {
		return journeyStage{}, fmt.Errorf("report: stage %s of the run in %s has no times", m.Name, run.Folder)
	}
	var times []float64
	for _, sample := range m.Samples {
		times = append(times, sample.WallSeconds)
	}
	low, high := compare.MedianInterval(times)
	s := journeyStage{
		Stage: m, Index: i, Engine: strings.HasPrefix(m.Name, enginePrefix), Traced: m.Trace != nil,
		PerRow: m.PerRow(m.Summary.MedianSeconds), Least: m.PerRow(m.Summary.MinSeconds), Low: m.PerRow(low), High: m.PerRow(high),
		Cores: (m.Summary.UserSeconds + m.Summary.SystemSeconds) / m.Summary.MedianSeconds,
	}
	if i > 0 {
		before := &run.Measured[i-1]
		ratio := before.PerRow(before.Summary.MedianSeconds) / s.PerRow
		s.Faster = format.Number(ratio)
		s.Change = s.Faster + " times as fast as the stage before"
		if ratio < 1 {
			s.Change = format.Number(1/ratio) + " times as slow as the stage before"
		}
	}
	if lesson, ok := stages.LessonOf(m.Name); ok {
		_, err := run.Stage(lesson.Answer)
		s.Lesson = &journeyLesson{lesson, err == nil}
	}
	return s, nil
}

// rowsOf says how many rows the stages of a run have.
func rowsOf(run *journey.Run) string {
	text := fmt.Sprintf("%s rows (%s)", format.Thousands(run.Rows), format.Gigabytes(run.Input.Bytes))
	for _, s := range run.Measured {
		if s.Rows != run.Rows && run.FastInput != nil {
			return fmt.Sprintf("%s, and from %s on %s (%s)", text, s.Name, format.Thousands(s.Rows), format.Gigabytes(run.FastInput.Bytes))
		}
	}
	return text
}

// topOf returns the functions with the largest shares of CPU time.
func topOf(stacks []flame.Stack) []share {
	var total int64
	for _, s := range stacks {
		total += s.Value
	}
	var all []share
	for _, f := range flame.Functions(stacks) {
		if len(all) == topFunctions || f.Self == 0 {
			break
		}
		all = append(all, share{f.Name, float64(f.Self) / float64(total), float64(f.Total) / float64(total)})
	}
	return all
}

// stepsOf returns the chart of all stages in each of chartWidths.
func stepsOf(all []journeyStage) ([]template.HTML, error) {
	c := chart.Steps{
		Label:  "Time for a row of each stage, on a logarithmic axis",
		Tick:   func(seconds float64) string { return fmt.Sprintf("%.4g ns", 1e9*seconds) },
		Engine: "stage of the engine", Others: "stage before it",
	}
	for _, s := range all {
		value := format.Nanoseconds(s.PerRow)
		c.Steps = append(c.Steps, chart.Step{
			Name: s.Name, Value: value, Link: "#" + s.Name, At: s.PerRow, Low: s.Low, High: s.High, Own: s.Engine,
			Words: fmt.Sprintf("%s: %s for a row, 95 %% interval from %s to %s", s.Name, value, format.Nanoseconds(s.Low), format.Nanoseconds(s.High)),
		})
	}
	var charts []template.HTML
	for _, size := range chartWidths {
		c.Width, c.Class = size.width, size.class
		svg, err := c.Draw()
		if err != nil {
			return nil, err
		}
		charts = append(charts, svg)
	}
	return charts, nil
}

// span is a part of a text, which may be code.
type span struct {
	Text string
	Code bool
}

// spans returns the parts of a sentence of a lesson. Of Markdown it knows code between
// backquotes.
func spans(text string) []span {
	var all []span
	for i, part := range strings.Split(text, "`") {
		if part != "" {
			all = append(all, span{part, i%2 == 1})
		}
	}
	return all
}
