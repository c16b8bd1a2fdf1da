package main

import (
	"strings"

	"onebrc/engine"
)

// parseCondition parses a condition such as `city = Oslo and not (temp < 5 or temp > 20)`:
//
//	condition  = all { "or" all }
//	all        = part { "and" part }
//	part       = "not" part | "(" condition ")" | column operator value
//	operator   = "=" | "!=" | "<" | "<=" | ">" | ">=" | "~"
//
// A column is a name or a position as in parseColumns. A value may be any text in quotes,
// in which a quote is doubled. It then is no number. Without quotes, a column or a value
// goes up to an operator, a closing parenthesis that it has not opened, and, or or, and
// has no quotes. "and", "or" and "not" are words of small or of capital letters.
func parseCondition(text string) (engine.Condition, error) {
	s := scanner{text: text}
	c, err := s.anyOf()
	if err != nil {
		return nil, err
	}
	if s.rest() != "" {
		return nil, s.fail(s.at, "expected and, or, or the end of the condition")
	}
	return c, nil
}

// operatorBytes are the bytes of operators.
const operatorBytes = "=!<>~"

// anyOf reads conditions with "or" between them.
func (s *scanner) anyOf() (engine.Condition, error) {
	parts, err := s.parts("or", s.allOf)
	if len(parts) == 1 {
		return parts[0], err
	}
	return engine.Or(parts), err
}

// allOf reads conditions with "and" between them.
func (s *scanner) allOf() (engine.Condition, error) {
	parts, err := s.parts("and", s.part)
	if len(parts) == 1 {
		return parts[0], err
	}
	return engine.And(parts), err
}

// parts reads conditions with a word between them.
func (s *scanner) parts(word string, read func() (engine.Condition, error)) (parts []engine.Condition, err error) {
	for {
		part, err := read()
		if err != nil {
			return nil, err
		}
		parts = append(parts, part)
		if !s.word(word) {
			return parts, nil
		}
	}
}

// word skips a word and the spaces before it, and reports whether it is there.
func (s *scanner) word(word string) bool {
	if !beginsWith(s.rest(), word) {
		return false
	}
	s.at += len(word)
	return true
}

// beginsWith reports whether text begins with a word in small or in capital letters.
func beginsWith(text, word string) bool {
	if !strings.HasPrefix(text, word) && !strings.HasPrefix(text, strings.ToUpper(word)) {
		return false
	}
	return len(text) == len(word) || strings.IndexByte(spaces+`("`, text[len(word)]) >= 0
}

// part reads a condition without "and" and "or" outside parentheses.
func (s *scanner) part() (engine.Condition, error) {
	if s.word("not") {
		c, err := s.part()
		return engine.Not{Condition: c}, err
	}
	if !s.accept('(') {
		return s.comparison()
	}
	c, err := s.anyOf()
	if err == nil && !s.accept(')') {
		err = s.fail(s.at, "expected and, or, or a closing parenthesis")
	}
	return c, err
}

// comparison reads a column, an operator and a value.
func (s *scanner) comparison() (engine.Condition, error) {
	s.rest()
	start := s.at
	name, quoted, err := s.nameUpTo(plainOperand, "a column")
	if err != nil {
		return nil, err
	}
	column, last, err := s.columnsOf(start, name, quoted)
	if err == nil && last > column.Position {
		err = s.fail(start, "a comparison has one column, not a range")
	}
	if err != nil {
		return nil, err
	}
	c := engine.Comparison{Column: column}
	if c.Op, err = s.operator(); err != nil {
		return nil, err
	}
	s.rest()
	start = s.at
	c.Value, c.Text, err = s.nameUpTo(plainOperand, `a value, which may be "",`)
	if err == nil && !c.Text && strings.Count(c.Value, "(") > strings.Count(c.Value, ")") {
		err = s.fail(start, "put quotes around a value that opens a parenthesis and does not close it")
	}
	return c, err
}

// operator reads an operator.
func (s *scanner) operator() (engine.Op, error) {
	rest := s.rest()
	text := rest[:len(rest)-len(strings.TrimLeft(rest, operatorBytes))]
	for _, op := range engine.Ops() {
		if text == string(op) {
			s.at += len(text)
			return op, nil
		}
	}
	return "", s.fail(s.at, "expected one of %s", strings.ReplaceAll(list(engine.Ops()), ",", ""))
}

// plainOperand returns where a column or a value without quotes at the start of text ends.
func plainOperand(text string) int {
	end := plainEnd(text, operatorBytes+")")
	for i := range end {
		if i > 0 && strings.IndexByte(spaces+")", text[i-1]) < 0 {
			continue
		}
		if rest := text[i:]; beginsWith(rest, "and") || beginsWith(rest, "or") {
			return i
		}
	}
	return end
}
