package report

import (
	"errors"
	"fmt"
	"html/template"
	"math"

	"onebrc/cmd/internal/chart"
	"onebrc/cmd/internal/cli"
	"onebrc/cmd/internal/format"
	"onebrc/engine"
)

const (
	// maxLanes is the largest number of workers in the timeline, and maxSpans that of
	// spans in a wide one.
	maxLanes = 256
	maxSpans = 2000
	// leastPixels is the width below which neighbouring spans are drawn as one.
	leastPixels = 1.5
	// mixedNodes is the group of spans whose chunks are of several nodes.
	mixedNodes = 7
)

// legendEntry explains a look of the timeline.
type legendEntry struct {
	Swatch template.HTML
	Text   string
}

// drawTwice draws a chart for both widths.
func drawTwice(label string, draw func(chart.Image) (template.HTML, error)) (*drawing, error) {
	var d drawing
	var err error
	if d.Wide, err = draw(chart.Image{Width: wide, Class: "wide", Label: label}); err != nil {
		return nil, err
	}
	if d.Narrow, err = draw(chart.Image{Width: narrow, Class: "narrow", Label: label}); err != nil {
		return nil, err
	}
	return &d, nil
}

// timeline draws what each worker did, below the phases of the run.
func (r *Recording) timeline() (*drawing, error) {
	m := r.Stats.Run
	workers := m.Workers[:min(len(m.Workers), maxLanes)]
	label := fmt.Sprintf("Timeline of the phases and of %d workers", len(workers))
	return drawTwice(label, func(i chart.Image) (template.HTML, error) {
		t := chart.Timeline{Image: i, ID: i.Class, Seconds: r.wall(), Time: axisUnit(r.wall(), timeUnits)}
		t.Lanes = append(t.Lanes, r.phaseLane())
		// A span of a pixel is the narrowest that can be seen. With many workers,
		// spans are wider, so that the page does not become too large.
		pixel := r.wall() / float64(i.Width)
		pixels := max(leastPixels, float64(len(workers)*wide)/maxSpans)
		for _, w := range workers {
			name := fmt.Sprint(w.Worker)
			if i.Width == wide {
				name = "worker " + name
			}
			lane := chart.Lane{Name: name}
			for _, s := range joinNarrow(w.Spans, pixels*pixel) {
				lane.Spans = append(lane.Spans, r.drawSpan(s)...)
			}
			for n, s := range m.Stragglers {
				if s.Worker == w.Worker {
					end := r.workStart() + s.EndedSeconds
					lane.Marks = append(lane.Marks, chart.Mark{Start: end - s.LatencySeconds, End: end, Text: fmt.Sprint(n + 1)})
				}
			}
			t.Lanes = append(t.Lanes, lane)
		}
		return t.Draw()
	})
}

// phaseLane returns the lane of the phases.
func (r *Recording) phaseLane() chart.Lane {
	lane := chart.Lane{Name: "phases"}
	at := 0.0
	for _, p := range r.phaseList() {
		if p.seconds > 0 {
			lane.Spans = append(lane.Spans, chart.Span{
				Start: at, End: at + p.seconds, Kind: chart.SpanPhase, Text: p.name,
				Title: fmt.Sprintf("%s: %s, %s", p.name, p.does, moment(p.seconds)),
			})
		}
		at += p.seconds
	}
	return lane
}

// joinNarrow joins neighbouring spans that are shorter than least seconds together.
func joinNarrow(spans []engine.SpanMeasurement, least float64) []engine.SpanMeasurement {
	var all []engine.SpanMeasurement
	for _, s := range spans {
		last := len(all) - 1
		if last < 0 || all[last].EndSeconds-all[last].StartSeconds >= least {
			all = append(all, s)
			continue
		}
		a := &all[last]
		a.EndSeconds = s.EndSeconds
		a.BusySeconds += s.BusySeconds
		a.InputSeconds += s.InputSeconds
		a.Chunks += s.Chunks
		a.Stolen += s.Stolen
		a.Bytes += s.Bytes
		a.Rows += s.Rows
		if a.Node != s.Node {
			a.Node = engine.Unknown
		}
		if a.CPU != s.CPU {
			a.CPU = engine.Unknown
		}
	}
	return all
}

// drawSpan returns the parts of a span: waiting, then busy.
func (r *Recording) drawSpan(s engine.SpanMeasurement) []chart.Span {
	start, end := r.workStart()+s.StartSeconds, r.workStart()+s.EndSeconds
	busy := max(end-s.BusySeconds, start)
	title := r.spanTitle(s)
	var parts []chart.Span
	if busy-start > 0.001*(end-start) {
		wait := chart.Span{Start: start, End: busy, Kind: chart.SpanWait, Title: title}
		if s.InputSeconds > (busy-start)/2 {
			wait.Kind = chart.SpanInput
		}
		parts = append(parts, wait)
	}
	return append(parts, chart.Span{Start: busy, End: end, Group: r.group(s.Node), Outlined: s.Stolen > 0, Title: title})
}

