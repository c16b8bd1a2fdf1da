package engine_test

import (
	"math/rand/v2"
	"strings"

	"onebrc/engine"
	"onebrc/parse/oracle"
)

// condition returns a random condition over columns, whose Column is that of column.
func (t *groupTrial) condition(r *rand.Rand, depth, columns int, column func(position int) engine.Column) (engine.Condition, *oracle.GroupCondition) {
	kind := "compare"
	if depth < 4 {
		kind = pick(r, "compare", "compare", "compare", "and", "or", "not")
	}
	parts := r.IntN(4)
	switch kind {
	case "compare":
		return t.comparison(r, columns, column)
	case "not":
		parts = 1
	}
	var all []engine.Condition
	c := &oracle.GroupCondition{Op: kind}
	for range parts {
		part, same := t.condition(r, depth+1, columns, column)
		all, c.Parts = append(all, part), append(c.Parts, *same)
	}
	switch kind {
	case "and":
		return engine.And(all), c
	case "or":
		return engine.Or(all), c
	}
	return engine.Not{Condition: all[0]}, c
}

// comparison returns a random comparison. Most values are like the contents of the
// column.
func (t *groupTrial) comparison(r *rand.Rand, columns int, column func(position int) engine.Column) (engine.Condition, *oracle.GroupCondition) {
	c := &oracle.GroupCondition{
		Op: string(pick(r, engine.Ops()...)), Column: 1 + r.IntN(columns), Text: oneIn(r, 6),
		Value: pick(r, "", "0", "-0", "5", "-1.5", "a", "b", "ab", "100000", "1e5", "9"+strings.Repeat("0", r.IntN(30)), "0.5", "-3,25", t.oracle.Null),
	}
	if !oneIn(r, 4) {
		sample := t.oracle
		sample.By, sample.Where, sample.Aggregates = []int{c.Column}, nil, nil
		if groups := sample.Run(t.inputs...).Groups; len(groups) > 0 {
			c.Value = pick(r, groups...).Key[0]
		}
	}
	switch point := string([]byte{t.oracle.Point}); {
	case oneIn(r, 8) && c.Value != "":
		c.Value = c.Value[:r.IntN(len(c.Value))]
	case oneIn(r, 8) && c.Value != "":
		c.Value = c.Value[r.IntN(len(c.Value)):]
	case oneIn(r, 8):
		c.Value = pick(r, "0", "+", "-", "-0") + c.Value
	case oneIn(r, 8):
		c.Value += pick(r, "0", point+"0", point+"5", "00000001", "x")
	}
	return engine.Comparison{Column: column(c.Column), Op: engine.Op(c.Op), Value: c.Value, Text: c.Text}, c
}
