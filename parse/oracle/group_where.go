package oracle

import (
	"bytes"
	"math/big"
	"regexp"
	"strings"
	"sync"
)

// GroupCondition is true for some rows.
type GroupCondition struct {
	// Op is "and" or "or" of any number of Parts, "not" of one, or an operator between
	// the content of Column and Value.
	Op     string
	Parts  []GroupCondition
	Column int
	Value  string
	Text   bool // Value is not a number
}

// anyNumber is the grammar of a number, with any number of digits.
var anyNumber = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`\A[+-]?[0-9]+(?:[.,][0-9]+)?\z`) })

// comparable reads a number of any size.
func (q GroupQuery) comparable(content string) (value *big.Rat, ok bool) {
	if !anyNumber().MatchString(content) || strings.ContainsAny(content, strings.Trim(".,", string(q.Point))) {
		return nil, false
	}
	return new(big.Rat).SetString(strings.Replace(content, ",", ".", 1))
}

// holds reports whether c is true for a row.
func (q GroupQuery) holds(c GroupCondition, fields []string) bool {
	trueParts := 0
	for _, part := range c.Parts {
		if q.holds(part, fields) {
			trueParts++
		}
	}
	switch c.Op {
	case "and":
		return trueParts == len(c.Parts)
	case "or":
		return trueParts > 0
	case "not":
		return trueParts == 0
	}
	content := fields[c.Column-1]
	if c.Op == "~" {
		return strings.Contains(content, c.Value)
	}
	order := bytes.Compare([]byte(content), []byte(c.Value))
	if !c.Text {
		number, ok := q.comparable(content)
		value, alsoOK := q.comparable(c.Value)
		if ok && alsoOK {
			order = number.Cmp(value)
		}
	}
	switch c.Op {
	case "=":
		return order == 0
	case "!=":
		return order != 0
	}
	if content == q.Null {
		return false
	}
	switch c.Op {
	case "<":
		return order < 0
	case "<=":
		return order <= 0
	case ">":
		return order > 0
	case ">=":
		return order >= 0
	}
	panic("oracle: operator " + c.Op)
}
