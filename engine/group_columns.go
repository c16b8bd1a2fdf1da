package engine

import (
	"slices"
	"strconv"

	"onebrc/engine/internal/group"
	"onebrc/engine/internal/percent"
	"onebrc/engine/internal/sketch"
)

// header is what GroupBy knows about the columns of its inputs.
type header struct {
	names   []string // nil if the query has NoHeader
	columns int
}

// selection is a query whose columns are resolved to fields, which count from 0.
type selection struct {
	columns []string       // names of the output columns
	keys    []int          // fields, in the order of the query
	numbers []group.Number // distinct fields whose values are numbers
	present []int          // other distinct fields, whose values are only counted
	values  []group.Values // distinct columns whose values are counted one by one
	outputs []output       // one for each aggregation
	filter  *group.Filter  // nil if all rows count
	inputs  *inputNames    // nil if no key is the input
}

// output is an aggregate.
type output struct {
	function Func
	// index is that of the column in numbers, or in present if present is set, or
	// -1 if the aggregate counts rows.
	index   int
	present bool

	values      int // index in selection.values, if the kind of function has values
	percent     percent.Percent
	interpolate bool
	approx      bool            // the values are codes
	buckets     *sketch.Buckets // of an approximate percentile
}

// resolve finds the columns of a query, which must pass Check, in the header. The
// error is an *UnknownColumnError or an *AmbiguousColumnError.
func (q Query) resolve(h header) (*selection, error) {
	s := new(selection)
	for _, c := range q.By {
		if c.Input {
			s.keys = append(s.keys, 0) // any field will do
			s.columns = append(s.columns, InputColumn)
			continue
		}
		field, err := h.find(c)
		if err != nil {
			return nil, err
		}
		s.keys = append(s.keys, field)
		name := h.name(field)
		if c.Part != "" {
			name = string(c.Part) + "(" + name + ")"
		}
		s.columns = append(s.columns, name)
	}
	aggregates := q.Aggregates
	if len(aggregates) == 0 {
		aggregates = []Aggregation{{Func: FuncCount}}
	}
	fields := make([]int, len(aggregates))
	number := map[int]int{} // from fields to indexes in s.numbers
	for i, a := range aggregates {
		name := string(a.Func)
		if a.Of != nil {
			field, err := h.find(*a.Of)
			if err != nil {
				return nil, err
			}
			fields[i] = field
			name += "(" + h.name(field) + ")" + q.ApproxLabel(a.Func)
			if kind := a.Func.kind(); kind == moments || kind == percentile && q.Approx == 0 {
				s.need(number, field, a.Func)
			}
		}
		if a.As != "" {
			name = a.As
		}
		s.columns = append(s.columns, name)
	}
	if q.Where != nil {
		var err error
		if s.filter, err = q.Where.resolve(q, h); err != nil {
			return nil, err
		}
	}
	s.outputs = make([]output, len(aggregates))
	present := map[int]int{}
	codes := q.codes()
	for i, a := range aggregates {
		s.outputs[i] = output{function: a.Func, index: -1}
		if a.Of == nil {
			continue
		}
		var found bool
		kind := a.Func.kind()
		if q.Approx != 0 && a.Func.canApprox() {
			s.approximate(&s.outputs[i], codes[kind], fields[i])
			continue
		}
		if kind.hasValues() && kind != percentile {
			hasMode := false
			for k, other := range aggregates {
				hasMode = hasMode || other.Func == FuncMode && fields[k] == fields[i]
			}
			s.outputs[i].values = s.needValues(group.Values{
				Field: fields[i], Number: -1, Place: kind.place(), Distinct: kind == different && !hasMode,
			})
			continue
		}
		if s.outputs[i].index, found = number[fields[i]]; found {
			if kind == percentile {
				s.outputs[i].values = s.needValues(group.Values{Field: fields[i], Number: s.outputs[i].index})
				s.outputs[i].percent, _ = a.Func.percent()
				s.outputs[i].interpolate = q.Interpolate
			}
			continue
		}
		index, found := present[fields[i]]
		if !found {
			index = len(s.present)
			present[fields[i]] = index
			s.present = append(s.present, fields[i])
		}
		s.outputs[i].index, s.outputs[i].present = index, true
	}
	return s, nil
}

// need adds what a function needs of a field to s.numbers.
func (s *selection) need(number map[int]int, field int, f Func) {
	i, found := number[field]
	if !found {
		i = len(s.numbers)
		number[field] = i
		s.numbers = append(s.numbers, group.Number{Field: field})
	}
	n := &s.numbers[i]
	if f.kind() == percentile {
		return
	}
	switch f {
	case FuncMin:
		n.Min = true
	case FuncMax:
		n.Max = true
	case FuncVar, FuncStddev:
		n.Squares, n.Sum = true, true
	default:
		n.Sum = true
	}
}

// codes returns what is counted instead of the values of a column with Approx, without the
// field, for each kind that there is.
func (q Query) codes() map[kind]group.Number {
	if q.Approx == 0 {
		return nil
	}
	return map[kind]group.Number{
		percentile: {Buckets: sketch.NewBuckets(q.Approx)},
		different:  {Registers: sketch.NewRegisters(q.Approx)},
	}
}

// approximate makes o, of which the function is set, the result of codes of a field.
func (s *selection) approximate(o *output, codes group.Number, field int) {
	codes.Field = field
	o.index = slices.Index(s.numbers, codes)
	if o.index < 0 {
		o.index = len(s.numbers)
		s.numbers = append(s.numbers, codes)
	}
	o.values = s.needValues(group.Values{Field: field, Number: o.index})
	o.approx, o.buckets = true, codes.Buckets
	if o.function.kind() == percentile {
		o.percent, _ = o.function.percent()
	}
}

// needValues returns the index of v in s.values, to which it adds v if it is not there.
func (s *selection) needValues(v group.Values) int {
	i := slices.Index(s.values, v)
	if i < 0 {
		i = len(s.values)
		s.values = append(s.values, v)
	}
	return i
}

// find returns the field of a column.
func (h header) find(c Column) (int, error) {
	if c.Position > 0 {
		if c.Position > h.columns {
			return 0, &UnknownColumnError{Column: c, Header: h.names, Columns: h.columns}
		}
		return c.Position - 1, nil
	}
	var positions []int
	for i, name := range h.names {
		if name == c.Name {
			positions = append(positions, i+1)
		}
	}
	switch len(positions) {
	case 0:
		return 0, &UnknownColumnError{Column: c, Header: h.names, Columns: h.columns}
	case 1:
		return positions[0] - 1, nil
	}
	return 0, &AmbiguousColumnError{Name: c.Name, Positions: positions}
}

// name returns the name of a field: that in the header, or else its position.
func (h header) name(field int) string {
	if h.names == nil {
		return strconv.Itoa(field + 1)
	}
	return h.names[field]
}
