package main

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"onebrc/cmd/internal/cli"
	"onebrc/engine"
)

// named and at return columns.
func named(name string) engine.Column   { return engine.Column{Name: name} }
func at(position int) engine.Column     { return engine.Column{Position: position} }
func of(c engine.Column) *engine.Column { return &c }

func TestParseColumns(t *testing.T) {
	for list, want := range map[string][]engine.Column{
		"city": {named("city")}, "city,day": {named("city"), named("day")}, " city\t, a day ": {named("city"), named("a day")},
		"1": {at(1)}, "007": {at(7)}, "65537": {at(65537)}, "2-4": {at(2), at(3), at(4)}, "3-3": {at(3)},
		"a,2-3,b": {named("a"), at(2), at(3), named("b")}, `"1"`: {named("1")}, `"2-4"`: {named("2-4")},
		`"a,b" , "c""d"`: {named("a,b"), named(`c"d`)}, `""`: {named("")}, `""""`: {named(`"`)}, `" a "`: {named(" a ")},
		"-1": {named("-1")}, "1.5": {named("1.5")}, "2-": {named("2-")}, "1-2-3": {named("1-2-3")}, "mean(x)": {named("mean(x)")},
		"ü\xff": {named("ü\xff")}, "a\nb": {named("a\nb")}, "x,x": {named("x"), named("x")},
	} {
		got, err := parseColumns(list)
		require.NoError(t, err, "%q", list)
		require.Equal(t, want, got, "%q", list)
	}
	for list, want := range map[string]string{
		"":                     `a column is missing, at character 1 of ""`,
		"a,":                   `a column is missing, at character 3 of "a,"`,
		"ü,,b":                 `a column is missing, at character 3 of "ü,,b"`,
		"  ":                   `a column is missing, at character 3 of "  "`,
		"a,0":                  `positions of columns are from 1 to 65537, at character 3 of "a,0"`,
		"65538":                `positions of columns are from 1 to 65537, at character 1 of "65538"`,
		"1-99999":              `positions of columns are from 1 to 65537, at character 3 of "1-99999"`,
		"99999999999999999999": `positions of columns are from 1 to 65537, at character 1 of "99999999999999999999"`,
		"4-2":                  `the range 4-2 ends before it begins, at character 1 of "4-2"`,
		`a,"b`:                 `the quote does not end, at character 3 of "a,\"b"`,
		`"b""`:                 `the quote does not end, at character 1 of "\"b\"\""`,
		`"a"b`:                 `expected a comma, at character 4 of "\"a\"b"`,
		`5" pipe`:              `put quotes around all of a name that contains a quote, and double the quote, at character 2 of "5\" pipe"`,
	} {
		got, err := parseColumns(list)
		require.Nil(t, got, "%q", list)
		require.EqualError(t, err, want)
	}
}