// group returns the group of a node's colour.
func (r *Recording) group(node int) int {
	for i, n := range r.Stats.Run.Nodes {
		if n.Node == node {
			return i % mixedNodes
		}
	}
	if len(r.Stats.Run.Nodes) > 1 {
		return mixedNodes
	}
	return 0
}

// spanTitle describes a span.
func (r *Recording) spanTitle(s engine.SpanMeasurement) string {
	text := format.Thousands(s.Chunks) + " chunks"
	if s.Chunks == 1 {
		text = "chunk at byte " + format.Thousands(s.Offset)
		if 0 <= s.Input && s.Input < len(r.Inputs) {
			text += " of " + shortened(r.Inputs[s.Input], 40)
		}
	}
	text += fmt.Sprintf(": %s MiB, %s rows, busy %s", cli.MiB(s.Bytes), format.Thousands(s.Rows), moment(s.BusySeconds))
	if waited := s.EndSeconds - s.StartSeconds - s.BusySeconds; waited > 0 {
		text += ", waited " + moment(waited)
	}
	if s.CPU != engine.Unknown {
		text += fmt.Sprintf(", CPU %d", s.CPU)
	}
	if s.Stolen > 0 {
		text += ", from the queue of another node"
	}
	return text
}

// shortened returns the end of a text that is longer than limit characters.
func shortened(text string, limit int) string {
	runes := []rune(text)
	if len(runes) <= limit {
		return text
	}
	return "…" + string(runes[len(runes)-limit:])
}

// legend explains the looks that the timeline has.
func (r *Recording) legend() (all []legendEntry, err error) {
	m := r.Stats.Run
	var stolen, input, mixed bool
	for _, w := range m.Workers {
		stolen = stolen || w.Stolen > 0
		input = input || w.InputSeconds > 0
		for _, s := range w.Spans {
			mixed = mixed || r.group(s.Node) == mixedNodes
		}
	}
	add := func(s chart.Span, mark bool, text string) {
		swatch, errSwatch := chart.Swatch(fmt.Sprintf("swatch%d", len(all)), s, mark)
		all, err = append(all, legendEntry{swatch, text}), errors.Join(err, errSwatch)
	}
	if len(m.Nodes) < 2 {
		add(chart.Span{}, false, "busy with a chunk")
	} else {
		for _, n := range m.Nodes {
			add(chart.Span{Group: r.group(n.Node)}, false, fmt.Sprintf("busy with a chunk on a CPU of node %d", n.Node))
		}
		if mixed {
			add(chart.Span{Group: mixedNodes}, false, "busy with chunks on CPUs of several nodes")
		}
	}
	if stolen {
		add(chart.Span{Outlined: true}, false, "with a dashed outline: from the queue of another node (stolen)")
	}
	add(chart.Span{Kind: chart.SpanWait}, false, "waiting for the queue or a CPU")
	if input {
		add(chart.Span{Kind: chart.SpanInput}, false, "waiting for input")
	}
	if len(m.Stragglers) > 0 {
		add(chart.Span{}, true, "with a thick outline and a number: a straggler, see the table")
	}
	return append(all, legendEntry{Text: "nothing: no work was left"}), err
}

// distribution draws how long chunks took.
func (r *Recording) distribution() (*drawing, error) {
	m := r.Stats.Run
	if len(m.LatencyBuckets) == 0 {
		return nil, nil
	}
	h := chart.Histogram{
		Value: func(seconds float64) string { return axisUnit(seconds*1.000001, timeUnits)(seconds) },
		Count: func(count float64) string { return format.Thousands(int64(count)) },
	}
	for _, b := range m.LatencyBuckets {
		h.Columns = append(h.Columns, chart.Column{
			From: b.FromSeconds, To: b.ToSeconds, Count: float64(b.Count),
			Title: fmt.Sprintf("%s to %s: %s", moment(b.FromSeconds), moment(b.ToSeconds), format.Thousands(b.Count)),
		})
	}
	p := m.Latency
	for _, mark := range []struct {
		name string
		at   float64
	}{{"p50", p.P50}, {"p90", p.P90}, {"p99", p.P99}, {"p99.9", p.P999}, {"max", p.Max}} {
		h.Marks = append(h.Marks, chart.ValueMark{At: max(mark.at, 1e-9), Text: mark.name + " " + moment(mark.at)})
	}
	return drawTwice("Distribution of the latency of chunks on a logarithmic axis", func(i chart.Image) (template.HTML, error) {
		h.Image = i
		return h.Draw()
	})
}

// bins is the number of parts of the run for which throughput and faults are added up.
const bins = 60

