package engine

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"onebrc/engine/internal/group"
	"onebrc/engine/internal/sketch"
)

// Query says how GroupBy reads rows, which of them it groups, and what it computes.
// The zero value counts the rows of comma-separated values with a header.
type Query struct {
	// By are the columns of the key: rows with the same contents in all of them
	// are one group. None means one group of all rows.
	By []Column
	// Where says which rows count; nil means all. The number of fields and the quotes
	// of every row are checked, but numbers and times only of those that count.
	Where Condition
	// Aggregates are computed for each group. None means the number of rows.
	Aggregates []Aggregation
	// Delimiter is the byte between fields; 0 means a comma.
	Delimiter byte
	// Quote is the byte around fields that hold delimiters, line feeds or quotes;
	// 0 means ". See RFC 4180.
	Quote byte
	// NoQuote means that no byte is a quote.
	NoQuote bool
	// NoHeader means that the first row of an input is a row like all others.
	// Columns are then known by position only.
	NoHeader bool
	// Null is the content of a field whose value is missing.
	Null string
	// Zone is where the clocks are that a Column with a Part is about; nil means UTC.
	Zone *time.Location
	// DecimalComma means that a comma separates the decimals of a number, instead
	// of a point.
	DecimalComma bool
	// Interpolate means that a percentile that is between two values is a number
	// between them: see [FuncMedian].
	Interpolate bool
	// Approx is a relative error, such as 0.01, that percentiles and FuncDistinct may have,
	// so that they need less memory. 0 means that they are exact. It is at most
	// [MaxApprox], and at least [MinApprox], or [MinApproxDistinct] with FuncDistinct.
	//
	// A percentile then differs from the exact one by less than this part of it. It is the
	// number with the fewest digits in a bucket of numbers which are that near to each
	// other. Of FuncDistinct, Approx bounds the standard error of a HyperLogLog sketch: the
	// result is nearer to the exact one in about two of three groups, and in nearly all
	// within three times as much. The order of the values does not matter.
	//
	// Names of output columns tell it, as in "p99(temp) ±1%", unless [Aggregation.As] names
	// them. FuncMode and all other results stay exact.
	Approx float64
}

const (
	// MinApprox and MaxApprox bound [Query.Approx].
	MinApprox = 0.00001
	MaxApprox = 0.5
)

// MinApproxDistinct is the least [Query.Approx] with [FuncDistinct], about 0.00203.
var MinApproxDistinct = sketch.MinError

// Column is a column of the input, by name or by position.
type Column struct {
	// Name is the content of the column's field in the header. It counts if
	// Position is 0.
	Name string
	// Position counts from 1.
	Position int
	// Part means a part of the time that the content is, in the Zone of the query. It
	// is allowed in [Query.By] only. A missing field is its own key, like any content,
	// and a content that is no time makes a row bad, with the reason
	// onebrc/parse/delimited.BadTime.
	//
	// An hour that clocks show twice, because they were put back, is one key.
	Part TimePart
	// Unit is that of numbers. "" means texts of ISO 8601 or RFC 3339, such as
	// 2026-11-27, 2026-11-27T18:05:59.5Z, 2026-11-27 18:05+01:00. A text without a zone
	// is what clocks show, wherever they are.
	Unit TimeUnit
	// Input means the name of the input that a row is from, instead of a column. It is
	// allowed in [Query.By] only, and the output column is called [InputColumn]. Inputs
	// with the same name are the same key.
	Input bool
}

// InputColumn is the name of an output column that has the names of inputs.
const InputColumn = "filename"

// Func is a function of the values of a column in a group.
type Func string

const (
	// FuncCount is the number of values, or of rows if there is no column.
	FuncCount Func = "count"
	// FuncSum, FuncMin and FuncMax are exact decimals.
	FuncSum Func = "sum"
	FuncMin Func = "min"
	FuncMax Func = "max"
	// FuncMean is the arithmetic mean.
	FuncMean Func = "mean"
	// FuncVar is the sample variance: the sum of the squared differences from the
	// mean, divided by the number of values minus 1.
	FuncVar Func = "var"
	// FuncStddev is the square root of FuncVar.
	FuncStddev Func = "stddev"
	// FuncMedian is the percentile p50. A percentile is a Func, too: "p" and a number
	// from 0 to 100, with at most 15 decimals, such as "p99.9". All are exact,
	// unless [Query.Approx] is set.
	//
	// With n values in ascending order, percentile p is the value at rank p/100*n,
	// rounded up, and at least 1: always one of the values, and of an even number of
	// them, the median is the lower one in the middle. With [Query.Interpolate] it is at
	// rank 1 + p/100*(n-1), linearly between two values if that is not an integer.
	FuncMedian Func = "median"
	// FuncDistinct is the number of different contents. They are compared as bytes: 1.0
	// and 1.00 differ.
	FuncDistinct Func = "distinct"
	// FuncMode is the content that most rows have, and of several such contents the
	// least one, byte by byte. It is a text.
	FuncMode Func = "mode"
	// FuncFirst and FuncLast are the contents in the first and the last row that has one,
	// in the order of the inputs and of their rows. They are texts.
	FuncFirst Func = "first"
	FuncLast  Func = "last"
	// FuncAny is any content. So that results can be compared, it is that of FuncFirst.
	FuncAny Func = "any"
)

