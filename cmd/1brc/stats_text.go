package main

import (
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"
	"unicode/utf8"

	"onebrc/cmd/internal/cli"
	"onebrc/cmd/internal/compare"
	"onebrc/cmd/internal/process"
	"onebrc/engine"
)

// printStats writes the statistics of a run as tables. counted is what they call the
// names of the result.
func printStats(w io.Writer, s compare.Stats, counted string) error {
	if err := printTable(w, 0, summary(s, counted)); err != nil {
		return err
	}
	tables := [][][]any{memory(s.Process), pauses(s.Process)}
	if r := s.Run; r != nil {
		tables = append(tables, percentiles(r), workers(r), threads(r), nodes(r), stragglers(r))
	}
	for _, rows := range tables {
		if len(rows) < 2 {
			continue // nothing but the head
		}
		if _, err := fmt.Fprintln(w); err != nil {
			return err
		}
		if err := printTable(w, tabwriter.AlignRight, rows); err != nil {
			return err
		}
	}
	return nil
}

// printTable writes rows in aligned columns. flags are those of tabwriter.
func printTable(w io.Writer, flags uint, rows [][]any) error {
	out := tabwriter.NewWriter(w, 0, 0, 2, ' ', flags)
	for _, row := range rows {
		for i, cell := range row {
			fmt.Fprint(out, cell)
			// Tabwriter aligns a cell to the right only if a tab follows it.
			if i+1 < len(row) || flags&tabwriter.AlignRight != 0 {
				fmt.Fprint(out, "\t")
			}
		}
		fmt.Fprintln(out)
	}
	return out.Flush()
}

// summary returns the table of the run as a whole.
func summary(s compare.Stats, counted string) [][]any {
	rows := [][]any{{"rows", s.Rows}}
	if s.BadRows > 0 {
		rows = append(rows, []any{"bad rows", s.BadRows})
	}
	if s.DroppedRows > 0 {
		rows = append(rows, []any{"dropped rows", s.DroppedRows})
	}
	rows = append(rows, []any{"bytes", s.Bytes})
	if len(s.Approximate) > 0 {
		rows = append(rows, []any{"approximate", printable(strings.Join(s.Approximate, ", "))})
	}
	if s.Names > 0 || s.Rows == 0 { // a failed run has no names
		rows = append(rows, []any{counted, s.Names})
	}
	rows = append(rows,
		[]any{"wall", fmt.Sprintf("%.6f s", s.WallSeconds)},
		[]any{"throughput", fmt.Sprintf("%.2f GB/s, %.1f M rows/s",
			float64(s.Bytes)/s.WallSeconds/1e9, float64(s.Rows+s.DroppedRows)/s.WallSeconds/1e6)})
	if s.PeakResidentBytes == 0 {
		rows = append(rows, []any{"peak resident memory", "unknown on this system"})
	} else {
		rows = append(rows,
			[]any{"peak resident memory", cli.MiB(s.PeakResidentBytes) + " MiB"},
			[]any{"of it own, at the end", cli.MiB(s.OwnResidentBytes) + " MiB"})
	}
	if s.Memory != nil && s.Names > 0 {
		rows = append(rows, []any{"bytes a " + strings.TrimSuffix(counted, "s"), s.Memory.Own.Max / int64(s.Names)})
	}
	rows = append(rows, []any{"GC", fmt.Sprintf("%d cycles, longest pause %s", s.GCCycles, duration(s.GCLongestPauseSeconds))})
	if r := s.Run; r != nil {
		rows = append(rows, []any{"phases", fmt.Sprintf("prepare %s, work %s, reduce %s, sort %s, output %s",
			duration(r.PrepareSeconds), duration(r.WorkSeconds), duration(r.ReduceSeconds), duration(r.SortSeconds), duration(r.OutputSeconds))})
		if r.Partitions > 0 {
			rows = append(rows, []any{"partitions", r.Partitions}, []any{"in temporary files", cli.MiB(r.SpilledBytes) + " MiB"})
		}
	}
	return rows
}

// memory returns the table of the resident memory.
func memory(p process.Process) [][]any {
	rows := [][]any{{"resident MiB", "min", "p50", "max"}}
	if p.Memory == nil {
		return rows
	}
	for _, kind := range []struct {
		name string
		of   process.Spread
	}{{"own", p.Memory.Own}, {"of files", p.Memory.Shared}} {
		rows = append(rows, []any{kind.name, cli.MiB(kind.of.Min), cli.MiB(kind.of.P50), cli.MiB(kind.of.Max)})
	}
	return rows
}

