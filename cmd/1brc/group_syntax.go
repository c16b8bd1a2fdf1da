package main

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"onebrc/engine"
)

// maxPosition is the largest position of a column: a row has no more fields.
const maxPosition = engine.MaxBadRowBytes + 1

// parseColumns parses a comma-separated list of names, positions from 1, ranges of
// positions such as 2-4, and parts of times such as month(date) or month(3, ms). Spaces
// around them do not count. A name in quotes, where a quote is doubled, may be any text.
func parseColumns(list string) ([]engine.Column, error) {
	var columns []engine.Column
	s := scanner{text: list}
	for {
		first, last, err := s.key()
		if err != nil {
			return nil, err
		}
		columns = append(columns, first)
		for p := first.Position + 1; p <= last; p++ {
			columns = append(columns, engine.Column{Position: p})
		}
		more, err := s.next("a comma")
		if err != nil {
			return nil, err
		}
		if !more {
			return columns, nil
		}
	}
}

// parseAggregates parses a comma-separated list of aggregates such as "count" or
// "mean(temp) as average". A column is a name or a position as in parseColumns, and
// the name of the result may be quoted, too.
func parseAggregates(list string) ([]engine.Aggregation, error) {
	var aggregates []engine.Aggregation
	s := scanner{text: list}
	for {
		a, err := s.aggregate()
		if err != nil {
			return nil, err
		}
		aggregates = append(aggregates, a)
		more, err := s.next("a comma or as NAME")
		if err != nil {
			return nil, err
		}
		if !more {
			return aggregates, nil
		}
	}
}

// syntaxError is an error in a list.
type syntaxError struct {
	problem string
	list    string
	at      int // the byte of list where the problem is
}

// Error returns the problem and where it is. Characters count from 1.
func (e *syntaxError) Error() string {
	return fmt.Sprintf("%s, at character %d of %q", e.problem, utf8.RuneCountInString(e.list[:e.at])+1, e.list)
}

// spaces are the bytes that may be around the parts of a list.
const spaces = " \t\r\n"

// scanner reads a list.
type scanner struct {
	text string
	at   int // the next byte
}

// fail returns an error at a byte.
func (s *scanner) fail(at int, format string, args ...any) error {
	return &syntaxError{fmt.Sprintf(format, args...), s.text, at}
}

// rest returns what is left after spaces, which it skips.
func (s *scanner) rest() string {
	rest := strings.TrimLeft(s.text[s.at:], spaces)
	s.at = len(s.text) - len(rest)
	return rest
}

// accept skips c and the spaces before it, and reports whether it is there.
func (s *scanner) accept(c byte) bool {
	rest := s.rest()
	if rest == "" || rest[0] != c {
		return false
	}
	s.at++
	return true
}

// next skips the comma after an item. It returns false at the end of the list. wanted
// says what else could come instead of what is there.
func (s *scanner) next(wanted string) (more bool, err error) {
	switch {
	case s.accept(','):
		return true, nil
	case s.rest() != "":
		return false, s.fail(s.at, "expected %s", wanted)
	}
	return false, nil
}

// name reads a name: in quotes, or up to one of the bytes stops, without the spaces
// around it. what says what it is the name of.
func (s *scanner) name(stops, what string) (name string, quoted bool, err error) {
	return s.nameUpTo(func(text string) int { return plainEnd(text, stops) }, what)
}

// nameUpTo is name. plain returns where a name without quotes at the start of text ends.
func (s *scanner) nameUpTo(plain func(text string) int, what string) (name string, quoted bool, err error) {
	rest := s.rest()
	start := s.at
	if strings.HasPrefix(rest, `"`) {
		name, err = s.quoted()
		return name, true, err
	}
	rest = rest[:plain(rest)]
	s.at += len(rest)
	name = strings.TrimRight(rest, spaces)
	if name == "" {
		return "", false, s.fail(start, "%s is missing", what)
	}
	if quote := strings.IndexByte(name, '"'); quote >= 0 {
		return "", false, s.fail(start+quote, "put quotes around all of a name that contains a quote, and double the quote")
	}
	return name, false, nil
}

// plainEnd returns where a plain name at the start of text ends: before one of the bytes
// stops, but not before a parenthesis that closes one of the name.
func plainEnd(text, stops string) int {
	open := 0
	for i := range len(text) {
		switch c := text[i]; {
		case c == '(':
			open++
		case c == ')' && open > 0:
			open--
		case strings.IndexByte(stops, c) >= 0:
			return i
		}
	}
	return len(text)
}

// quoted reads a text in quotes.
func (s *scanner) quoted() (string, error) {
	var content strings.Builder
	start := s.at
	for s.at++; ; { // after the quote, or after the first of two
		end := strings.IndexByte(s.text[s.at:], '"')
		if end < 0 {
			return "", s.fail(start, "the quote does not end")
		}
		content.WriteString(s.text[s.at : s.at+end])
		s.at += end + 1
		if !strings.HasPrefix(s.text[s.at:], `"`) {
			return content.String(), nil
		}
		content.WriteByte('"')
		s.at++
	}
}

