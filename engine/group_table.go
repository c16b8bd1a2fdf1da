package engine

import (
	"fmt"

	"onebrc/engine/internal/fields"
	"onebrc/engine/internal/group"
	"onebrc/engine/internal/memory"
)

// plan returns the plan of a query whose columns are resolved.
func (q Query) plan(s *selection, columns int, k *fields.Kernel) *group.Plan {
	syntax, point := q.syntax(), byte('.')
	if q.DecimalComma {
		point = ','
	}
	return group.NewPlan(group.Plan{
		Syntax: fields.NewSyntax(syntax.Delimiter, syntax.Quote, syntax.HasQuote, columns), Kernel: k,
		Keys: s.keys, Numbers: s.numbers, Present: s.present, Null: []byte(q.Null), Point: point,
	})
}

// wideBytes is about the memory of wideStatistics: four big.Ints of at most five
// words, and the map's entry.
const wideBytes = 512

// groupsOf returns the groups of a table of plan p, in the order of their keys. It
// takes their memory, and what SortBy needs for a while, from budget.
func groupsOf(s *selection, p *group.Plan, t *group.Table, budget *memory.Budget) (*Groups, error) {
	scales := make([]int, len(s.numbers))
	for i := range scales {
		scales[i] = t.Scale(i)
	}
	g := newGroups(s, scales)
	tooMuch := func(err error) (*Groups, error) {
		return nil, fmt.Errorf("engine: result of %s: %w", plural(t.Len(), "group"), err)
	}
	if err := budget.Take(int64(t.Len())*g.groupBytes() + int64(t.KeyBytes())); err != nil {
		return tooMuch(err)
	}
	g.grow(t.Len(), t.KeyBytes())
	numbers, present := make([]statistics, len(s.numbers)), make([]int64, len(s.present))
	for from := range t.Groups() {
		for i := range numbers {
			numbers[i] = statisticsOf(from.Number(i))
		}
		for i := range present {
			present[i] = from.Present(i)
		}
		wide := len(g.wide)
		g.add(p.SplitKey(from.Key), from.Rows, numbers, present)
		if wide = len(g.wide) - wide; wide > 0 {
			if err := budget.Take(int64(wide) * wideBytes); err != nil {
				return tooMuch(err)
			}
		}
	}
	g.sortByKeys()
	return g, nil
}

// statisticsOf returns statistics of a table as those of a result.
func statisticsOf(s group.Statistics) statistics {
	if s.Count == 0 {
		return statistics{}
	}
	return statistics{
		count: s.Count, min: integerFromWords(s.Min), max: integerFromWords(s.Max),
		sum: integerFromWords(s.Sum), squares: integerFromWords(s.Squares),
	}
}

// integerFromWords returns v in two words if it fits.
func integerFromWords(v group.Integer) integer {
	sign := uint64(int64(v[1]) >> 63)
	if v[2] == sign && v[3] == sign && v[4] == sign {
		return integer{low: v[0], high: v[1]}
	}
	return integer{big: v.Big()}
}
