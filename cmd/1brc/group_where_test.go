package main

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"onebrc/cmd/internal/cli"
	"onebrc/engine"
)

// is returns a comparison.
func is(c engine.Column, op engine.Op, value string) engine.Comparison {
	return engine.Comparison{Column: c, Op: op, Value: value}
}

// isText is is for a value in quotes.
func isText(c engine.Column, op engine.Op, value string) engine.Comparison {
	return engine.Comparison{Column: c, Op: op, Value: value, Text: true}
}

func TestParseCondition(t *testing.T) {
	a, b, c := is(named("a"), "=", "1"), is(named("b"), "<", "2"), is(named("c"), "~", "x")
	for text, want := range map[string]engine.Condition{
		"a=1": a, " a = 1 ": a, "\ta\n=\r1": a, "((a = 1))": a, "b<2": b, "c ~ x": c,
		"1 != 2": is(at(1), "!=", "2"), `"1" >= -2.5`: is(named("1"), ">=", "-2.5"), `1 > "2"`: isText(at(1), ">", "2"),
		"unit price <= New York": is(named("unit price"), "<=", "New York"), "mean(x) = f(y)": is(named("mean(x)"), "=", "f(y)"),
		`"a ""b""" = ""`: isText(named(`a "b"`), "=", ""), `"and"="or"`: isText(named("and"), "=", "or"), "2-3x = 4": is(named("2-3x"), "=", "4"),
		"a = 1 and b < 2":            engine.And{a, b},
		"a = 1 AND b < 2 and c ~ x":  engine.And{a, b, c},
		"a = 1 or b < 2 and c ~ x":   engine.Or{a, engine.And{b, c}},
		"(a=1 or b<2)and c~x":        engine.And{engine.Or{a, b}, c},
		"not a = 1 and b < 2":        engine.And{engine.Not{Condition: a}, b},
		"not(a = 1 and b < 2)":       engine.Not{Condition: engine.And{a, b}},
		"not not NOT a = 1":          engine.Not{Condition: engine.Not{Condition: engine.Not{Condition: a}}},
		"c = sandy or oregon":        nil, // see below
		"android = 1 or nothing = 1": engine.Or{is(named("android"), "=", "1"), is(named("nothing"), "=", "1")},
		"a = band or b = note":       engine.Or{is(named("a"), "=", "band"), is(named("b"), "=", "note")},
		`a="1"and"b"<2`:              engine.And{isText(named("a"), "=", "1"), b},
	} {
		got, err := parseCondition(text)
		if want == nil {
			require.Error(t, err, "%q", text)
			continue
		}
		require.NoError(t, err, "%q", text)
		require.Equal(t, want, got, "%q", text)
	}
	for text, want := range map[string]string{
		"":                    `a column is missing, at character 1 of ""`,
		"a":                   `expected one of = != < <= > >= ~, at character 2 of "a"`,
		"ü = 1 and":           `a column is missing, at character 10 of "ü = 1 and"`,
		"a == 1":              `expected one of = != < <= > >= ~, at character 3 of "a == 1"`,
		"a <> 1":              `expected one of = != < <= > >= ~, at character 3 of "a <> 1"`,
		"a ! 1":               `expected one of = != < <= > >= ~, at character 3 of "a ! 1"`,
		"a = ":                `a value, which may be "", is missing, at character 5 of "a = "`,
		"a = and b = 1":       `a value, which may be "", is missing, at character 5 of "a = and b = 1"`,
		"a = 1 = 2":           `expected and, or, or the end of the condition, at character 7 of "a = 1 = 2"`,
		"a = 1)":              `expected and, or, or the end of the condition, at character 6 of "a = 1)"`,
		"(a = 1":              `expected and, or, or a closing parenthesis, at character 7 of "(a = 1"`,
		"a = b(":              `put quotes around a value that opens a parenthesis and does not close it, at character 5 of "a = b("`,
		"(a = b(c)":           `expected and, or, or a closing parenthesis, at character 10 of "(a = b(c)"`,
		"(a = 1 < 2)":         `expected and, or, or a closing parenthesis, at character 8 of "(a = 1 < 2)"`,
		"1-2 = 3":             `a comparison has one column, not a range, at character 1 of "1-2 = 3"`,
		"0 = 3":               `positions of columns are from 1 to 65537, at character 1 of "0 = 3"`,
		`a = "b`:              `the quote does not end, at character 5 of "a = \"b"`,
		`a = 5" or b = 1`:     `put quotes around all of a name that contains a quote, and double the quote, at character 6 of "a = 5\" or b = 1"`,
		"c = sandy or oregon": `expected one of = != < <= > >= ~, at character 20 of "c = sandy or oregon"`,
		"not":                 `a column is missing, at character 4 of "not"`,
		`a = "b" c`:           `expected and, or, or the end of the condition, at character 9 of "a = \"b\" c"`,
	} {
		got, err := parseCondition(text)
		require.Nil(t, got, "%q", text)
		require.EqualError(t, err, want)
	}
}