func TestParseAggregates(t *testing.T) {
	for list, want := range map[string][]engine.Aggregation{
		"count":                {{Func: "count"}},
		" count , count ( x )": {{Func: "count"}, {Func: "count", Of: of(named("x"))}},
		"sum(a),min(b),max(c),mean(d),var(e),stddev(f)": {
			{Func: "sum", Of: of(named("a"))}, {Func: "min", Of: of(named("b"))}, {Func: "max", Of: of(named("c"))},
			{Func: "mean", Of: of(named("d"))}, {Func: "var", Of: of(named("e"))}, {Func: "stddev", Of: of(named("f"))},
		},
		"min(2)": {{Func: "min", Of: of(at(2))}}, `min("2")`: {{Func: "min", Of: of(named("2"))}}, "min(2-2)": {{Func: "min", Of: of(at(2))}},
		"mean(a b) as my mean ,count": {{Func: "mean", Of: of(named("a b")), As: "my mean"}, {Func: "count"}},
		`count as"a,b"`:               {{Func: "count", As: "a,b"}}, "count as 1": {{Func: "count", As: "1"}},
		"count as as": {{Func: "count", As: "as"}}, "count as f(x)": {{Func: "count", As: "f(x)"}},
		"sum(sum(a))": {{Func: "sum", Of: of(named("sum(a)"))}}, "sum(a (b) )": {{Func: "sum", Of: of(named("a (b)"))}},
		`sum("a)(,")`: {{Func: "sum", Of: of(named("a)(,"))}}, "sum(a)as b": {{Func: "sum", Of: of(named("a")), As: "b"}},
		`count("")`: {{Func: "count", Of: of(named(""))}},
	} {
		got, err := parseAggregates(list)
		require.NoError(t, err, "%q", list)
		require.Equal(t, want, got, "%q", list)
	}
	for list, want := range map[string]string{
		"":            `a function is missing, at character 1 of ""`,
		"count,":      `a function is missing, at character 7 of "count,"`,
		"(x)":         `a function is missing, at character 1 of "(x)"`,
		"avg(x)":      `unknown function "avg"; there are: count, sum, min, max, mean, var, stddev, median, distinct, mode, first, last, any, and percentiles such as p99.9, at character 1 of "avg(x)"`,
		"sum(x),Min":  `unknown function "Min"; there are: count, sum, min, max, mean, var, stddev, median, distinct, mode, first, last, any, and percentiles such as p99.9, at character 8 of "sum(x),Min"`,
		"sum":         `sum needs a column, such as sum(price), at character 4 of "sum"`,
		"sum as x":    `sum needs a column, such as sum(price), at character 5 of "sum as x"`,
		"sum()":       `a column is missing, at character 5 of "sum()"`,
		"sum(x":       `a closing parenthesis is missing, at character 6 of "sum(x"`,
		"sum(a(b)":    `a closing parenthesis is missing, at character 9 of "sum(a(b)"`,
		"sum(a,b)":    `sum has one column; put quotes around a name with a comma, at character 6 of "sum(a,b)"`,
		"sum(2-4)":    `sum has one column, not a range, at character 5 of "sum(2-4)"`,
		"sum(0)":      `positions of columns are from 1 to 65537, at character 5 of "sum(0)"`,
		`sum("a)`:     `the quote does not end, at character 5 of "sum(\"a)"`,
		`sum("a"b)`:   `a closing parenthesis is missing, at character 8 of "sum(\"a\"b)"`,
		"count as":    `expected a comma or as NAME, at character 7 of "count as"`,
		"count as ,":  `a name is missing, at character 10 of "count as ,"`,
		`count as ""`: `the name of a result must not be empty, at character 10 of "count as \"\""`,
		"count x":     `expected a comma or as NAME, at character 7 of "count x"`,
		"sum(x) AS y": `expected a comma or as NAME, at character 8 of "sum(x) AS y"`,
		"count assum": `expected a comma or as NAME, at character 7 of "count assum"`,
	} {
		got, err := parseAggregates(list)
		require.Nil(t, got, "%q", list)
		require.EqualError(t, err, want)
	}
}

