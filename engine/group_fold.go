package engine

import (
	"bytes"
	"cmp"
	"slices"

	"onebrc/engine/internal/group"
	"onebrc/engine/internal/sketch"
)

// folder makes groups of the records of a store in the order of their keys. The record of
// a group has some of its values, and is followed by records of others, all in order: see
// group.Values. The memory of a folder does not depend on the number of these records.
type folder struct {
	format  *group.Format // nil for groups of a table
	scale   func(number int) int
	outputs []output
	columns []folded // of selection.values

	// record is that of the present group, if open is set, and encoded a copy of it.
	record  group.Record
	encoded []byte
	open    bool
	results []folding // of outputs
	// runs are the values in encoded, of which value is the next one, if inline is set.
	runs   group.Runs
	value  group.Value
	inline bool
}

// folded is a column of values.
type folded struct {
	group.Values
	rows, values int64 // of the present group
	mode         int64 // how many rows have the content in text, or 1 for a first or last one
	text         []byte
	targets      []target // in the order of their ranks
	next         int      // of targets, the first one not yet found
	// estimator has codes of contents. It is nil if the values are not such codes.
	estimator *sketch.Estimator
}

// target is a rank of which a value is wanted.
type target struct {
	rank   int64
	output int
	high   bool // the value after that of the percentile
}

// folding is the result of a Func whose kind has values.
type folding struct {
	low, high integer // of a percentile: the value, and that at the next rank
	count     int64   // of FuncDistinct; or how many rows have text
	text      []byte
}

// newFolder returns a folder for records of format.
func newFolder(s *selection, format *group.Format) *folder {
	f := newTableFolder(s, format.Scale)
	f.format = format
	return f
}

// newTableFolder returns a folder for groups of a table, whose numbers have scales.
func newTableFolder(s *selection, scale func(number int) int) *folder {
	f := &folder{scale: scale, outputs: s.outputs, results: make([]folding, len(s.outputs))}
	for _, v := range s.values {
		c := folded{Values: v}
		if v.Number >= 0 && s.numbers[v.Number].Registers > 0 {
			c.estimator = sketch.NewEstimator(s.numbers[v.Number].Registers)
		}
		f.columns = append(f.columns, c)
	}
	return f
}

// add adds a record, and calls yield for the group that it completes, if any.
func (f *folder) add(encoded []byte, yield func() error) error {
	if len(f.columns) == 0 {
		f.format.Decode(&f.record, encoded)
		return yield()
	}
	if v, ok := f.format.Value(encoded); ok {
		f.addRecord(&v)
		return nil
	}
	if err := f.end(yield); err != nil {
		return err
	}
	f.encoded = append(f.encoded[:0], encoded...)
	f.format.Decode(&f.record, f.encoded)
	f.begin()
	f.runs = f.format.Runs(&f.record)
	f.value, f.inline = f.runs.Next()
	return nil
}

// addRecord adds the value of a record, and those of the group's record before it.
func (f *folder) addRecord(v *group.Value) {
	for f.inline {
		order := f.format.CompareValues(&f.value, v)
		if order > 0 {
			break
		}
		if order == 0 && !f.columns[v.Which].Distinct {
			v.Count += f.value.Count
		}
		if order < 0 {
			f.addValue(&f.value)
		}
		f.value, f.inline = f.runs.Next()
	}
	f.addValue(v)
}

// addGroup calls yield for a group of a table, of which f.record has all but the values.
func (f *folder) addGroup(g group.Group, yield func() error) error {
	if len(f.columns) == 0 {
		return yield()
	}
	f.begin()
	for v := range g.Values() {
		f.addValue(&v)
	}
	return f.end(yield)
}

// end calls yield for the last group.
func (f *folder) end(yield func() error) error {
	if !f.open {
		return nil
	}
	f.open = false
	for f.inline {
		f.addValue(&f.value)
		f.value, f.inline = f.runs.Next()
	}
	for i, o := range f.outputs {
		if !o.function.kind().hasValues() {
			continue
		}
		c, r := &f.columns[o.values], &f.results[i]
		switch o.function.kind() {
		case different:
			r.count = c.values
			if c.estimator != nil {
				r.count = c.estimator.Estimate()
			}
		case common, first, last:
			r.count, r.text = c.mode, c.text
		}
	}
	for i := range f.columns {
		if c := &f.columns[i]; c.next < len(c.targets) {
			panic("engine: a group has fewer values than it counted")
		}
	}
	return yield()
}

// begin begins the group of f.record.
func (f *folder) begin() {
	f.open = true
	for i := range f.columns {
		c := &f.columns[i]
		c.rows, c.values, c.mode, c.text, c.targets, c.next = 0, 0, 0, c.text[:0], c.targets[:0], 0
		if c.estimator != nil {
			c.estimator.Reset()
		}
	}
	for i, o := range f.outputs {
		if o.function.kind() != percentile {
			continue
		}
		n := f.record.Numbers[o.index].Count
		if n == 0 {
			continue
		}
		c := &f.columns[o.values]
		if !o.interpolate {
			c.targets = append(c.targets, target{rank: int64(o.percent.Rank(uint64(n))), output: i})
			continue
		}
		rank, rest := o.percent.Between(uint64(n))
		c.targets = append(c.targets, target{rank: int64(rank), output: i})
		if rest > 0 {
			c.targets = append(c.targets, target{rank: int64(rank) + 1, output: i, high: true})
		}
	}
	for i := range f.columns {
		slices.SortFunc(f.columns[i].targets, func(a, b target) int { return cmp.Compare(a.rank, b.rank) })
	}
}

// addValue adds a value to the present group.
func (f *folder) addValue(v *group.Value) {
	c := &f.columns[v.Which]
	if c.Distinct {
		c.values += v.Count
		return
	}
	c.values++
	if c.Number < 0 {
		better := v.Count > c.mode || v.Count == c.mode && bytes.Compare(v.Bytes, c.text) < 0
		if better && c.Place == group.Everywhere || c.values == 1 {
			c.mode, c.text = v.Count, append(c.text[:0], v.Bytes...)
		}
		return
	}
	if c.estimator != nil {
		code, _ := v.Number(0).Int64()
		c.estimator.Add(code)
		return
	}
	c.rows += v.Count
	for c.next < len(c.targets) && c.targets[c.next].rank <= c.rows {
		t := c.targets[c.next]
		number := integerFromWords(v.Number(f.scale(c.Number)))
		if r := &f.results[t.output]; t.high {
			r.high = number
		} else {
			r.low = number
		}
		c.next++
	}
}

// textBytes returns the length of the texts of the present group.
func (f *folder) textBytes() int {
	n := 0
	for i, o := range f.outputs {
		if o.function.kind().isText() {
			n += len(f.results[i].text)
		}
	}
	return n
}
