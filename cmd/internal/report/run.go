package report

import (
	"cmp"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"

	"onebrc/cmd/internal/cli"
	"onebrc/cmd/internal/compare"
	"onebrc/cmd/internal/format"
	"onebrc/engine"
)

// runData is what run.html.tmpl shows. A part that is not known is nil or empty.
type runData struct {
	*Recording
	Facts       []fact
	CommandLine string
	Notes       []string // what the page shows, in words
	Phases      grid
	Timeline    *drawing
	Legend      []legendEntry

	Stragglers, Workers, Nodes, Latency, Buckets, Moments grid

	Distribution, Throughput, Faults, Memory *drawing
	Listing                                  *listing
}

// fact is a line of the summary.
type fact struct{ Name, Value string }

// grid is a table of texts: the first of each row names it.
type grid struct {
	Caption string
	Head    []string
	Rows    [][]string
	Texts   int // the number of columns with text, which come first
}

// WritePage writes a page about the run.
func (r *Recording) WritePage(w io.Writer) error {
	data, err := r.data()
	if err != nil {
		return err
	}
	title := "Run of 1brc"
	if r.Counted == "groups" {
		title += " group"
	}
	switch len(r.Inputs) {
	case 0:
	case 1:
		title += " over " + r.Inputs[0]
	default:
		title += fmt.Sprintf(" over %s inputs", format.Thousands(int64(len(r.Inputs))))
	}
	return write(w, page{Kind: "run", Title: title, Lead: "Where the time and the memory of this run went, and its result.", Time: r.Time, Data: data})
}

// data returns what the page shows.
func (r *Recording) data() (*runData, error) {
	d := &runData{Recording: r, Facts: r.facts(), CommandLine: r.commandLine(), Phases: r.phases(), Listing: r.listing()}
	var err error
	if d.Memory, err = r.memory(); err != nil || r.Stats.Run == nil {
		return d, err
	}
	d.Stragglers, d.Workers, d.Nodes = r.stragglers(), r.workers(), r.nodes()
	d.Latency, d.Buckets, d.Moments = r.latency(), r.buckets(), r.moments()
	d.Notes = r.notes()
	if d.Legend, err = r.legend(); err != nil {
		return nil, err
	}
	for _, part := range []struct {
		to   **drawing
		draw func() (*drawing, error)
	}{{&d.Timeline, r.timeline}, {&d.Distribution, r.distribution}, {&d.Throughput, r.throughput}, {&d.Faults, r.faults}} {
		if *part.to, err = part.draw(); err != nil {
			return nil, err
		}
	}
	return d, nil
}

// wall returns the length of the run in seconds, which is above 0.
func (r *Recording) wall() float64 { return max(r.Stats.WallSeconds, 1e-9) }

// workStart returns when workers could start, in seconds after the start of the run.
func (r *Recording) workStart() float64 { return r.EngineSeconds + r.Stats.Run.PrepareSeconds }

// commandLine returns the command, or its beginning if it is long.
func (r *Recording) commandLine() string {
	const limit = 600
	line := []rune(compare.Entry{Command: r.Command}.CommandLine())
	if len(line) <= limit {
		return string(line)
	}
	return string(line[:limit]) + " …"
}

// facts returns the summary.
func (r *Recording) facts() []fact {
	s, e := r.Stats, r.Environment
	rows := "Rows"
	if s.Error != "" {
		rows = "Rows read"
	}
	facts := []fact{{rows, format.Thousands(s.Rows)}}
	add := func(name, value string) { facts = append(facts, fact{name, value}) }
	if s.BadRows > 0 {
		add("Bad rows", format.Thousands(s.BadRows))
	}
	if r.Result != nil {
		add("Different "+r.Counted, format.Thousands(int64(s.Names)))
	}
	add("Input", bytesText(float64(s.Bytes)))
	add("Time", moment(s.WallSeconds))
	add("Throughput", fmt.Sprintf("%s/s, %s rows/s", bytesText(float64(s.Bytes)/r.wall()), countText(float64(s.Rows)/r.wall())))
	if s.Run != nil {
		add("Workers", fmt.Sprint(len(s.Run.Workers)))
		if s.Run.Partitions > 0 {
			add("Partitions", fmt.Sprintf("%d, %s in temporary files", s.Run.Partitions, bytesText(float64(s.Run.SpilledBytes))))
		}
	}
	if s.PeakResidentBytes > 0 {
		add("Memory", fmt.Sprintf("%s MiB at the peak; %s MiB of its own at the end", cli.MiB(s.PeakResidentBytes), cli.MiB(s.OwnResidentBytes)))
	} else {
		add("Memory", "unknown on this system")
	}
	add("Garbage collection", fmt.Sprintf("%d cycles, longest pause %s", s.GCCycles, moment(s.GCLongestPauseSeconds)))
	machine := fmt.Sprintf("%s, %d CPUs", format.Machine(e), e.CPUs)
	if e.Cores > 0 {
		machine += fmt.Sprintf(", %d cores", e.Cores)
	}
	add("Machine", machine)
	add("System", strings.TrimSpace(fmt.Sprintf("%s/%s %s, %s, version %s", e.OS, e.Architecture, e.Kernel, e.GoVersion, cmp.Or(e.Version, "unknown"))))
	return facts
}