// Funcs returns all functions but the percentiles, of which it returns FuncMedian.
func Funcs() []Func {
	return []Func{FuncCount, FuncSum, FuncMin, FuncMax, FuncMean, FuncVar, FuncStddev, FuncMedian, FuncDistinct, FuncMode, FuncFirst, FuncLast, FuncAny}
}

// Aggregation is a function and the column that it is computed of.
type Aggregation struct {
	Func Func
	// Of is the column. Only FuncCount can do without one: nil means that it
	// counts rows.
	Of *Column
	// As is the name of the result; "" means the canonical one, such as
	// "mean(temp)" or "count". Names of results need not be distinct.
	As string
}

// QueryError is the error of a query that is wrong for every input.
type QueryError struct {
	Problem string // such as `unknown function "avg"`
}

// Error returns the problem.
func (e *QueryError) Error() string { return e.Problem }

// UnknownColumnError is the error of a query for a column that the input does not
// have.
type UnknownColumnError struct {
	Column Column
	// Header are the names in the header, or nil if the query has NoHeader.
	Header []string
	// Columns is the number of columns of the input.
	Columns int
}

// Error returns a message such as `no column "tmep"; the header has: city, temp, day`.
func (e *UnknownColumnError) Error() string {
	switch {
	case e.Column.Position == 0:
		return fmt.Sprintf("no column %q; the header has: %s", e.Column.Name, listNames(e.Header))
	case e.Header == nil:
		return fmt.Sprintf("no column %d; the first row has %s", e.Column.Position, plural(e.Columns, "column"))
	}
	return fmt.Sprintf("no column %d; the header has %s: %s",
		e.Column.Position, plural(e.Columns, "column"), listNames(e.Header))
}

// AmbiguousColumnError is the error of a query for a name that several columns have.
type AmbiguousColumnError struct {
	Name      string
	Positions []int // of these columns, in ascending order
}

// Error returns a message such as `column "day" is ambiguous: it is in the header at
// positions 2, 5`.
func (e *AmbiguousColumnError) Error() string {
	positions := make([]string, len(e.Positions))
	for i, p := range e.Positions {
		positions[i] = strconv.Itoa(p)
	}
	return fmt.Sprintf("column %q is ambiguous: it is in the header at positions %s", e.Name, strings.Join(positions, ", "))
}

// Check returns the error of a query that is wrong for every input, a *[QueryError].
func (q Query) Check() error {
	wrong := func(format string, args ...any) error { return &QueryError{fmt.Sprintf(format, args...)} }
	delimiter, quote := q.delimiter(), q.quote()
	switch {
	case delimiter == '\n' || delimiter == '\r':
		return wrong("the delimiter must not end a line, got %q", delimiter)
	case q.NoQuote && q.Quote != 0:
		return wrong("there cannot be both a quote, %q, and none", q.Quote)
	case !q.NoQuote && (quote == '\n' || quote == '\r'):
		return wrong("the quote must not end a line, got %q", quote)
	case !q.NoQuote && quote == delimiter:
		return wrong("the quote and the delimiter must differ, got %q for both", quote)
	}
	for _, c := range q.By {
		if c.Input {
			if c != (Column{Input: true}) {
				return wrong("a Column with Input must have no other fields")
			}
			continue
		}
		err := c.checkTime()
		if c.Part, c.Unit = "", ""; err == nil {
			err = q.checkColumn(c)
		}
		if err != nil {
			return err
		}
	}
	if q.Where != nil {
		if err := q.Where.check(q); err != nil {
			return err
		}
	}
	values := map[valuesOf]bool{}
	for _, a := range q.Aggregates {
		if err := a.Func.Check(); err != nil {
			return err
		}
		if a.Of == nil {
			if a.Func != FuncCount {
				return wrong("%s needs a column", a.Func)
			}
			continue
		}
		if err := q.checkColumn(*a.Of); err != nil {
			return err
		}
		if kind := a.Func.kind(); kind.hasValues() {
			if kind == common {
				kind = different // they are computed of the same values
			}
			values[valuesOf{*a.Of, kind}] = true
		}
	}
	if err := q.checkApprox(); err != nil {
		return err
	}
	if len(values) > group.MaxValues {
		return wrong("medians, percentiles, distinct, mode, first, last and any need %d columns of values; at most %d are possible", len(values), group.MaxValues)
	}
	return nil
}

