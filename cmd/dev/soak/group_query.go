//go:build linux

package main

import (
	"fmt"
	"math"
	"math/rand/v2"
	"regexp"
	"strings"
	"time"
	_ "time/tzdata" // the zones are the same on all machines

	"onebrc/engine"
	"onebrc/parse/oracle"
)

// zones have changes at odd times.
var zones = []string{"UTC", "UTC", "Europe/Berlin", "Australia/Lord_Howe", "Asia/Kathmandu", "Pacific/Apia", "America/St_Johns"}

// randomFunc returns one of functions, or a percentile instead of the median.
func randomFunc(r *rand.Rand, functions []engine.Func) engine.Func {
	f := pick(r, functions)
	if f != engine.FuncMedian || r.IntN(4) == 0 {
		return f
	}
	return pick(r, []engine.Func{"p0", "p1", "p25", "p90", "p99", "p99.9", "p100", engine.Func(fmt.Sprintf("p%d.%d", r.IntN(100), r.IntN(1000)))})
}

// clock is what the times of a column are like.
type clock struct {
	unit engine.TimeUnit
	form string // of texts
	from time.Time
	span time.Duration
	odd  int // one in so many is no time
}

func newClock(r *rand.Rand) *clock {
	return &clock{
		unit: pick(r, []engine.TimeUnit{"", "", "s", "s", "ms", "us", "ns"}),
		form: pick(r, []string{time.RFC3339, time.RFC3339Nano, time.DateOnly, time.DateTime, "2006-01-02T15:04", "2006-01-02 15:04:05-0700"}),
		from: pick(r, []time.Time{time.Unix(0, 0), time.Unix(1_767_225_600, 0), time.Unix(-2_500_000_000, 0)}),
		span: pick(r, []time.Duration{time.Hour, 50 * time.Hour, 400 * 24 * time.Hour, 150 * 365 * 24 * time.Hour}),
		odd:  pick(r, []int{10, 1000, math.MaxInt32, math.MaxInt32}),
	}
}

// text returns a time, or seldom what is none.
func (c *clock) text(r *rand.Rand) string {
	if r.IntN(c.odd) == 0 {
		return pick(r, []string{"", "x", "-1", "1e9", "2026-02-29", "2026-01-01T24:00", "99999999999999999999", "2024-02-29T23:59:59.9+23:59"})
	}
	t := c.from.Add(time.Duration(r.Int64N(int64(c.span)))).UTC()
	switch c.unit {
	case "s":
		return fmt.Sprint(t.Unix())
	case "ms":
		return fmt.Sprint(t.UnixMilli())
	case "us":
		return fmt.Sprint(t.UnixMicro())
	case "ns":
		return fmt.Sprint(t.UnixNano())
	}
	return t.Format(c.form)
}

// setZone sets where clocks are.
func (t *table) setZone(r *rand.Rand) {
	t.zone = pick(r, zones)
	location, err := time.LoadLocation(t.zone)
	if err != nil {
		panic(err) // all are in package tzdata
	}
	t.query.Zone = location
}

// groupByTime adds a part of the times in a column to the key.
func (t *table) groupByTime(r *rand.Rand, position int, unit engine.TimeUnit) {
	t.groupBy(r, position)
	last := len(t.query.By) - 1
	part := pick(r, engine.TimeParts())
	t.query.By[last].Part, t.query.By[last].Unit = part, unit
	t.plain.Times[last] = &oracle.GroupTime{Part: string(part), Unit: string(unit), Zone: t.query.Zone}
}

// groupByInput makes the name of the input the first column of the key.
func (t *table) groupByInput() {
	t.query.By = append(t.query.By, engine.Column{Input: true})
	t.plain.By, t.plain.Times = append(t.plain.By, 0), append(t.plain.Times, nil)
}

// where adds a condition. content returns a content that a column may have.
func (t *table) where(r *rand.Rand, content func(position int) string) {
	condition, plain, text := t.condition(r, 0, content)
	t.query.Where, t.plain.Where, t.conditions = condition, &plain, text
}

// condition returns a random condition in three forms.
func (t *table) condition(r *rand.Rand, depth int, content func(position int) string) (engine.Condition, oracle.GroupCondition, string) {
	kind := ""
	if depth < 3 {
		kind = pick(r, []string{"", "", "", "and", "or", "not"})
	}
	if kind == "" {
		return t.comparison(r, content)
	}
	parts := 1
	if kind != "not" {
		parts += r.IntN(3)
	}
	plain := oracle.GroupCondition{Op: kind}
	var all []engine.Condition
	var texts []string
	for range parts {
		c, p, text := t.condition(r, depth+1, content)
		all, plain.Parts, texts = append(all, c), append(plain.Parts, p), append(texts, "("+text+")")
	}
	switch kind {
	case "and":
		return engine.And(all), plain, strings.Join(texts, " and ")
	case "or":
		return engine.Or(all), plain, strings.Join(texts, " or ")
	}
	return engine.Not{Condition: all[0]}, plain, "not " + texts[0]
}

// bareNumber is a number that a condition may have without quotes.
var bareNumber = regexp.MustCompile(`\A[+-]?[0-9]+(?:[.,][0-9]+)?\z`)

// comparison returns a random comparison in three forms.
func (t *table) comparison(r *rand.Rand, content func(position int) string) (engine.Condition, oracle.GroupCondition, string) {
	position := 1 + r.IntN(len(t.names))
	value := content(position)
	switch r.IntN(6) {
	case 0:
		value = value[:r.IntN(len(value)+1)]
	case 1:
		value = pick(r, []string{"", "0", "-0", "5", "-1.5", "1e5", "100000000000000000000", t.query.Null})
	}
	value = strings.ReplaceAll(value, "\x00", "") // an argument of a program cannot have one
	op, column := pick(r, engine.Ops()), *t.column(r, position)
	isText := !bareNumber.MatchString(value) || r.IntN(6) == 0
	c := engine.Comparison{Column: column, Op: op, Value: value, Text: isText}
	plain := oracle.GroupCondition{Op: string(op), Column: position, Value: value, Text: isText}
	text := value
	if isText {
		text = quoted(value)
	}
	return c, plain, flagName(column) + " " + string(op) + " " + text
}

// quoted returns text in double quotes.
func quoted(text string) string { return `"` + strings.ReplaceAll(text, `"`, `""`) + `"` }