// overTime adds up a value of each span in bins of time. The value of a span is spread
// evenly over the time that its worker was busy.
func (r *Recording) overTime(value func(engine.SpanMeasurement) float64) [bins]float64 {
	var sums [bins]float64
	width := r.wall() / bins
	for _, w := range r.Stats.Run.Workers {
		for _, s := range w.Spans {
			start, end := r.workStart()+s.StartSeconds, r.workStart()+s.EndSeconds
			if s.Chunks == 1 {
				start = max(end-s.BusySeconds, start)
			}
			v := value(s)
			first, last := binOf(start, width), binOf(end, width)
			if first >= last || end <= start {
				sums[last] += v
				continue
			}
			for i := first; i <= last; i++ {
				overlap := min(end, float64(i+1)*width) - max(start, float64(i)*width)
				sums[i] += v * max(overlap, 0) / (end - start)
			}
		}
	}
	return sums
}

// binOf returns the bin of a time.
func binOf(seconds, width float64) int {
	return int(max(0, min(math.Floor(seconds/width), bins-1)))
}

// steps returns the curve of values in bins.
func (r *Recording) steps(values [bins]float64) chart.Curve {
	width := r.wall() / bins
	var c chart.Curve
	for i, v := range values {
		c.Points = append(c.Points, [2]float64{float64(i) * width, v}, [2]float64{float64(i+1) * width, v})
	}
	return c
}

// rates returns the bytes a second that were read in each bin.
func (r *Recording) rates() [bins]float64 {
	rates := r.overTime(func(s engine.SpanMeasurement) float64 { return float64(s.Bytes) })
	for i := range rates {
		rates[i] /= r.wall() / bins
	}
	return rates
}

// course draws curves over the time of the run.
func (r *Recording) course(label string, whole bool, units []unit, suffix string, curves ...chart.Curve) (*drawing, error) {
	most := 0.0
	for _, c := range curves {
		for _, at := range c.Points {
			most = max(most, at[1])
		}
	}
	value := axisUnit(most, units)
	return drawTwice(label, func(i chart.Image) (template.HTML, error) {
		c := chart.Course{
			Image: i, Seconds: r.wall(), Time: axisUnit(r.wall(), timeUnits), Whole: whole, Curves: curves,
			Value: func(v float64) string { return value(v) + suffix },
		}
		return c.Draw()
	})
}

// throughput draws how many bytes a second were read.
func (r *Recording) throughput() (*drawing, error) {
	if r.Stats.Bytes == 0 {
		return nil, nil
	}
	return r.course("Input throughput over time", false, bytesUnits, "/s", r.steps(r.rates()))
}

// counted reports whether faults are known for a span of a chunk.
func (r *Recording) counted() bool {
	for _, w := range r.Stats.Run.Workers {
		for _, s := range w.Spans {
			if s.Thread != nil {
				return true
			}
		}
	}
	return false
}

// faultCounts returns the faults in each bin.
func (r *Recording) faultCounts() (minor, major [bins]float64) {
	count := func(of func(*engine.ThreadMeasurement) int64) [bins]float64 {
		return r.overTime(func(s engine.SpanMeasurement) float64 {
			if s.Thread == nil {
				return 0
			}
			return float64(of(s.Thread))
		})
	}
	return count(func(t *engine.ThreadMeasurement) int64 { return t.MinorFaults }),
		count(func(t *engine.ThreadMeasurement) int64 { return t.MajorFaults })
}

// faults draws the page faults of workers.
func (r *Recording) faults() (*drawing, error) {
	if !r.counted() {
		return nil, nil
	}
	minor, major := r.faultCounts()
	return r.course("Page faults over time", true, countUnits, "", r.steps(minor), r.steps(major))
}

// memory draws the resident memory.
func (r *Recording) memory() (*drawing, error) {
	m := r.Stats.Memory
	if m == nil || len(m.Timeline) == 0 {
		return nil, nil
	}
	var own, shared chart.Curve
	for _, s := range m.Timeline {
		own.Points = append(own.Points, [2]float64{s.Seconds, float64(s.Own)})
		shared.Points = append(shared.Points, [2]float64{s.Seconds, float64(s.Shared)})
	}
	return r.course("Resident memory over time", false, bytesUnits, "", own, shared)
}

// moments returns the table of what the charts over time show.
func (r *Recording) moments() grid {
	g := grid{
		Caption: fmt.Sprintf("The charts in numbers, in %d parts of the run", bins),
		Head:    []string{"until", "throughput", "minor faults", "major faults", "own memory", "mapped files"},
	}
	rates := r.rates()
	minor, major := r.faultCounts()
	at := 0
	for i := range bins {
		until := r.wall() * float64(i+1) / bins
		row := []string{moment(until), bytesText(rates[i]) + "/s", "unknown", "unknown", "unknown", "unknown"}
		if r.counted() {
			row[2], row[3] = format.Thousands(int64(math.Round(minor[i]))), format.Thousands(int64(math.Round(major[i])))
		}
		if m := r.Stats.Memory; m != nil && len(m.Timeline) > 0 {
			for at+1 < len(m.Timeline) && m.Timeline[at+1].Seconds <= until {
				at++
			}
			row[4], row[5] = bytesText(float64(m.Timeline[at].Own)), bytesText(float64(m.Timeline[at].Shared))
		}
		g.Rows = append(g.Rows, row)
	}
	return g
}