// checkApprox returns what is wrong with Approx.
func (q Query) checkApprox() error {
	canApprox := func(a Aggregation) bool { return a.Func.canApprox() }
	isDistinct := func(a Aggregation) bool { return a.Func == FuncDistinct }
	problem := ""
	switch {
	case q.Approx == 0:
		return nil
	case !(q.Approx >= MinApprox && q.Approx <= MaxApprox):
		problem = fmt.Sprintf("an error must be from %s to %s, got %s", percentText(MinApprox), percentText(MaxApprox), percentText(q.Approx))
	case q.Interpolate:
		problem = "percentiles cannot be both approximate and interpolated"
	case !slices.ContainsFunc(q.Aggregates, canApprox):
		problem = "only percentiles, median and distinct can be approximate, and there is none of them"
	case q.Approx < MinApproxDistinct && slices.ContainsFunc(q.Aggregates, isDistinct):
		problem = fmt.Sprintf("distinct has an error of at least %.6g%%, got %s", 100*MinApproxDistinct, percentText(q.Approx))
	default:
		return nil
	}
	return &QueryError{problem}
}

// percentText returns a part of 1 as a percentage, such as "1%".
func percentText(part float64) string {
	const digits = 12 // 100*0.07 is not 7
	return strconv.FormatFloat(100*part, 'g', digits, 64) + "%"
}

// ApproxLabel returns what is at the end of the canonical name of a result of f to tell its
// error, such as " ±1%", or "" if the result is exact.
func (q Query) ApproxLabel(f Func) string {
	if q.Approx == 0 || !f.canApprox() {
		return ""
	}
	return " ±" + percentText(q.Approx)
}

// valuesOf is a column of values for aggregates of a kind.
type valuesOf struct {
	column Column
	kind   kind
}

// checkColumn returns what is wrong with a column whatever the input.
func (q Query) checkColumn(c Column) error {
	problem := ""
	switch {
	case c.Input:
		problem = "only a key can be the name of the input"
	case c.Part != "" || c.Unit != "":
		problem = fmt.Sprintf("only a key can be a part of a time, got %s", c.Part)
	case c.Position < 0:
		problem = fmt.Sprintf("positions of columns count from 1, got %d", c.Position)
	case c.Position > 0 && c.Name != "":
		problem = fmt.Sprintf("a column has a name or a position, got both %q and %d", c.Name, c.Position)
	case c.Position == 0 && q.NoHeader:
		problem = fmt.Sprintf("columns have no names without a header, got %q; use a position", c.Name)
	default:
		return nil
	}
	return &QueryError{problem}
}

func (q Query) delimiter() byte { return cmp.Or(q.Delimiter, ',') }

// point returns the byte before the decimals of a number.
func (q Query) point() byte {
	if q.DecimalComma {
		return ','
	}
	return '.'
}

// quote returns the quote, which counts unless NoQuote is set.
func (q Query) quote() byte { return cmp.Or(q.Quote, '"') }

// listedBytes bounds the length of a list of names in an error.
const listedBytes = 1000

// listNames returns names as a list for an error. It quotes names that are not plain
// and leaves out what is too long.
func listNames(names []string) string {
	var list strings.Builder
	for i, name := range names {
		if name == "" || strings.Contains(name, ",") || strings.TrimSpace(name) != name || strconv.Quote(name) != `"`+name+`"` {
			name = strconv.Quote(name)
		}
		if i > 0 && list.Len()+len(name) > listedBytes {
			fmt.Fprintf(&list, ", and %d more", len(names)-i)
			break
		}
		if i > 0 {
			list.WriteString(", ")
		}
		list.WriteString(name[:min(len(name), listedBytes)])
	}
	return list.String()
}

// joined returns a list of names for an error.
func joined[T ~string](names []T) string {
	texts := make([]string, len(names))
	for i, name := range names {
		texts[i] = string(name)
	}
	return strings.Join(texts, ", ")
}

// plural returns such as "1 column" or "3 columns".
func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return strconv.Itoa(n) + " " + noun + "s"
}