// quotedName writes a name so that it is only a name.
func quotedName(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

// columnText and aggregateText write what the parsers read.
func columnText(c engine.Column) string {
	if c.Position > 0 {
		return fmt.Sprint(c.Position)
	}
	return quotedName(c.Name)
}

func aggregateText(a engine.Aggregation) string {
	text := string(a.Func)
	if a.Of != nil {
		text += "(" + columnText(*a.Of) + ")"
	}
	if a.As != "" {
		text += " as " + quotedName(a.As)
	}
	return text
}

// FuzzColumns parses a list, and writes and parses the result again.
func FuzzColumns(f *testing.F) {
	for _, list := range []string{"a,b", "1,2-4", `"a,""b" , c`, "4-2", "0", `a"`, `"`, ",", "\xff,é", "1-65537"} {
		f.Add(list)
	}
	f.Fuzz(func(t *testing.T, list string) {
		columns, err := parseColumns(list)
		if err != nil {
			requireSyntaxError(t, err, list)
			return
		}
		require.NotEmpty(t, columns)
		var texts []string
		for _, c := range columns {
			require.True(t, c.Position == 0 || c.Name == "" && c.Position <= maxPosition, "%v", c)
			texts = append(texts, columnText(c))
		}
		again, err := parseColumns(strings.Join(texts, ","))
		require.NoError(t, err)
		require.Equal(t, columns, again)
	})
}

// FuzzAggregates parses a list, and writes and parses the result again.
func FuzzAggregates(f *testing.F) {
	for _, list := range []string{
		"count", "count,mean(temp) as m", `sum("a)""b")as"x,y"`, "min(2) as 2", "sum(f(x))", "sum(2-4)", "avg(x)", "sum(", "p99.9(x), p0(2)", "p101(x)", "p1.(x)", "mode(x) as m", "count as ", "\xff", "count(é",
	} {
		f.Add(list)
	}
	f.Fuzz(func(t *testing.T, list string) {
		aggregates, err := parseAggregates(list)
		if err != nil {
			requireSyntaxError(t, err, list)
			return
		}
		require.NotEmpty(t, aggregates)
		var texts []string
		for _, a := range aggregates {
			require.NoError(t, a.Func.Check())
			require.True(t, a.Of != nil || a.Func == engine.FuncCount)
			texts = append(texts, aggregateText(a))
		}
		again, err := parseAggregates(strings.Join(texts, ","))
		require.NoError(t, err)
		require.Equal(t, aggregates, again)
	})
}

// requireSyntaxError checks that an error is about a place in the list.
func requireSyntaxError(t *testing.T, err error, list string) {
	t.Helper()
	var syntax *syntaxError
	require.ErrorAs(t, err, &syntax)
	require.Equal(t, list, syntax.list)
	require.LessOrEqual(t, syntax.at, len(list))
	require.NotContains(t, err.Error(), "\n")
}

// TestSortColumn names output columns in each way.
func TestSortColumn(t *testing.T) {
	q := engine.Query{
		By: []engine.Column{named("city"), at(3), named("a,b")},
		Aggregates: []engine.Aggregation{
			{Func: "count"}, {Func: "mean", Of: of(at(2)), As: "m"}, {Func: "max", Of: of(named("x, y"))}, {Func: "min", Of: of(at(2)), As: "m"},
		},
	}
	names := []string{"city", "day", "a,b", "count", "m", "max(x, y)", "m"}
	for text, want := range map[string]int{
		"city": 0, "day": 1, "3": 1, `"a,b"`: 2, "a,b": 2, "count": 3, "mean(2)": 4, `max("x, y")`: 5, "max(x, y)": 5, "min( 2 )": 6, `"city"`: 0,
	} {
		got, err := sortColumn(text, q, names)
		require.NoError(t, err, text)
		require.Equal(t, want, got, text)
	}
	for text, want := range map[string]string{
		"m": `--sort: "m" is ambiguous: it is the name of output columns 5 and 7; rename one in --agg with as NAME`,
		"2": `--sort: no output column "2"; there are: city, day, "a,b", count, m, "max(x, y)", m`, `"3"`: `--sort: no output column "3"; there are: city, day, "a,b", count, m, "max(x, y)", m`,
		"mean(3)": `--sort: no output column "mean(3)"; there are: city, day, "a,b", count, m, "max(x, y)", m`,
	} {
		_, err := sortColumn(text, q, names)
		require.EqualError(t, err, want)
	}
}

func TestParseParts(t *testing.T) {
	part := func(part engine.TimePart, c engine.Column, unit engine.TimeUnit) engine.Column {
		c.Part, c.Unit = part, unit
		return c
	}
	for list, want := range map[string][]engine.Column{
		"year(ts)": {part("year", named("ts"), "")}, " month ( a b , ms ) , x": {part("month", named("a b"), "ms"), named("x")},
		"2,day(3,s),hour(3,us)": {at(2), part("day", at(3), "s"), part("hour", at(3), "us")}, `minute("3",ns)`: {part("minute", named("3"), "ns")},
		`weekday("a,b)")`: {part("weekday", named("a,b)"), "")}, `"year(ts)"`: {named("year(ts)")}, "years(ts)": {named("years(ts)")},
		"year": {named("year")}, "Year(ts)": {named("Year(ts)")}, "year(f(x),s)": {part("year", named("f(x)"), "s")}, "day(2-2)": {part("day", at(2), "")},
	} {
		got, err := parseColumns(list)
		require.NoError(t, err, "%q", list)
		require.Equal(t, want, got, "%q", list)
	}
	for list, want := range map[string]string{
		"year()":          `a column is missing, at character 6 of "year()"`,
		"x,year(ts":       `a closing parenthesis is missing, at character 10 of "x,year(ts"`,
		"year(ts,h)":      `unknown unit "h", not one of s, ms, us, ns, at character 9 of "year(ts,h)"`,
		"year(ts,)":       `unknown unit "", not one of s, ms, us, ns, at character 9 of "year(ts,)"`,
		"year(ts,s,s)":    `a closing parenthesis is missing, at character 10 of "year(ts,s,s)"`,
		"month(1-2,s)":    `month has one column, not a range, at character 7 of "month(1-2,s)"`,
		"month(ts,s) day": `expected a comma, at character 13 of "month(ts,s) day"`,
		"day(0)":          `positions of columns are from 1 to 65537, at character 5 of "day(0)"`,
	} {
		got, err := parseColumns(list)
		require.Nil(t, got, "%q", list)
		require.EqualError(t, err, want)
	}
}

// FuzzParseColumns checks that columns that are written in full are the same ones.
func FuzzParseColumns(f *testing.F) {
	for _, list := range []string{"a,b", `1,2-4,"x""y"`, "month(ts, ms),day(3)", "year(", "a b (c,d)", `hour("a,b)",ns),`} {
		f.Add(list)
	}
	f.Fuzz(func(t *testing.T, list string) {
		columns, err := parseColumns(list)
		if err != nil {
			var place *syntaxError
			require.ErrorAs(t, err, &place)
			require.True(t, 0 <= place.at && place.at <= len(list))
			return
		}
		if len(columns) > 1000 {
			return // a long range
		}
		var texts []string
		for _, c := range columns {
			text := `"` + strings.ReplaceAll(c.Name, `"`, `""`) + `"`
			if c.Position > 0 {
				text = fmt.Sprint(c.Position)
			}
			if c.Unit != "" {
				text += "," + string(c.Unit)
			}
			if c.Part != "" {
				text = string(c.Part) + "(" + text + ")"
			}
			texts = append(texts, text)
		}
		again, err := parseColumns(strings.Join(texts, ","))
		require.NoError(t, err, "%q", texts)
		require.Equal(t, columns, again)
	})
}

// TestGroupTimes groups by parts of times. The last row of each input is bad.
func TestGroupTimes(t *testing.T) {
	seconds := "ts,x\n1782864000,1\n1782860399,2\n-1,4\n,8\n1782864000.5,16\n"
	for _, test := range []struct {
		by, zone, want string
	}{
		{"year(ts,s)", "UTC", "year(ts),sum(x)\n,8\n1969,4\n2026,19\n"},
		{"month(ts,s)", "UTC", "month(ts),sum(x)\n,8\n1969-12,4\n2026-06,2\n2026-07,17\n"},
		{"month(ts,s)", "Europe/Berlin", "month(ts),sum(x)\n,8\n1970-01,4\n2026-07,19\n"},
		{"day(1,s)", "America/New_York", "day(ts),sum(x)\n,8\n1969-12-31,4\n2026-06-30,19\n"},
		{"weekday(ts,s)", "UTC", "weekday(ts),sum(x)\n,8\n2,2\n3,21\n"},
		{"minute(ts,s)", "Asia/Kathmandu", "minute(ts),sum(x)\n,8\n1970-01-01T05:29,4\n2026-07-01T04:44,2\n2026-07-01T05:45,17\n"},
		{"hour(ts,ms)", "UTC", "hour(ts),sum(x)\n,8\n1969-12-31T23,4\n1970-01-21T15,19\n"},
	} {
		args := []string{"-g", test.by, "--tz", test.zone, "-a", "sum(x)"}
		require.Equal(t, success(test.want), group(t, seconds, args...), "%s, %s", test.by, test.zone)
		got := group(t, seconds+"2026-07-01,32\n", args...)
		require.Equal(t, "1brc group: stdin:7: byte 55: bad-time: \"2026-07-01,32\"\n", got.stderr)
		require.Equal(t, cli.Failure, got.code)
	}
	texts := "x,ts\n1,2026-10-25T00:30:00Z\n2,2026-10-25 03:30:59.9+02:00\n4,2026-10-25T02:10\n8,2026-10-25\n"
	require.Equal(t, success("hour(ts),sum(x)\n2026-10-25T00,8\n2026-10-25T02,7\n"), group(t, texts, "-g", "hour(ts)", "-a", "sum(x)", "--tz", "Europe/Berlin"))
	require.Equal(t, success("x,year(ts),count\n1,2026,1\n2,2026,1\n4,2026,1\n8,2026,1\n"), group(t, texts, "-g", "x,year(ts)"))
	require.Equal(t, success("year(ts),count\n2026,4\n"), group(t, texts, "-g", "year(ts)", "--sort", "-year(ts)"))
	require.Equal(t, "1brc group: stdin:2: byte 5: bad-time: \"1,2026-10-25T00:30:00Z\"\n", group(t, texts, "-g", "hour(ts,s)").stderr)
	got := group(t, texts, "-g", "hour(ts)", "--tz", "Europe/Nowhere")
	require.Equal(t, cli.Usage, got.code)
	require.Contains(t, got.stderr, `1brc group: --tz: unknown time zone "Europe/Nowhere"; UTC and Europe/Berlin are examples of known ones`)
}
