// Package challenge is the plan of the challenge: rows "name;value" into a table of
// package table.
package challenge

import (
	"unsafe"

	"onebrc/engine/internal/kernel"
	"onebrc/engine/internal/memory"
	"onebrc/engine/internal/partition"
	"onebrc/engine/internal/run"
	"onebrc/engine/internal/table"
	"onebrc/parse/delimited"
)

// plan implements run.Plan.
type plan struct {
	kernel      *kernel.Kernel
	percentiles *table.Percentiles // nil if there are none
}

// Plan returns the plan that reads rows with k and computes percentiles, unless they are
// nil. The tables of its runs have type Table.
func Plan(k *kernel.Kernel, percentiles *table.Percentiles) run.Plan { return plan{k, percentiles} }

// Table is a table of package table as the table of a run.
type Table struct{ *table.Table }

// Merge implements run.Table.
func (t Table) Merge(other run.Table) error { return t.Table.Merge(other.(Table).Table) }

// Syntax implements run.Plan.
func (plan) Syntax() *delimited.Syntax { return nil }

// Format implements run.Plan.
func (p plan) Format() partition.Format {
	if p.percentiles != nil {
		return table.HistogramFormat{Percentiles: p.percentiles}
	}
	return table.Format{}
}

// NewTable implements run.Plan.
func (p plan) NewTable(budget *memory.Budget, overflow *partition.Writer) (run.Table, error) {
	if p.percentiles != nil {
		t, err := table.NewCounting(budget, overflow, p.percentiles)
		return Table{t}, err
	}
	t, err := table.NewOverflowing(budget, overflow)
	return Table{t}, err
}

// NewReader implements run.Plan.
func (p plan) NewReader(t run.Table, sink run.Sink) run.Reader {
	r := &reader{kernel: p.kernel, accumulate: p.kernel.Accumulate, table: t.(Table).Table, sink: sink}
	if p.percentiles != nil {
		r.accumulate = p.kernel.Count
	}
	return r
}

// TableBytes implements run.Plan.
func (p plan) TableBytes() int64 {
	if p.percentiles != nil {
		return table.InitialBytes() + table.InitialHistogramsBytes()
	}
	return table.InitialBytes()
}

// ReaderBytes implements run.Plan.
func (plan) ReaderBytes() int64 { return int64(unsafe.Sizeof(reader{})) }
