package oracle

import (
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// commas is a query of comma-separated values.
func commas(aggregates ...GroupAggregate) GroupQuery {
	return GroupQuery{Delimiter: ',', Quote: '"', Point: '.', Aggregates: aggregates}
}

// text returns a result as lines of keys and cells.
func (g Grouped) text() string {
	var lines []string
	for _, group := range g.Groups {
		var cells []string
		for _, c := range group.Cells {
			cells = append(cells, c.Text)
		}
		lines = append(lines, fmt.Sprintf("%q %s", group.Key, strings.Join(cells, " ")))
	}
	return strings.Join(lines, "\n")
}

// places returns the input, line, offset, reason and text of bad rows.
func places(all ...Bad) []string {
	var texts []string
	for _, b := range all {
		texts = append(texts, fmt.Sprintf("%s:%d: byte %d: %s: %q", b.Name, b.Line, b.Offset, b.Reason, b.Row))
	}
	return texts
}

// TestGroupRows checks where rows end and what is in their fields.
func TestGroupRows(t *testing.T) {
	long := strings.Repeat("x", 64<<10)
	for _, test := range []struct {
		content string
		columns int // the header has "h" in each
		want    []string
	}{
		{"", 1, nil},
		{"a\nb", 1, []string{"a", "b"}},
		{"a\nb\n", 1, []string{"a", "b"}},
		{"a\r\nb\r\n", 1, []string{"a", "b"}},
		{"a\r\r\nb\r", 1, []string{"a\r", "b"}},
		{"\n\r\n\n", 1, []string{"", "", ""}},
		{"\r", 1, []string{""}},
		{"a,b\n,\n", 2, []string{"a|b", "|"}},
		{`"a,b",c` + "\n", 2, []string{"a,b|c"}},
		{`"a""b",""""` + "\n" + `"",""`, 2, []string{`a"b|"`, "|"}},
		{"\"a\nb\",c\n\"\r\n\",d\r\n", 2, []string{"a\nb|c", "\r\n|d"}},
		{"\"a\r\"\r\n", 1, []string{"a\r"}},
		{"a\n\n", 2, []string{"!field-count", "!field-count"}},
		{"a,b,c\nd\ne,f\n", 2, []string{"!field-count", "!field-count", "e|f"}},
		{`a"b` + "\nc\n", 1, []string{"!bad-quote", "c"}},
		{`a"` + "\nc\n", 1, []string{"!bad-quote", "c"}},
		{`"a"b` + "\nc\n", 1, []string{"!bad-quote", "c"}},
		{`"a" ` + "\nc\n", 1, []string{"!bad-quote", "c"}},
		{`"a"b"` + "\n\"c\"\n", 1, []string{"!bad-quote", "c"}},
		{`"a"b,"` + "\n\"\nc\n", 1, []string{"!bad-quote", "c"}},
		{`a "b,` + "\n" + `c"` + "\n", 1, []string{"!bad-quote", "!bad-quote"}},
		{`"a"""b` + "\nc\n", 1, []string{"!bad-quote", "c"}},
		{"\"a\"\r\r\n", 1, []string{"!bad-quote"}},
		{"\"a\"\rb\nc", 1, []string{"!bad-quote", "c"}},
		{`"a` + "\nb", 1, []string{"!bad-quote"}},
		{"b\n\"", 1, []string{"b", "!bad-quote"}},
		{`"a""` + "\n", 1, []string{"!bad-quote"}},
		{`a,b"`, 1, []string{"!bad-quote"}}, // and the wrong number of fields
		{long + "\n" + long + "x\n" + long, 1, []string{long, "!row-too-long", long}},
		{long + "\r\nb", 1, []string{"!row-too-long", "b"}},
		{`"` + long[:1<<16-2] + `"` + "\nb", 1, []string{long[:1<<16-2], "b"}},
		{`"` + long + "\n\",b\nc\n", 1, []string{"!row-too-long", "c"}},
		{`"` + long + "\nb", 1, []string{"!row-too-long"}},
		{"\xff\x00\n\uFEFFb\n", 1, []string{"\xff\x00", "\uFEFFb"}},
	} {
		header := strings.Repeat("h,", test.columns-1) + "h\n"
		q := commas()
		text := groupText{query: q, rest: test.content}
		var got []string
		for text.rest != "" {
			fields, reason := q.fields(text.next())
			switch {
			case reason == "" && len(fields) != test.columns:
				reason = "field-count"
				fallthrough
			case reason != "":
				got = append(got, "!"+reason)
			default:
				got = append(got, strings.Join(fields, "|"))
			}
		}
		require.Equal(t, test.want, got, "%.200q", test.content)

		// Run finds the same rows.
		bad, good := 0, 0
		for _, row := range test.want {
			if strings.HasPrefix(row, "!") {
				bad++
			} else {
				good++
			}
		}
		g := q.Run(GroupInput{"in", header + test.content})
		require.Equal(t, [2]int{good, bad}, [2]int{int(g.Rows), len(g.Bad)}, "%.200q", test.content)
		for _, b := range g.Bad {
			require.True(t, strings.HasPrefix((header + test.content)[b.Offset:], b.Row))
			require.Equal(t, b.Line, int64(1+strings.Count((header + test.content)[:b.Offset], "\n")))
		}
	}
}

func TestGroupOtherBytes(t *testing.T) {
	q := GroupQuery{Delimiter: '"', Quote: 0xFF, Point: '.'}
	fields, reason := q.fields("a\"\xff\xff\xffb\"c\xff\"d,\x00\r")
	require.Equal(t, "", reason)
	require.Equal(t, []string{"a", "\xffb\"c", "d,\x00"}, fields)

	q = GroupQuery{Delimiter: '\t', Point: '.'} // no quote
	fields, reason = q.fields("\"a\t\"\"\tb\"\x00")
	require.Equal(t, "", reason)
	require.Equal(t, []string{`"a`, `""`, "b\"\x00"}, fields)

	q = GroupQuery{Delimiter: 0, Quote: '\'', Point: '.'}
	fields, reason = q.fields("a\x00'b''\x00'\x00\"")
	require.Equal(t, "", reason)
	require.Equal(t, []string{"a", "b'\x00", `"`}, fields)
}

func TestGroupNumber(t *testing.T) {
	nines := strings.Repeat("9", 18)
	for content, want := range map[string]string{
		"0": "0/1 0", "-0": "0/1 0", "+7": "7/1 0", "-12": "-12/1 0", "1.50": "3/2 2", "-.5": "", ".5": "", "1.": "", "-": "", "+": "", "": "",
		" 1": "", "1 ": "", "1e3": "", "0x1": "", "1_0": "", "--1": "", "+-1": "", "1,5": "", "1.2.3": "", "٣": "", "1\n": "", "\n1": "", "1/2": "", "inf": "", "NaN": "",
		nines: nines + "/1 0", "-" + nines: "-" + nines + "/1 0", nines + "0": "", "1" + nines: "",
		"000" + nines:                        nines + "/1 0",
		strings.Repeat("0", 1000) + "7":      "7/1 0",
		nines + ".0":                         "",
		"0." + nines:                         nines + "/1000000000000000000 18",
		"000.0" + nines[1:]:                  nines[1:] + "/1000000000000000000 18",
		"0.0" + nines:                        "",
		"0." + strings.Repeat("0", 18):       "0/1 18",
		"0." + strings.Repeat("0", 19):       "",
		"0." + strings.Repeat("0", 17) + "1": "1/1000000000000000000 18",
		"1." + strings.Repeat("0", 17):       "1/1 17",
		"1." + strings.Repeat("0", 18):       "",
	} {
		got := ""
		if v, decimals, ok := commas().number(content); ok {
			got = fmt.Sprint(v, " ", decimals)
		}
		require.Equal(t, want, got, "%q", content)
	}
	_, _, ok := GroupQuery{Point: ','}.number("1.5")
	require.False(t, ok)
	v, decimals, ok := GroupQuery{Point: ','}.number("-1,50")
	require.True(t, ok)
	require.Equal(t, "-3/2 2", fmt.Sprint(v, " ", decimals))
}

func TestGroupCells(t *testing.T) {
	all := []GroupAggregate{{"count", 0}, {"count", 2}, {"sum", 2}, {"min", 2}, {"max", 2}, {"mean", 2}, {"var", 2}, {"stddev", 2}}
	for _, test := range []struct{ content, want string }{
		{"k,v\n", ``},
		{"k,v\na,1\n", `["a"] 1 1 1 1 1 1  `},
		{"k,v\na,1\na,2\n", `["a"] 2 2 3 1 2 1.5 0.5 0.7071067811865476`},
		{"k,v\na,1\na,2\na,4\n", `["a"] 3 3 7 1 4 2.3333333333333335 2.3333333333333335 1.5275252316519468`},
		{"k,v\nb,3\na,-1.25\n", `["a"] 1 1 -1.25 -1.25 -1.25 -1.25  ` + "\n" + `["b"] 1 1 3.00 3.00 3.00 3  `},
		{"k,v\na,\na,\n", `["a"] 2 0      `},
		{"k,v\na,\na,5\na,\"\"\na,5.0\n", `["a"] 4 2 10.0 5.0 5.0 5 0 0`},
		{"k,v\na,-0\na,+0.0\n", `["a"] 2 2 0.0 0.0 0.0 0 0 0`},
		{"k,v\na,0.0000001\n", `["a"] 1 1 0.0000001 0.0000001 0.0000001 1e-7  `},
		{"k,v\na,999999999999999999\na,999999999999999999\n", `["a"] 2 2 1999999999999999998 999999999999999999 999999999999999999 1000000000000000000 0 0`},
		{"k,v\na,0.1\na,0.2\na,0.3\n", `["a"] 3 3 0.6 0.1 0.3 0.2 0.01 0.1`},
		{"k,v\na,1.234567\na,x\n", `["a"] 1 1 1.234567 1.234567 1.234567 1.234567  `},
	} {
		q := commas(all...)
		q.By = []int{1}
		require.Equal(t, test.want, q.Run(GroupInput{"in", test.content}).text(), "%q", test.content)
	}
}

// TestGroupDecimals checks that a bad row, a missing value, and a value of another
// column add no decimals, and that another input does.
func TestGroupDecimals(t *testing.T) {
	q := commas(GroupAggregate{"sum", 2}, GroupAggregate{"min", 3}, GroupAggregate{"count", 4})
	q.Null = "0.0000"
	g := q.Run(GroupInput{"one", "k,x,y,z\na,1,2.5,x\na,1.25,x,1\na,0.0000,1,0.0000\n"}, GroupInput{"two", "k,x,y,z\nb,1.0,7,\n"})
	require.Equal(t, `[] 2.0 1.0 2`, g.text())
	require.Equal(t, []string{`one:3: byte 18: bad-value: "a,1.25,x,1"`}, places(g.Bad...))
	require.Equal(t, int64(3), g.Rows)
}

func TestGroupKeys(t *testing.T) {
	q := commas(GroupAggregate{"count", 0})
	q.By = []int{3, 1}
	g := q.Run(GroupInput{"in", "a,b,c\nx,,\"1\"\nx,y,1\n\"x\",z,\"\"\"1\"\nxy,,\n,,xy\nx,,y\n\xff,,\nA,,\n,,\n"})
	require.Equal(t, strings.Join([]string{
		`["" ""] 1`, `["" "A"] 1`, `["" "xy"] 1`, `["" "\xff"] 1`, `["\"1" "x"] 1`, `["1" "x"] 2`, `["xy" ""] 1`, `["y" "x"] 1`,
	}, "\n"), g.text())
	require.Equal(t, []string{"a", "b", "c"}, g.Header)

	q.By = []int{1, 1}
	require.Equal(t, `["x" "x"] 1`, q.Run(GroupInput{"in", "a\nx"}).text())
}

func TestGroupHeaders(t *testing.T) {
	count := commas(GroupAggregate{"count", 0})
	rows := count
	rows.NoHeader = true
	in := func(contents ...string) (all []GroupInput) {
		for i, content := range contents {
			all = append(all, GroupInput{fmt.Sprint(i + 1), content})
		}
		return all
	}
	const bom = "\xEF\xBB\xBF"
	long := strings.Repeat("x", 64<<10+1)
	for _, test := range []struct {
		query    GroupQuery
		contents []string
		text     string
		bad      []string
		fatal    []string
		differs  [2]string
	}{
		{query: count, contents: nil, text: "[] 0"},
		{query: count, contents: []string{"", bom}, text: "[] 0"},
		{query: rows, contents: []string{"", bom}, text: "[] 0"},
		{query: count, contents: []string{bom + "a,b\nc,d\n", "", "\"a\",b\r\ne,f", "a,b"}, text: "[] 2"},
		{query: rows, contents: []string{bom + "a,b\nc,d\n", "", "\"a\",b\r\ne,f", "a,b"}, text: "[] 5"},
		{query: count, contents: []string{bom + bom + "a\nb\n", bom + "a\n"}, differs: [2]string{"1", "2"}},
		{query: count, contents: []string{"", "a,b\n", "a,b\nx\n", "a, b\n"}, differs: [2]string{"2", "4"},
			bad: []string{`3:2: byte 4: field-count: "x"`}},
		{query: count, contents: []string{"a,b\n", "a\n"}, differs: [2]string{"1", "2"}},
		{query: count, contents: []string{"\nb\n\n"}, text: "[] 2"}, // one column without a name
		{query: count, contents: []string{"a\n", bom + "\n"}, differs: [2]string{"1", "2"}},
		{query: count, contents: []string{bom + "a\"\nb\n"}, fatal: []string{`1:1: byte 3: bad-quote: "a\""`}},
		{query: count, contents: []string{"a\nb,c\n", "\"a"}, fatal: []string{`2:1: byte 0: bad-quote: "\"a"`},
			bad: []string{`1:2: byte 2: field-count: "b,c"`}},
		{query: count, contents: []string{long + "\nb\n"}, fatal: []string{`1:1: byte 0: row-too-long: "` + long + `"`}},
		{query: rows, contents: []string{"", bom + "\"a\nb\n"}, fatal: []string{`2:1: byte 3: bad-quote: "\"a\nb\n"`}},
		{query: rows, contents: []string{"a,b\n", "\"a\nb\"\n\n\"\r\n\",\na\"\r\n1,2,3"}, text: "[] 2", bad: []string{
			`2:1: byte 0: field-count: "\"a\nb\""`, `2:3: byte 6: field-count: ""`,
			`2:6: byte 13: bad-quote: "a\"\r"`, `2:7: byte 17: field-count: "1,2,3"`,
		}},
		{query: count, contents: []string{bom + "\"a\n\n\",b\n\nx,y\n1,2,3"}, text: "[] 1", bad: []string{
			`1:4: byte 11: field-count: ""`, `1:6: byte 16: field-count: "1,2,3"`,
		}},
		{query: commas(GroupAggregate{"sum", 1}), contents: []string{"a,b\n1,\"\nx,2\n\n,\"\n3"}, text: "[] 1", bad: []string{
			`1:6: byte 16: field-count: "3"`,
		}},
	} {
		g := test.query.Run(in(test.contents...)...)
		require.Equal(t, test.bad, places(g.Bad...), "%.200q", test.contents)
		require.Equal(t, test.differs, g.Differs, "%.200q", test.contents)
		if test.fatal != nil {
			require.NotNil(t, g.Fatal, "%.200q", test.contents)
			require.Equal(t, test.fatal, places(*g.Fatal))
			require.Empty(t, g.Groups)
			continue
		}
		require.Nil(t, g.Fatal)
		require.Equal(t, test.text, g.text(), "%.200q", test.contents)
	}
}

// TestGroupReasons checks that a row has the first of the reasons that apply.
func TestGroupReasons(t *testing.T) {
	q := commas(GroupAggregate{"mean", 2})
	long := strings.Repeat("x", 64<<10)
	for row, want := range map[string]string{
		"a,1":                "",
		"a,x":                "bad-value",
		"a,x,b":              "field-count",
		"a,x,b\"":            "bad-quote",
		long + "a,x,b\"":     "row-too-long",
		"\"" + long:          "row-too-long",
		"a,\"1\"":            "",
		"a,\"1,\"":           "bad-value",
		"a,\"1\" ":           "bad-quote",
		"a,\"\r\n1\"":        "bad-value",
		"a,1\r\r":            "bad-value",
		"a,1" + long:         "row-too-long",
		"a,1" + long[:65533]: "bad-value",
	} {
		g := q.Run(GroupInput{"in", "k,v\n" + row + "\n"})
		got := ""
		if len(g.Bad) > 0 {
			got = g.Bad[0].Reason
		}
		require.Equal(t, want, got, "%.100q", row)
		require.LessOrEqual(t, len(g.Bad), 1, "%.100q", row)
	}
}

// TestGroupRoot checks roots near the middle of two float64 and at it.
func TestGroupRoot(t *testing.T) {
	r := rand.New(rand.NewPCG(11, 1))
	for range 20_000 {
		f := math.Ldexp(float64(1<<52+r.Int64N(1<<52)), r.IntN(100)-80)
		next := math.Nextafter(f, math.Inf(1))
		middle := new(big.Rat).Add(new(big.Rat).SetFloat64(f), new(big.Rat).SetFloat64(next))
		middle.Quo(middle, whole(2))
		square := new(big.Rat).Mul(middle, middle)
		even := f
		if math.Float64bits(f)%2 == 1 {
			even = next
		}
		little := big.NewRat(1, math.MaxInt64)
		little.Mul(little, little)
		little.Mul(little, little)
		root := func(v *big.Rat) float64 { return GroupCell{Exact: v, IsRoot: true}.Float64() }
		require.Equal(t, even, root(square))
		require.Equal(t, f, root(new(big.Rat).Sub(square, little)))
		require.Equal(t, next, root(new(big.Rat).Add(square, little)))
		require.Equal(t, f, root(new(big.Rat).Mul(new(big.Rat).SetFloat64(f), new(big.Rat).SetFloat64(f))))
	}
	require.Equal(t, 0.0, GroupCell{Exact: new(big.Rat), IsRoot: true}.Float64())
}

func TestGroupRounded(t *testing.T) {
	for _, test := range []struct {
		exact    string
		isRoot   bool
		decimals int
		want     string
	}{
		{"5/2", false, 0, "2"}, {"7/2", false, 0, "4"}, {"-5/2", false, 0, "-2"}, {"-7/2", false, 0, "-4"},
		{"-1/2", false, 0, "0"}, {"-51/100", false, 0, "-1"}, {"-1/1000", false, 2, "0.00"},
		{"1/8", false, 2, "0.12"}, {"3/8", false, 2, "0.38"}, {"1/3", false, 5, "0.33333"}, {"2/3", false, 5, "0.66667"},
		{"12", false, 3, "12.000"}, {"1/3", false, 30, "0.333333333333333333333333333333"},
		{"25/4", true, 0, "2"}, {"49/4", true, 0, "4"}, {"2", true, 20, "1.41421356237309504880"}, {"0", true, 1, "0.0"},
		{"1/64", true, 2, "0.12"}, {"9/64", true, 2, "0.38"}, {"6250000000000000000001/1000000000000000000000", true, 0, "3"},
		{"6249999999999999999999/1000000000000000000000", true, 0, "2"},
	} {
		exact, ok := new(big.Rat).SetString(test.exact)
		require.True(t, ok)
		require.Equal(t, test.want, GroupCell{Exact: exact, IsRoot: test.isRoot, rounds: true}.Rounded(test.decimals), "%+v", test)
	}
	require.Equal(t, "1.50", decimalCell(big.NewRat(3, 2), 2).Rounded(0))
	require.Equal(t, "", GroupCell{Missing: true}.Rounded(3))
}
