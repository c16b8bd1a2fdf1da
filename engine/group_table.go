package engine

import (
	"fmt"

	"onebrc/engine/internal/fields"
	"onebrc/engine/internal/group"
	"onebrc/engine/internal/memory"
)

// plan returns the plan of a query whose columns are resolved.
func (q Query) plan(s *selection, columns int, k *fields.Kernel) *group.Plan {
	syntax := q.syntax()
	var ranks []int
	if s.inputs != nil {
		ranks = s.inputs.ranks
	}
	return group.NewPlan(group.Plan{
		Syntax: fields.NewSyntax(syntax.Delimiter, syntax.Quote, syntax.HasQuote, columns), Kernel: k,
		Keys: s.keys, Numbers: s.numbers, Values: s.values, Present: s.present, Null: []byte(q.Null), Point: q.point(),
		Filter: s.filter, Times: q.times(), Ranks: ranks,
	})
}

// wideBytes is about the memory of wideStatistics: four big.Ints of at most five
// words, and the map's entry.
const wideBytes = 512

// adder adds groups of a run to a Groups, whose memory, and what SortBy needs of it for
// a while, it takes from budget.
type adder struct {
	groups  *Groups
	budget  *memory.Budget
	numbers []statistics // memory for those of a group
	taken   int64        // bytes of budget, without those of wide statistics
}

// take takes the memory of count groups, whose keys have keyBytes bytes.
func (a *adder) take(count, keyBytes int) error {
	return a.budget.Take(int64(count)*a.groups.groupBytes() + int64(keyBytes))
}

// add adds a group, whose memory is taken but for wide statistics.
func (a *adder) add(key [][]byte, rows int64, numbers []group.Statistics, present []int64, results []folding) error {
	a.numbers = a.numbers[:0]
	for i := range numbers {
		a.numbers = append(a.numbers, statisticsOf(&numbers[i]))
	}
	wide := len(a.groups.wide)
	a.groups.add(key, rows, a.numbers, present, results)
	return a.budget.Take(int64(len(a.groups.wide)-wide) * wideBytes)
}

// addFolded adds the group of f, whose memory is taken but for wide statistics.
func (a *adder) addFolded(f *folder) error {
	r := &f.record
	return a.add(r.Key, r.Rows, r.Numbers, r.Present, f.results)
}

// takeFolded takes the memory of the group of f, the key of which has at most keyBytes
// bytes, and adds it.
func (a *adder) takeFolded(f *folder, keyBytes int) error {
	bytes := keyBytes + f.textBytes()
	if err := a.take(1, bytes); err != nil {
		return err
	}
	a.taken += a.groups.groupBytes() + int64(bytes)
	return a.addFolded(f)
}

// keep sorts the groups, keeps the first n of them in to, which is empty, and gives the
// memory of the others back.
func (a *adder) keep(to *Groups, n, column int, descending bool) {
	from := a.groups
	from.SortBy(column, descending)
	for _, group := range from.order[:min(n, len(from.order))] {
		to.copyOf(from, group)
	}
	bytes := int64(to.Len())*to.groupBytes() + int64(len(to.names)+len(to.wide)*wideBytes)
	a.budget.Give(a.taken + int64(len(from.wide))*wideBytes - bytes)
	a.groups, a.taken = to, bytes-int64(len(to.wide))*wideBytes
}

// tooMany makes err, of an adder, an error about a result of count groups.
func tooMany(count int64, err error) error {
	return fmt.Errorf("engine: result of %s: %w", plural(int(count), "group"), err)
}

// groupsOf returns the groups of a table of plan p, in the order of their keys. It
// takes their memory, and what SortBy needs for a while, from budget, and after an error
// gives it back. Nothing else uses budget meanwhile.
func groupsOf(s *selection, p *group.Plan, t *group.Table, budget *memory.Budget) (groups *Groups, err error) {
	defer func(before int64) {
		if err != nil {
			budget.Give(budget.Used() - before)
		}
	}(budget.Used())
	scales := make([]int, len(s.numbers))
	for i := range scales {
		scales[i] = t.Scale(i)
	}
	g := newGroups(s, scales)
	a := adder{groups: g, budget: budget}
	if err := a.take(t.Len(), t.KeyBytes()); err != nil {
		return nil, tooMany(int64(t.Len()), err)
	}
	g.grow(t.Len(), t.KeyBytes())
	f := newTableFolder(s, t.Scale)
	r := &f.record
	r.Numbers, r.Present = make([]group.Statistics, len(s.numbers)), make([]int64, len(s.present))
	if err := t.SortValues(); err != nil {
		return nil, tooMany(int64(t.Len()), err)
	}
	add := func() error {
		bytes := f.textBytes()
		if err := a.budget.Take(int64(bytes)); err != nil {
			return err
		}
		return a.addFolded(f)
	}
	for from := range t.Groups() {
		for i := range r.Numbers {
			r.Numbers[i] = from.Number(i)
		}
		for i := range r.Present {
			r.Present[i] = from.Present(i)
		}
		r.Key, r.Rows = p.SplitKey(from.Key), from.Rows
		if err := f.addGroup(from, add); err != nil {
			return nil, tooMany(int64(t.Len()), err)
		}
	}
	g.sortByKeys()
	return g, nil
}

// statisticsOf returns statistics of a table as those of a result.
func statisticsOf(s *group.Statistics) statistics {
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