// key is columns for a list of keys: a column may be a part of a time.
func (s *scanner) key() (first engine.Column, last int, err error) {
	rest := s.rest()
	part := engine.TimePart(strings.TrimRight(rest[:max(strings.IndexByte(rest, '('), 0)], spaces))
	if !slices.Contains(engine.TimeParts(), part) {
		return s.columns(",")
	}
	s.at += len(part)
	s.accept('(')
	s.rest()
	start := s.at
	if first, last, err = s.columns("),"); err != nil {
		return first, 0, err
	}
	if last > first.Position {
		return first, 0, s.fail(start, "%s has one column, not a range", part)
	}
	if first.Part = part; s.accept(',') {
		rest = s.rest()
		start = s.at
		unit := rest[:plainEnd(rest, "),")]
		s.at += len(unit)
		if first.Unit = engine.TimeUnit(strings.TrimRight(unit, spaces)); !slices.Contains(engine.TimeUnits(), first.Unit) {
			return first, 0, s.fail(start, "unknown unit %q, not one of %s", first.Unit, list(engine.TimeUnits()))
		}
	}
	if !s.accept(')') {
		return first, 0, s.fail(s.at, "a closing parenthesis is missing")
	}
	return first, last, nil
}

// columns reads a column or a range of positions, of which it returns the first, and
// the position of the last one, which is 0 for a name.
func (s *scanner) columns(stops string) (first engine.Column, last int, err error) {
	s.rest()
	start := s.at
	name, quoted, err := s.name(stops, "a column")
	if err != nil {
		return first, 0, err
	}
	return s.columnsOf(start, name, quoted)
}

// columnsOf is columns for a name, which begins at the given byte.
func (s *scanner) columnsOf(start int, name string, quoted bool) (first engine.Column, last int, err error) {
	from, to, isRange := strings.Cut(name, "-")
	if quoted || !isDigits(from) || isRange && !isDigits(to) {
		return engine.Column{Name: name}, 0, nil
	}
	if first.Position, err = s.position(start, from); err != nil || !isRange {
		return first, first.Position, err
	}
	if last, err = s.position(start+len(from)+len("-"), to); err != nil {
		return first, 0, err
	}
	if last < first.Position {
		return first, 0, s.fail(start, "the range %s ends before it begins", name)
	}
	return first, last, nil
}

// isDigits reports whether text is a number without a sign.
func isDigits(text string) bool { return text != "" && strings.Trim(text, "0123456789") == "" }

// position parses digits, which are at the given byte.
func (s *scanner) position(at int, digits string) (int, error) {
	n, err := strconv.Atoi(digits)
	if err != nil || n < 1 || n > maxPosition {
		return 0, s.fail(at, "positions of columns are from 1 to %d", maxPosition)
	}
	return n, nil
}

// aggregate reads an aggregate.
func (s *scanner) aggregate() (a engine.Aggregation, err error) {
	rest := s.rest()
	start := s.at
	if end := strings.IndexAny(rest, `(),"`+spaces); end >= 0 {
		rest = rest[:end]
	}
	s.at += len(rest)
	if rest == "" {
		return a, s.fail(start, "a function is missing")
	}
	a.Func = engine.Func(rest)
	if err := a.Func.Check(); err != nil {
		return a, s.fail(start, "%v", err)
	}
	switch {
	case s.accept('('):
		if a.Of, err = s.argument(a.Func); err != nil {
			return a, err
		}
	case a.Func != engine.FuncCount:
		return a, s.fail(s.at, "%s needs a column, such as %s(price)", a.Func, a.Func)
	}
	if rest = s.rest(); strings.HasPrefix(rest, "as") && strings.IndexAny(rest, spaces+`"`) == len("as") {
		s.at += len("as")
		s.rest()
		start := s.at
		if a.As, _, err = s.name(",", "a name"); err == nil && a.As == "" {
			err = s.fail(start, "the name of a result must not be empty")
		}
	}
	return a, err
}

// argument reads the column of a function and the parenthesis after it.
func (s *scanner) argument(f engine.Func) (*engine.Column, error) {
	s.rest()
	start := s.at
	column, last, err := s.columns("),")
	if err != nil {
		return nil, err
	}
	if last > column.Position {
		return nil, s.fail(start, "%s has one column, not a range", f)
	}
	switch at := s.at; {
	case s.accept(')'):
		return &column, nil
	case s.accept(','):
		return nil, s.fail(at, "%s has one column; put quotes around a name with a comma", f)
	}
	return nil, s.fail(s.at, "a closing parenthesis is missing")
}
