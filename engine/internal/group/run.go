package group

import (
	"onebrc/engine/internal/memory"
	"onebrc/engine/internal/partition"
	"onebrc/engine/internal/run"
	"onebrc/parse/delimited"
)

// runPlan is a Plan as the plan of a run.
type runPlan struct {
	*Plan
	header *Header
	format *Format
}

// Run returns p as the plan of a run, whose tables have type *Table. Every input must
// have the header, unless it is nil.
func (p *Plan) Run(header *Header) run.Plan { return runPlan{p, header, newFormat(p)} }

// Syntax implements run.Plan.
func (p runPlan) Syntax() *delimited.Syntax {
	s := p.Plan.Syntax
	if !s.HasQuote {
		return nil
	}
	return &delimited.Syntax{Delimiter: s.Delimiter, Quote: s.Quote, HasQuote: true}
}

// Format implements run.Plan. It returns a *Format, always the same.
func (p runPlan) Format() partition.Format { return p.format }

// NewTable implements run.Plan.
func (p runPlan) NewTable(budget *memory.Budget, overflow *partition.Writer) (run.Table, error) {
	return NewOverflowing(p.Plan, budget, overflow)
}

// NewReader implements run.Plan.
func (p runPlan) NewReader(t run.Table, sink run.Sink) run.Reader {
	return NewReader(p.Plan, t.(*Table), sink, p.header)
}

// TableBytes implements run.Plan.
func (p runPlan) TableBytes() int64 { return InitialBytes(p.Plan) }

// ReaderBytes implements run.Plan.
func (p runPlan) ReaderBytes() int64 { return ReaderBytes(p.Plan) }