// FuzzParseCondition checks that a condition that is written in full is the same one.
func FuzzParseCondition(f *testing.F) {
	for _, text := range []string{"a = 1", `not (a<"b" or c~d and "e f" >= -5) AND 3 != 4`, "((x=1)", "a = 1 or", `"`, "and=or"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		c, err := parseCondition(text)
		if err != nil {
			require.Nil(t, c)
			var place *syntaxError
			require.ErrorAs(t, err, &place)
			require.True(t, 0 <= place.at && place.at <= len(text))
			return
		}
		full := written(c)
		again, err := parseCondition(full)
		require.NoError(t, err, full)
		require.Equal(t, c, again, full)
	})
}

// written returns the text of a condition with all parentheses.
func written(c engine.Condition) string {
	quote := func(s string) string { return `"` + strings.ReplaceAll(s, `"`, `""`) + `"` }
	var parts []engine.Condition
	word := " and "
	switch c := c.(type) {
	case engine.Comparison:
		column, value := quote(c.Column.Name), c.Value
		if c.Column.Position > 0 {
			column = fmt.Sprint(c.Column.Position)
		}
		if c.Text {
			value = quote(value)
		}
		return column + string(c.Op) + value
	case engine.Not:
		return "not (" + written(c.Condition) + ")"
	case engine.And:
		parts = c
	case engine.Or:
		parts, word = c, " or "
	}
	var texts []string
	for _, part := range parts {
		texts = append(texts, "("+written(part)+")")
	}
	return strings.Join(texts, word)
}

// TestGroupWhere runs the flag, which may be repeated, and looks at what --stats tells.
func TestGroupWhere(t *testing.T) {
	input := "city,temp\nOslo,5\nBergen,7.50\nOslo,\nHamburg,x\n"
	for _, test := range []struct {
		args []string
		want string
	}{
		{[]string{"-w", "temp > 5.0"}, "city,count\nBergen,1\nHamburg,1\n"},
		{[]string{"--where", "temp > 5.0", "--where=not temp = x"}, "city,count\nBergen,1\n"},
		{[]string{"--where", "city = Oslo or temp = 1", "--where", `temp = ""`}, "city,count\nOslo,1\n"},
		{[]string{"--where", "city != Hamburg", "-a", "sum(temp)"}, "city,sum(temp)\nBergen,7.50\nOslo,5.00\n"},
	} {
		require.Equal(t, outcome{0, test.want, ""}, group(t, input, append([]string{"-g", "city"}, test.args...)...))
	}
	got := group(t, input, "-w", "city = Oslo", "--stats")
	require.Regexp(t, `(?m)^rows +2$`, got.stderr)
	require.Regexp(t, `(?m)^dropped rows +2$`, got.stderr)
	require.Contains(t, group(t, input, "-w", "city = Oslo", "--stats=json").stderr, `"rows":2,"bad_rows":0,"dropped_rows":2,`)
	got = group(t, input, "-w", "city = 1 < 2")
	require.Equal(t, cli.Usage, got.code)
	require.Contains(t, got.stderr, "1brc group: --where: expected and, or, or the end of the condition, at character 10 of ")
	got = group(t, input, "-n", "-w", "city = 1")
	require.Equal(t, cli.Usage, got.code)
	require.Contains(t, got.stderr, `1brc group: --where: columns have no names without a header, got "city"; use a position`)
}