// pauses returns the histogram of the garbage collector's pauses, by powers of 2.
func pauses(p process.Process) [][]any {
	rows := [][]any{{"GC pause from", "to", "count"}}
	for rest := p.GCPauses; len(rest) > 0; {
		first, count := rest[0], rest[0].Count
		last := first
		for rest = rest[1:]; len(rest) > 0 && octave(rest[0]) == octave(first); rest = rest[1:] {
			last = rest[0]
			count += last.Count
		}
		to := "any"
		if last.ToSeconds > 0 {
			to = duration(last.ToSeconds)
		}
		rows = append(rows, []any{duration(first.FromSeconds), to, count})
	}
	return rows
}

// octave returns the power of 2, in nanoseconds, that the start of a pause's range
// is in.
func octave(p process.Pause) int { return math.Ilogb(max(math.Round(p.FromSeconds*1e9), 1)) }

// percentiles returns the table of the time that chunks took.
func percentiles(r *engine.Measurement) [][]any {
	rows := [][]any{{"", "p50", "p90", "p99", "p99.9", "max"}}
	for _, kind := range []struct {
		name string
		of   engine.Percentiles
	}{{"chunk latency", r.Latency}, {"latency per MiB", r.Pace}} {
		p := kind.of
		rows = append(rows, []any{kind.name, duration(p.P50), duration(p.P90), duration(p.P99), duration(p.P999), duration(p.Max)})
	}
	return rows
}

// workers returns the table of what each worker did and for how long.
func workers(r *engine.Measurement) [][]any {
	rows := [][]any{{"worker", "chunks", "stolen", "MiB", "rows", "busy", "waiting", "input", "idle", "ended"}}
	for _, w := range r.Workers {
		rows = append(rows, []any{
			w.Worker, w.Chunks, w.Stolen, cli.MiB(w.Bytes), w.Rows,
			duration(w.BusySeconds), duration(w.WaitingSeconds), duration(w.InputSeconds), duration(w.IdleSeconds),
			duration(w.EndedSeconds),
		})
	}
	all := r.Total()
	return append(rows, []any{
		"all", all.Chunks, all.Stolen, cli.MiB(all.Bytes), all.Rows,
		duration(all.BusySeconds), duration(all.WaitingSeconds), duration(all.InputSeconds), duration(all.IdleSeconds), "",
	})
}

// threads returns the table of where each worker ran and what the kernel counted for
// it.
func threads(r *engine.Measurement) [][]any {
	rows := [][]any{{"worker", "CPU time", "minor faults", "major", "switches", "forced", "moves", "CPUs"}}
	for _, w := range r.Workers {
		row := []any{w.Worker, "?", "?", "?", "?", "?"}
		if t := w.Thread; t != nil {
			row = []any{w.Worker, duration(t.CPUSeconds), t.MinorFaults, t.MajorFaults, t.VoluntarySwitches, t.InvoluntarySwitches}
		}
		if len(w.CPUs) > 0 {
			rows = append(rows, append(row, w.Moves, engine.CPUSet(w.CPUs)))
		}
	}
	return rows
}

// nodes returns the table of what the CPUs of each node read. It is empty if there is
// one node and the system does not tell where the input is.
func nodes(r *engine.Measurement) [][]any {
	rows := [][]any{{"node", "chunks", "local MiB", "remote MiB", "unknown MiB"}}
	for _, n := range r.Nodes {
		if len(r.Nodes) == 1 && n.LocalBytes+n.RemoteBytes == 0 {
			break
		}
		rows = append(rows, []any{n.Node, n.Chunks, cli.MiB(n.LocalBytes), cli.MiB(n.RemoteBytes), cli.MiB(n.UnknownBytes)})
	}
	return rows
}

// stragglers returns the table of the chunks that took longest for their size.
func stragglers(r *engine.Measurement) [][]any {
	rows := [][]any{{"straggler lost", "latency", "waited", "CPU time", "major faults", "worker", "CPU", "bytes", "offset", "input"}}
	for _, s := range r.Stragglers {
		cpu, cpuTime, major := any(s.CPU), "?", any("?")
		if s.CPU == engine.Unknown {
			cpu = "?"
		}
		if s.Thread != nil {
			cpuTime, major = duration(s.Thread.CPUSeconds), s.Thread.MajorFaults
		}
		rows = append(rows, []any{
			duration(s.LostSeconds), duration(s.LatencySeconds), duration(s.WaitedSeconds), cpuTime, major,
			s.Worker, cpu, s.Bytes, s.Offset, printable(s.Input),
		})
	}
	return rows
}

// printable quotes a name that would break a table or control a terminal.
func printable(name string) string {
	if !utf8.ValidString(name) || strings.ContainsFunc(name, func(r rune) bool { return !strconv.IsPrint(r) }) {
		return strconv.Quote(name)
	}
	return name
}

// duration formats seconds with three digits and a unit.
func duration(seconds float64) string {
	d := time.Duration(math.Round(seconds * float64(time.Second)))
	unit := time.Duration(1)
	for d/unit >= 1000 {
		unit *= 10
	}
	return d.Round(unit).String()
}
