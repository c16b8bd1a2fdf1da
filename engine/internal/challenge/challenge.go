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
type plan struct{ kernel *kernel.Kernel }

// Plan returns the plan that reads rows with k. The tables of its runs have type
// Table.
func Plan(k *kernel.Kernel) run.Plan { return plan{k} }

// Table is a table of package table as the table of a run.
type Table struct{ *table.Table }

// Merge implements run.Table.
func (t Table) Merge(other run.Table) error { return t.Table.Merge(other.(Table).Table) }

// Syntax implements run.Plan.
func (plan) Syntax() *delimited.Syntax { return nil }

// Format implements run.Plan.
func (plan) Format() partition.Format { return table.Format{} }

// NewTable implements run.Plan.
func (plan) NewTable(budget *memory.Budget, overflow *partition.Writer) (run.Table, error) {
	t, err := table.NewOverflowing(budget, overflow)
	return Table{t}, err
}

// NewReader implements run.Plan.
func (p plan) NewReader(t run.Table, sink run.Sink) run.Reader {
	return &reader{kernel: p.kernel, table: t.(Table).Table, sink: sink}
}

// TableBytes implements run.Plan.
func (plan) TableBytes() int64 { return table.InitialBytes() }

// ReaderBytes implements run.Plan.
func (plan) ReaderBytes() int64 { return int64(unsafe.Sizeof(reader{})) }
