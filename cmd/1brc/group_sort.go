package main

import (
	"fmt"
	"strconv"
	"strings"

	"onebrc/engine"
)

// outputNames returns the names of the output columns of a query, as far as they are
// known without the header. all reports whether they all are.
func outputNames(q engine.Query) (names []string, all bool) {
	all = true
	name := func(c engine.Column) string {
		if c.Position == 0 {
			return c.Name
		}
		all = all && q.NoHeader
		return strconv.Itoa(c.Position)
	}
	for _, c := range q.By {
		if c.Input {
			names = append(names, engine.InputColumn)
			continue
		}
		text := name(c)
		if c.Part != "" {
			text = string(c.Part) + "(" + text + ")"
		}
		names = append(names, text)
	}
	for _, a := range q.Aggregates {
		text := string(a.Func)
		if a.As != "" {
			text = a.As
		} else if a.Of != nil {
			text += "(" + name(*a.Of) + ")" + q.ApproxLabel(a.Func)
		}
		names = append(names, text)
	}
	return names, all
}

// sortColumn returns the output column that text names: by its name, or else as --by
// or --agg would. names are those of the output columns.
func sortColumn(text string, q engine.Query, names []string) (int, error) {
	name := text
	if s := (scanner{text: text}); strings.HasPrefix(text, `"`) {
		if unquoted, err := s.quoted(); err == nil && s.at == len(text) {
			name = unquoted
		}
	}
	found := indexes(names, func(n string) bool { return n == name })
	if columns, err := parseColumns(text); len(found) == 0 && err == nil && len(columns) == 1 {
		found = indexes(q.By, func(c engine.Column) bool { return c == columns[0] })
	}
	if aggregates, err := parseAggregates(text); len(found) == 0 && err == nil && len(aggregates) == 1 {
		want := aggregates[0]
		for _, i := range indexes(q.Aggregates, func(a engine.Aggregation) bool {
			return a.Func == want.Func && (a.Of == want.Of || a.Of != nil && want.Of != nil && *a.Of == *want.Of) && want.As == ""
		}) {
			found = append(found, len(q.By)+i)
		}
	}
	switch len(found) {
	case 0:
		return 0, fmt.Errorf("--sort: no output column %q; there are: %s", name, quotedList(names))
	case 1:
		return found[0], nil
	}
	return 0, fmt.Errorf("--sort: %q is ambiguous: it is the name of output columns %d and %d; rename one in --agg with as NAME",
		name, found[0]+1, found[1]+1)
}

// indexes returns the indexes of the elements of all that f accepts.
func indexes[T any](all []T, f func(T) bool) (found []int) {
	for i, element := range all {
		if f(element) {
			found = append(found, i)
		}
	}
	return found
}

// quotedList writes names for an error, and quotes those that are not plain.
func quotedList(names []string) string {
	texts := make([]string, len(names))
	for i, name := range names {
		texts[i] = printable(name)
		if strings.ContainsAny(name, ", ") {
			texts[i] = strconv.Quote(name)
		}
	}
	return strings.Join(texts, ", ")
}