// notes says in words what the charts show.
func (r *Recording) notes() []string {
	m := r.Stats.Run
	var notes []string
	add := func(text string, args ...any) { notes = append(notes, fmt.Sprintf(text, args...)) }
	total := m.Total()
	if all := m.WorkSeconds * float64(len(m.Workers)); all > 0 {
		add("Of the time of all workers, they were busy for %s; they waited for the queue or a CPU for %s and for input for %s, and had nothing left to do for %s.",
			inPercent(total.BusySeconds/all), inPercent(total.WaitingSeconds/all), inPercent(total.InputSeconds/all), inPercent(total.IdleSeconds/all))
	}
	if cpu, busy := cpuTime(m.Workers); busy > 0 {
		add("While they were busy, they had a CPU for %s of the time.", inPercent(cpu/busy))
	}
	if len(m.Stragglers) > 0 {
		s := m.Stragglers[0]
		add("The chunk that lost most time took %s: %s longer than at the median pace, which is %s of the time of the work.",
			moment(s.LatencySeconds), moment(s.LostSeconds), inPercent(s.LostSeconds/max(m.WorkSeconds, 1e-9)))
	}
	if most := mostChunks(m.Workers); most > 1 {
		add("A worker had more chunks than a recording keeps. Neighbours are merged: a span of the timeline is up to %s chunks.", format.Thousands(most))
	}
	if left := len(m.Workers) - maxLanes; left > 0 {
		add("The timeline shows the first %d workers; the table of workers has the other %s, too.", maxLanes, format.Thousands(int64(left)))
	}
	return notes
}

// cpuTime returns the CPU time and the busy time of the workers for which both are known.
func cpuTime(workers []engine.WorkerMeasurement) (cpu, busy float64) {
	for _, w := range workers {
		if w.Thread != nil {
			cpu += w.Thread.CPUSeconds
			busy += w.BusySeconds
		}
	}
	return cpu, busy
}

// mostChunks returns the largest number of chunks of a span.
func mostChunks(workers []engine.WorkerMeasurement) int64 {
	most := int64(0)
	for _, w := range workers {
		for _, s := range w.Spans {
			most = max(most, s.Chunks)
		}
	}
	return most
}

// moment formats a time with three digits, from nanoseconds to seconds.
func moment(seconds float64) string {
	size := math.Abs(seconds)
	switch {
	case size == 0:
		return "0"
	case size >= 0.9995:
		return format.Number(seconds) + " s"
	case size >= 0.9995e-3:
		return format.Number(1e3*seconds) + " ms"
	case size >= 0.9995e-6:
		return format.Number(1e6*seconds) + " µs"
	}
	return fmt.Sprintf("%.0f ns", 1e9*seconds)
}

// bytesText formats a number of bytes in powers of 1000.
func bytesText(bytes float64) string {
	for _, unit := range []struct {
		of   float64
		name string
	}{{1e12, "TB"}, {1e9, "GB"}, {1e6, "MB"}, {1e3, "kB"}} {
		if bytes >= 0.9995*unit.of {
			return format.Number(bytes/unit.of) + " " + unit.name
		}
	}
	return fmt.Sprintf("%.0f bytes", bytes)
}

// countText formats a number of things, in millions if it is large.
func countText(count float64) string {
	if count >= 1e6 {
		return format.Number(count/1e6) + " million"
	}
	return format.Thousands(int64(math.Round(count)))
}

// inPercent formats a part of 1 in per cent.
func inPercent(part float64) string {
	switch {
	case part == 0:
		return "0 %"
	case part > 0 && part < 0.001:
		return "less than 0.1 %"
	case part >= 0.9995:
		return "100 %"
	}
	return fmt.Sprintf("%.1f %%", 100*part)
}

// axisUnit returns the label of a tick of an axis from 0 to most, all in the unit of most.
func axisUnit(most float64, units []unit) func(float64) string {
	u := units[len(units)-1]
	for _, larger := range units {
		if most >= larger.of {
			u = larger
			break
		}
	}
	return func(value float64) string {
		return strconv.FormatFloat(math.Round(value/u.of*1e6)/1e6, 'f', -1, 64) + u.name
	}
}

// unit is a unit of an axis.
type unit struct {
	of   float64
	name string
}

var (
	timeUnits  = []unit{{1, " s"}, {1e-3, " ms"}, {1e-6, " µs"}, {1e-9, " ns"}}
	bytesUnits = []unit{{1e12, " TB"}, {1e9, " GB"}, {1e6, " MB"}, {1e3, " kB"}, {1, " B"}}
	countUnits = []unit{{1e9, " G"}, {1e6, " M"}, {1e3, " k"}, {1, ""}}
)
