package report

import (
	"fmt"

	"onebrc/cmd/internal/cli"
	"onebrc/cmd/internal/format"
	"onebrc/engine"
)

// phase is a part of a run.
type phase struct {
	name, does string
	seconds    float64
}

// phaseList returns the phases in their order, which follow each other, and what is
// before and after them.
func (r *Recording) phaseList() []phase {
	m := r.Stats.Run
	if m == nil {
		return nil
	}
	phases := []phase{
		{"start", "checking inputs and creating outputs", r.EngineSeconds},
		{"prepare", "until workers could start", m.PrepareSeconds},
		{"work", "until all workers had stopped", m.WorkSeconds},
		{"reduce", "joining tables or partitions", m.ReduceSeconds},
		{"sort", "making the result and sorting it", m.SortSeconds},
		{"output", "writing the result", m.OutputSeconds},
	}
	rest := r.wall()
	for _, p := range phases {
		rest -= p.seconds
	}
	return append(phases, phase{"rest", "the end of the run", max(rest, 0)})
}

// phases returns the table of the phases.
func (r *Recording) phases() grid {
	g := grid{Caption: "The phases of the run, in their order", Head: []string{"phase", "what happens", "time", "share of the run"}, Texts: 2}
	for _, p := range r.phaseList() {
		g.Rows = append(g.Rows, []string{p.name, p.does, moment(p.seconds), inPercent(p.seconds / r.wall())})
	}
	return g
}

// maxGridRows is the largest number of rows of the table of workers.
const maxGridRows = 1000

// workers returns the table of the workers.
func (r *Recording) workers() grid {
	g := grid{
		Caption: "What each worker did; times are parts of the work",
		Head: []string{
			"worker", "chunks", "stolen", "MiB", "rows", "busy", "waiting", "input", "idle", "ended",
			"CPU time", "minor faults", "major faults", "switches", "forced", "moves", "CPUs",
		},
		Texts: 1,
	}
	m := r.Stats.Run
	for _, w := range m.Workers[:min(len(m.Workers), maxGridRows)] {
		g.Rows = append(g.Rows, append(append(worked(fmt.Sprint(w.Worker), w), moment(w.EndedSeconds)), ran(w)...))
	}
	if left := len(m.Workers) - maxGridRows; left > 0 {
		g.Caption += fmt.Sprintf("; the other %s are in the recording", format.Thousands(int64(left)))
	}
	if len(m.Workers) > 1 {
		g.Rows = append(g.Rows, append(worked("all", m.Total()), "", "", "", "", "", "", "", ""))
	}
	return g
}

// worked returns the first columns of the table of workers.
func worked(name string, w engine.WorkerMeasurement) []string {
	return []string{
		name, format.Thousands(w.Chunks), format.Thousands(w.Stolen), cli.MiB(w.Bytes), format.Thousands(w.Rows),
		moment(w.BusySeconds), moment(w.WaitingSeconds), moment(w.InputSeconds), moment(w.IdleSeconds),
	}
}

// ran returns the last columns of the table of workers: where it ran and what the kernel
// counted.
func ran(w engine.WorkerMeasurement) []string {
	columns := []string{"unknown", "unknown", "unknown", "unknown", "unknown"}
	if t := w.Thread; t != nil {
		columns = []string{
			moment(t.CPUSeconds), format.Thousands(t.MinorFaults), format.Thousands(t.MajorFaults),
			format.Thousands(t.VoluntarySwitches), format.Thousands(t.InvoluntarySwitches),
		}
	}
	cpus := "unknown"
	if len(w.CPUs) > 0 {
		cpus = engine.CPUSet(w.CPUs).String()
	}
	return append(columns, format.Thousands(w.Moves), cpus)
}

// nodes returns the table of nodes. It has no rows if there is one node and the system
// does not tell where the input is.
func (r *Recording) nodes() grid {
	g := grid{Caption: "What the CPUs of each node read", Head: []string{"node", "chunks", "local MiB", "remote MiB", "unknown MiB"}, Texts: 1}
	all := r.Stats.Run.Nodes
	for _, n := range all {
		if len(all) == 1 && n.LocalBytes+n.RemoteBytes == 0 {
			break
		}
		g.Rows = append(g.Rows, []string{fmt.Sprint(n.Node), format.Thousands(n.Chunks), cli.MiB(n.LocalBytes), cli.MiB(n.RemoteBytes), cli.MiB(n.UnknownBytes)})
	}
	return g
}

// stragglers returns the table of the stragglers, with their numbers in the timeline.
func (r *Recording) stragglers() grid {
	g := grid{
		Caption: "Stragglers: the chunks that lost most time compared with the median pace",
		Head:    []string{"number", "input", "lost", "latency", "waited", "CPU time", "major faults", "worker", "CPU", "MiB", "offset"},
		Texts:   2,
	}
	for i, s := range r.Stats.Run.Stragglers {
		cpu, cpuTime, major := fmt.Sprint(s.CPU), "unknown", "unknown"
		if s.CPU == engine.Unknown {
			cpu = "unknown"
		}
		if s.Thread != nil {
			cpuTime, major = moment(s.Thread.CPUSeconds), format.Thousands(s.Thread.MajorFaults)
		}
		g.Rows = append(g.Rows, []string{
			fmt.Sprint(i + 1), Visible(s.Input), moment(s.LostSeconds), moment(s.LatencySeconds), moment(s.WaitedSeconds), cpuTime, major,
			fmt.Sprint(s.Worker), cpu, cli.MiB(s.Bytes), format.Thousands(s.Offset),
		})
	}
	return g
}

// latency returns the table of percentiles.
func (r *Recording) latency() grid {
	g := grid{Caption: "Percentiles over all chunks, and of the latency per MiB over all bytes", Head: []string{"", "p50", "p90", "p99", "p99.9", "max"}, Texts: 1}
	m := r.Stats.Run
	if len(m.LatencyBuckets) == 0 {
		return g
	}
	for _, kind := range []struct {
		name string
		p    engine.Percentiles
	}{{"latency of a chunk", m.Latency}, {"latency per MiB", m.Pace}} {
		p := kind.p
		g.Rows = append(g.Rows, []string{kind.name, moment(p.P50), moment(p.P90), moment(p.P99), moment(p.P999), moment(p.Max)})
	}
	return g
}

// buckets returns the table of the distribution of latencies.
func (r *Recording) buckets() grid {
	g := grid{Caption: "Chunks by their latency", Head: []string{"from", "to", "chunks"}, Texts: 0}
	for _, b := range r.Stats.Run.LatencyBuckets {
		g.Rows = append(g.Rows, []string{moment(b.FromSeconds), moment(b.ToSeconds), format.Thousands(b.Count)})
	}
	return g
}
