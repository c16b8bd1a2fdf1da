package main

import (
	"encoding/csv"
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// weather has a value with more decimals than the others, a missing one, and names
// that need quotes.
const weather = `city,temp,day
Berlin,1.25,Mon
"New, York",-3,Tue
Berlin,2,Tue
Berlin,,Tue
"a
b|c",4,Mon
`

// TestGroupFormats compares each format with golden text.
func TestGroupFormats(t *testing.T) {
	path := write(t, "weather.csv", weather)
	for format, want := range map[string]string{
		"csv": `city,count,mean(temp),s,stddev(temp)
Berlin,3,1.625,3.25,0.5303300858899106
"New, York",1,-3,-3.00,
"a
b|c",1,4,4.00,
`,
		"tsv": `city	count	mean(temp)	s	stddev(temp)
Berlin	3	1.625	3.25	0.5303300858899106
New, York	1	-3	-3.00	` + `
"a
b|c"	1	4	4.00	` + `
`,
		"json": `[
{"city":"Berlin","count":3,"mean(temp)":1.625,"s":3.25,"stddev(temp)":0.5303300858899106},
{"city":"New, York","count":1,"mean(temp)":-3,"s":-3.00,"stddev(temp)":null},
{"city":"a\nb|c","count":1,"mean(temp)":4,"s":4.00,"stddev(temp)":null}
]
`,
		"jsonl": `{"city":"Berlin","count":3,"mean(temp)":1.625,"s":3.25,"stddev(temp)":0.5303300858899106}
{"city":"New, York","count":1,"mean(temp)":-3,"s":-3.00,"stddev(temp)":null}
{"city":"a\nb|c","count":1,"mean(temp)":4,"s":4.00,"stddev(temp)":null}
`,
		"markdown": `| city       | count | mean(temp) |     s |       stddev(temp) |
| ---------- | ----: | ---------: | ----: | -----------------: |
| Berlin     |     3 |      1.625 |  3.25 | 0.5303300858899106 |
| New, York  |     1 |         -3 | -3.00 |                    |
| "a\\nb\|c" |     1 |          4 |  4.00 |                    |
`,
		"table": `city       count  mean(temp)      s        stddev(temp)
---------  -----  ----------  -----  ------------------
Berlin         3       1.625   3.25  0.5303300858899106
New, York      1          -3  -3.00
"a\nb|c"       1           4   4.00
`,
	} {
		args := []string{"group", "-g", "city", "-a", "count,mean(temp),sum(temp) as s , stddev(temp)", path}
		require.Equal(t, success(want), execute(t, nil, append(args, "-f", format)...), format)
		if format == "csv" {
			require.Equal(t, success(want), execute(t, nil, args...), "the default")
		}
	}
}

// TestGroupWithoutGroups has a header and no rows.
func TestGroupWithoutGroups(t *testing.T) {
	path := write(t, "weather.csv", "city,temp\n")
	for format, want := range map[string][2]string{
		"csv":      {"city,max(temp)\n", "max(temp)\n\"\"\n"},
		"tsv":      {"city\tmax(temp)\n", "max(temp)\n\"\"\n"},
		"json":     {"[]\n", "[\n{\"max(temp)\":null}\n]\n"},
		"jsonl":    {"", "{\"max(temp)\":null}\n"},
		"markdown": {"| city | max(temp) |\n| ---- | --------: |\n", "| max(temp) |\n| --------: |\n|           |\n"},
		"table":    {"city  max(temp)\n----  ---------\n", "max(temp)\n---------\n\n"},
	} {
		require.Equal(t, success(want[0]), execute(t, nil, "group", "-g", "city", "-a", "max(temp)", "-f", format, path), format)
		require.Equal(t, success(want[1]), execute(t, nil, "group", "-a", "max(temp)", "-f", format, path), format)
	}
}

// hostileNames have what formats, terminals and programs give a meaning.
var hostileNames = []string{
	"", " ", " a", "a ", "\t", "a\tb", "\r", "a\r", "\r\n", "\n", "\"", "\"\"", "\"a\"", "a\"b", ",", "a,b", ";", "|", "\\|", "a|b",
	"\\", "\\.", "\\n", "\x00", "\x1b[2J\x1b[31m", "\x9b2J", "\xff", "\xc3", "a\xffb", "\u202egnp.exe", "\u200b", "\ufeff", "\u2028",
	"*a*", "_a_", "a_b", "`a`", "<b>", "<!--", "&amp;", "[a](b)", "~~a~~", "# a", "- a", "=1+1", "null", "1", "1-2",
	"日本", "é", "e\u0301", "👨‍👩‍👧", "\u0085", "\u007f", "NaN", "}", "{", "'", "%s", "%d%n", strings.Repeat("x", 1000),
}

// hostileInput returns rows of all hostile names, twice each.
func hostileInput(t *testing.T) string {
	t.Helper()
	var b strings.Builder
	b.WriteString("name,value\n")
	for range 2 {
		for _, name := range hostileNames {
			b.WriteString(`"` + strings.ReplaceAll(name, `"`, `""`) + `",1.5` + "\n")
		}
	}
	return b.String()
}

func TestGroupHostileNames(t *testing.T) {
	path := write(t, "hostile.csv", hostileInput(t))
	run := func(format string, args ...string) string {
		got := execute(t, nil, append([]string{"group", "-g", "name", "-a", "count,sum(value)", "-f", format, path}, args...)...)
		require.Equal(t, 0, got.code, got.stderr)
		require.Empty(t, got.stderr)
		return got.stdout
	}

	// This program reads its own output: names are the same bytes.
	for format, delimiter := range map[string]string{"csv": ",", "tsv": "tab"} {
		out := run(format)
		again := execute(t, strings.NewReader(out), "group", "-d", delimiter, "-g", "name", "-f", format,
			"-a", `max(count) as count,max(sum(value)) as sum(value)`)
		require.Equal(t, success(out), again, format)
	}

	// So does package csv, which makes LF of CR LF.
	rows, err := csv.NewReader(strings.NewReader(run("csv"))).ReadAll()
	require.NoError(t, err)
	require.Len(t, rows, 1+len(hostileNames))
	found := map[string]bool{}
	for _, row := range rows[1:] {
		require.Equal(t, []string{"2", "3.0"}, row[1:])
		found[row[0]] = true
	}
	for _, name := range hostileNames {
		require.True(t, found[strings.ReplaceAll(name, "\r\n", "\n")], "%q", name)
	}

	// JSON has U+FFFD for each byte that is not UTF-8.
	want := map[string]int{}
	for _, name := range hostileNames {
		want[string([]rune(name))]++
	}
	var array []map[string]any
	require.NoError(t, json.Unmarshal([]byte(run("json")), &array))
	got := map[string]int{}
	for _, object := range array {
		require.Equal(t, []any{2.0, 3.0}, []any{object["count"], object["sum(value)"]})
		got[object["name"].(string)]++
	}
	require.Equal(t, want, got)
	lines := strings.Split(run("jsonl"), "\n")
	require.Len(t, lines, len(hostileNames)+1)
	for i, line := range lines[:len(hostileNames)] {
		var object map[string]any
		require.NoError(t, json.Unmarshal([]byte(line), &object))
		require.Equal(t, array[i], object)
	}

	// Tables have a line for each group, and no byte that controls a terminal.
	for _, format := range []string{"table", "markdown"} {
		out := run(format)
		require.Equal(t, len(hostileNames)+2, strings.Count(out, "\n"))
		require.Equal(t, out, strings.ToValidUTF8(out, ""))
		for _, line := range strings.Split(strings.TrimSuffix(out, "\n"), "\n") {
			require.Equal(t, `"`+line+`"`, printableQuoted(line), "%q", line)
		}
	}
}

// printableQuoted quotes a text as Go does, but for quotes and backslashes.
func printableQuoted(text string) string {
	plain := strings.NewReplacer(`"`, "", `\`, "").Replace(text)
	if printable(plain) != plain {
		return "not printable"
	}
	return `"` + text + `"`
}

func TestMarkdownText(t *testing.T) {
	for text, want := range map[string]string{
		"": "", "a b": "a b", "a|b": `a\|b`, "message_length": "message_length", "_a_": `\_a\_`, "a__b": `a\_\_b`, "ü_ü": "ü_ü",
		"*": `\*`, "`": "\\`", "<b>": `\<b>`, "[a](b)": `\[a\](b)`, "&amp;": `\&amp;`, "~": `\~`, `\`: `\\`, "a\nb": `"a\\nb"`,
	} {
		require.Equal(t, want, markdownText(text), "%q", text)
	}
}

// TestGroupWideNames aligns columns by the width of names on terminals.
func TestGroupWideNames(t *testing.T) {
	got := execute(t, strings.NewReader("n\n日本\né\ne\u0301\nabcde\n"), "group", "-g", "n", "-f", "table")
	require.Equal(t, success("n      count\n-----  -----\nabcde      1\ne\u0301          1\né          1\n日本       1\n"), got)
}

// TestGroupDecimals rounds inexact results, and no others.
func TestGroupDecimals(t *testing.T) {
	input := "v\n0.5\n1\n1\n0\n"
	list := "count,sum(v),min(v),mean(v),var(v),stddev(v)"
	for decimals, want := range map[string]string{
		"0": "4,2.5,0.0,1,0,0", "1": "4,2.5,0.0,0.6,0.2,0.5", "3": "4,2.5,0.0,0.625,0.229,0.479", "5": "4,2.5,0.0,0.62500,0.22917,0.47871",
	} {
		got := execute(t, strings.NewReader(input), "group", "-a", list, "--decimals", decimals)
		require.Equal(t, success(list+"\n"+want+"\n"), got, decimals)
	}
	got := execute(t, strings.NewReader(input), "group", "-a", list)
	require.Equal(t, success(list+"\n4,2.5,0.0,0.625,0.22916666666666666,0.47871355387816905\n"), got)
}

// TestGroupEqualNames has output columns with one name, which JSON cannot have.
func TestGroupEqualNames(t *testing.T) {
	path := write(t, "rows.csv", "a,b,\"\xff\",\"\xfe\"\nx,1,2,3\n")
	const advice = `; rename one in --agg with as NAME`
	for _, format := range []string{"json", "jsonl"} {
		requireUsage(t, execute(t, nil, "group", "-a", "count,max(b) as count", "-f", format, path),
			"--format "+format+`: two output columns have the name "count"`+advice)
		got := execute(t, nil, "group", "-a", "max(2),min(b) as max(b)", "-f", format, path)
		require.Equal(t, "--format "+format+`: two output columns have the name "max(b)"`+advice, requireFailure(t, got))
		got = execute(t, nil, "group", "-g", "3-4", "-f", format, path)
		require.Equal(t, "--format "+format+`: two columns of the key have the name "`+"\ufffd"+`", which csv and tsv can have`, requireFailure(t, got))
	}
	require.Equal(t, success("count,count\n1,1\n"), execute(t, nil, "group", "-a", "count,max(b) as count", path))
}
