package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/spf13/pflag"
	"github.com/stretchr/testify/require"

	"onebrc/cmd/internal/cli"
	"onebrc/engine"
)

// group runs 1brc group on an input from standard input.
func group(t *testing.T, input string, args ...string) outcome {
	t.Helper()
	return execute(t, strings.NewReader(input), append([]string{"group"}, args...)...)
}

// TestGroupFlags has each flag that changes the result.
func TestGroupFlags(t *testing.T) {
	for _, test := range []struct {
		input, want string
		args        []string
	}{
		{weather, "count\n5\n", nil},
		{weather, "count(temp)\n4\n", []string{"-a", "count(temp)"}},
		{weather, "day,count\nMon,2\nTue,3\n", []string{"--by", "day"}},
		{weather, "day,city,n\nMon,Berlin,1\n", []string{"-g", "day,1", "--agg", "count as n", "--limit", "1"}},
		{weather, "city,day,count\n\"a\nb|c\",Mon,1\n", []string{"-g", "city", "-g", "3", "--sort", "-city", "--limit=1"}},
		{"a b c\n1 2 3\n", "a,b,c,count\n1,2,3,1\n", []string{"-g", "1-3", "-d", " "}},
		{"a\tb\n1\t2\n", "b,count\n2,1\n", []string{"-g", "b", "-d", "tab"}},
		{"a\tb\n1\t2\n", "b,count\n2,1\n", []string{"-g", "b", "--delimiter", `\t`}},
		{"a,b\n'1,2',3\n", "a,count\n\"1,2\",1\n", []string{"-g", "a", "--quote", "'"}},
		{"a,b\n\"1,2\"\n", "a,count\n\"\"\"1\",1\n", []string{"-g", "a", "--quote", "none"}},
		{"x,1\ny,2\nx,3\n", "1,sum(2)\nx,4\ny,2\n", []string{"-n", "-g", "1", "-a", "sum(2)"}},
		{"x,1\n", "1,s\nx,1\n", []string{"--no-header", "-g", "1", "-a", "sum(2) as s"}},
		{"a,b\nx,NA\nx,1\ny,NA\n", "a,count(b),mean(b)\nx,1,1\ny,0,NA\n", []string{"-g", "a", "-a", "count(b),mean(b)", "--null", "NA"}},
		{"a;b\nx;1,5\n", "a,sum(b)\nx,1.5\n", []string{"-g", "a", "-a", "sum(b)", "-d", ";", "--decimal-comma"}},
		{"a,b\nx,1\ny,3\nz,2\n", "a,m\ny,3\nz,2\nx,1\n", []string{"-g", "a", "-a", "max(b) as m", "--sort", "-m"}},
		{"a,b\nx,1\ny,3\nz,2\n", "a,m\nx,1\nz,2\ny,3\n", []string{"-g", "a", "-a", "max(b) as m", "--sort", "max(b)"}},
		{"a,b\nx,1\ny,\nz,2\n", "a,max(b)\nz,2\nx,1\ny,\n", []string{"-g", "1", "-a", "max(2)", "--sort", "-max(b)"}},
		{"a,b\nx,10\ny,9\n", "a,b,count\ny,9,1\nx,10,1\n", []string{"-g", "a,b", "--sort", "-b"}},
		{"\"1\",\"2-3\"\nx,y\n", "1,2-3,count\nx,y,1\n", []string{"-g", `"1","2-3"`}},
		{"\xef\xbb\xbfa,b\r\nx,1\r\ny,2", "a,sum(b)\nx,1\ny,2\n", []string{"-g", "a", "-a", "sum(b)"}},
		{"", "count\n0\n", []string{"-n"}},
		{"a,b\nx,1\ny,2\n", "filename,a,sum(b)\nstdin,x,1\nstdin,y,2\n", []string{"--filename", "-g", "a", "-a", "sum(b)"}},
		{"a\nx\n", "filename,a,count\nstdin,x,1\n", []string{"-g", "a", "--filename", "--sort", "-filename"}},
		{"v\n201\n1\n7\n", "p50(v) ±1%,p100(v) ±1%,distinct(v) ±1%,max(v)\n7,200,3,201\n", []string{"-a", "p50(v),p100(v),distinct(v),max(v)", "--approx", "1%"}},
		{"k,v\na,201\nb,-5\n", "k,m,p99(v) ±1.5%\nb,-5,-5\na,202,202\n", []string{"-g", "k", "-a", "median(v) as m,p99(v)", "--approx", "0.015", "--sort", "p99(v)"}},
		{"k,v\na,201\nb,-5\n", "k,distinct(k) ±50%\na,1\nb,1\n", []string{"-g", "k", "-a", "distinct(k)", "--approx=50%", "--sort", "distinct(k) ±50%"}},
		{"filename\nx\n", "filename,filename,count\nstdin,x,1\n", []string{"-g", "filename", "--filename"}},
	} {
		require.Equal(t, success(test.want), group(t, test.input, test.args...), "%q", test.args)
	}
}

// TestGroupRunFlags has the flags of a run, which do not change the result.
func TestGroupRunFlags(t *testing.T) {
	want := success("city,sum(temp)\nBerlin,3.25\n\"New, York\",-3.00\n\"a\nb|c\",4.00\n")
	for _, args := range [][]string{
		{"--workers", "1"}, {"--workers", "7", "--chunk-size", "4KiB"}, {"--access", "read"}, {"--numa", "off"}, {"--smt"},
		{"--max-memory", "1GiB"}, {"--on-error", "fail"}, {"--kernel", "generic"}, {"--cpus", firstCPU(t)},
	} {
		if args[0] == "--cpus" && runtime.GOOS != "linux" {
			continue
		}
		require.Equal(t, want, group(t, weather, append(args, "-g", "city", "-a", "sum(temp)")...), "%q", args)
	}
	for _, kernel := range engine.Kernels() {
		if (engine.Options{Kernel: kernel}).Check() == nil {
			require.Equal(t, want, group(t, weather, "-g", "city", "-a", "sum(temp)", "--kernel", string(kernel)), kernel)
		}
	}
}

// TestGroupDelimiterOfFiles checks when the default delimiter is a tab.
func TestGroupDelimiterOfFiles(t *testing.T) {
	tsv, upper, csv := write(t, "rows.tsv", "a\tb,c\n1\t2\n"), write(t, "rows.TSV", "a\tb,c\n1\t2\n"), write(t, "rows.csv", "a\tb,c\n1,2\n")
	require.Equal(t, success("\"b,c\",count\n2,2\n"), execute(t, nil, "group", "-g", "2", tsv, upper))
	require.Equal(t, success("\"b,c\",count\n2,2\n"), execute(t, nil, "group", "-g", "2", tsv, upper, "-d", "tab"))
	require.Equal(t, success("c,count\n2,1\n"), execute(t, nil, "group", "-g", "2", csv))
	require.Contains(t, requireFailure(t, execute(t, nil, "group", "-g", "2", csv, tsv)), "field-count")
}

func TestGroupUsageErrors(t *testing.T) {
	path := write(t, "rows.csv", "a,b\n1,2\n")
	for _, test := range []struct {
		reason string
		args   []string
	}{
		{"unknown flag: --nope", []string{"--nope"}},
		{"unknown flag: --stage", []string{"--stage", "naive"}},
		{`--by: a column is missing, at character 3 of "a,"`, []string{"-g", "a,"}},
		{`--by: positions of columns are from 1 to 65537, at character 1 of "0"`, []string{"-g", "a", "-g", "0"}},
		{`--by: columns have no names without a header, got "a"; use a position`, []string{"-n", "-g", "a"}},
		{`--agg: unknown function "avg"; there are: count, sum, min, max, mean, var, stddev, median, distinct, mode, first, last, any, and percentiles such as p99.9, at character 1 of "avg(b)"`, []string{"-a", "avg(b)"}},
		{`--agg: columns have no names without a header, got "b"; use a position`, []string{"-n", "-a", "sum(b)"}},
		{`--delimiter must be one byte, or tab, got ""`, []string{"-d", ""}},
		{`--delimiter must be one byte, or tab, got "::"`, []string{"-d", "::"}},
		{`--delimiter must be one byte, or tab, got "§"`, []string{"-d", "§"}},
		{`--delimiter: the delimiter must not end a line, got '\n'`, []string{"-d", "\n"}},
		{`--quote must be one byte, or none, got "''"`, []string{"--quote", "''"}},
		{`--quote must be one byte, or none, got ""`, []string{"--quote="}},
		{`--quote: the quote must not end a line, got '\r'`, []string{"--quote", "\r"}},
		{`--quote: the quote and the delimiter must differ, got ',' for both`, []string{"--quote", ","}},
		{`--quote: the quote and the delimiter must differ, got '"' for both`, []string{"-d", `"`}},
		{`--decimal-comma needs a delimiter that is not a comma, such as -d ';'`, []string{"--decimal-comma"}},
		{`--decimal-comma cannot be used with a comma as --delimiter`, []string{"--decimal-comma", "-d", ","}},
		{`--format must be one of csv, tsv, json, jsonl, markdown, table, parquet, got "xml"`, []string{"-f", "xml"}},
		{`--output must name a file, got "-"`, []string{"-o", "-"}},
		{`--output must name a file, got ""`, []string{"-o", ""}},
		{"--output " + path + " would overwrite the input " + path, []string{"-o", path, path}},
		{"--output and --rejects must name different files, got new", []string{"-o", "new", "--on-error", "skip", "--rejects", "new"}},
		{"--output and --trace must name different files, got ./new", []string{"-o", "new", "--trace", "./new"}},
		{`--sort must name an output column, got ""`, []string{"--sort", ""}},
		{`--sort must name an output column, got "-"`, []string{"--sort", "-"}},
		{`--sort: no output column "b"; there are: a, count`, []string{"-g", "a", "--sort", "b"}},
		{`--sort: no output column "max(b)"; there are: count`, []string{"--sort", "-max(b)"}},
		{`--limit must be a number of at least 1, got "0"`, []string{"--limit", "0"}},
		{`--limit must be a number of at least 1, got "x"`, []string{"--limit", "x"}},
		{`--decimals must be a number from 0 to 1000, got "-1"`, []string{"--decimals=-1"}},
		{`--decimals must be a number from 0 to 1000, got "1001"`, []string{"--decimals", "1001"}},
		{`--approx must be a relative error, such as 1% or 0.01, got "0"`, []string{"--approx", "0"}},
		{`--approx must be a relative error, such as 1% or 0.01, got "1e-2"`, []string{"--approx", "1e-2"}},
		{`--approx must be a relative error, such as 1% or 0.01, got "%"`, []string{"--approx", "%"}},
		{`--approx must be a relative error, such as 1% or 0.01, got "-1%"`, []string{"--approx=-1%"}},
		{`--approx: an error must be from 0.001% to 50%, got 100%`, []string{"--approx", "1", "-a", "p99(b)"}},
		{`--approx: distinct has an error of at least 0.203125%, got 0.1%`, []string{"--approx", "0.1%", "-a", "distinct(b)"}},
		{`--approx: only percentiles, median and distinct can be approximate, and there is none of them`, []string{"--approx", "1%", "-a", "mode(b)"}},
		{`--approx: percentiles cannot be both approximate and interpolated`, []string{"--approx", "1%", "-a", "p99(b)", "--interpolate"}},
		{`--workers must be a number from 0 to 8192, got "-1"`, []string{"--workers=-1"}},
		{"--kernel must be one of ", []string{"--kernel", "fast"}},
		{"--rejects needs --on-error skip", []string{"--rejects", "bad.txt"}},
		{"--max-rejects needs --on-error skip", []string{"--max-rejects", "2"}},
		{`--stats must be one of text, json, got "xml"`, []string{"--stats=xml"}},
		{"standard input can be read only once", []string{"-", "-"}},
	} {
		got := group(t, "a,b\n1,2\n", test.args...)
		requireUsage(t, got, "1brc group: "+test.reason)
		require.Contains(t, got.stderr, "Run '1brc group --help' for usage.")
	}
	content, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, "a,b\n1,2\n", string(content))
}

// TestGroupFailures has errors that depend on the input.
func TestGroupFailures(t *testing.T) {
	one, other := write(t, "one.csv", "a,b\n1,2\n"), write(t, "other.csv", "a,c\n1,2\n")
	missing := filepath.Join(t.TempDir(), "missing")
	got := group(t, "city,temp,day\n", "-g", "tmep")
	require.Equal(t, outcome{1, "", "1brc group: no column \"tmep\"; the header has: city, temp, day\n"}, got)
	for _, test := range []struct {
		input, want string
		args        []string
	}{
		{"city,temp\n", `no column "x"; the header has: city, temp`, []string{"-a", "count(x)"}},
		{"city,temp\n", `no column 3; the header has 2 columns: city, temp`, []string{"-g", "3"}},
		{"city,temp\n", `no column 3; the first row has 2 columns`, []string{"-n", "-g", "3"}},
		{"x,x\n", `column "x" is ambiguous: it is in the header at positions 1, 2`, []string{"-g", "x"}},
		{"city,temp\n", `--sort: no output column "temp"; there are: city, count`, []string{"-g", "1", "--sort", "temp"}},
		{"a,b\n1,x\n", `stdin:2: byte 4: bad-value: "1,x"`, []string{"-a", "sum(b)"}},
		{"a,b\n1,\"\n\n", `stdin:2: byte 4: bad-quote: "1,\"\n\n"`, nil},
		{"a,b\n\"\n\",1\n1\n", `stdin:4: byte 10: field-count: "1"`, nil},
		{"a,b\n" + strings.Repeat("1", 65536) + ",\n", `stdin:2: byte 4: row-too-long: "` + strings.Repeat("1", 120) + `"`, nil},
		{"", "no input has a header", nil},
		{"a,b\n1,2\n", missing + ": no such file or directory", []string{missing}},
	} {
		require.Contains(t, requireFailure(t, group(t, test.input, test.args...)), test.want, "%q", test.args)
	}
	message := requireFailure(t, execute(t, nil, "group", one, other))
	require.Contains(t, message, one)
	require.Contains(t, message, other)
	require.Contains(t, requireFailure(t, group(t, strings.Repeat("a,b\n", 5)+bigKeys(), "-g", "a,b", "--max-memory", "8MiB", "--workers", "1")), "over the memory limit")
}

// TestGroupMaxMemory allows too little for the table of a worker.
func TestGroupMaxMemory(t *testing.T) {
	got := group(t, "a,b\n1,2\n", "-g", "a", "--max-memory", "5MiB", "--workers", "1")
	require.Regexp(t, `^over the memory limit: 1 workers need at least \d+ bytes, 5242880 are allowed$`, requireFailure(t, got))
}

// bigKeys returns many rows with long keys.
func bigKeys() string {
	var b strings.Builder
	for i := range 20_000 {
		fmt.Fprintf(&b, "%01000d,x\n", i)
	}
	return b.String()
}

// TestGroupRejects skips bad rows of each reason. A row with line feeds is listed with
// them.
func TestGroupRejects(t *testing.T) {
	input := "a,b\nx,1\nx\ny,\"2\"3\n\"q\nr\",bad\nz,\"4\"\n\n" + strings.Repeat("w", 65537) + "\nx,2\n"
	rejects := filepath.Join(t.TempDir(), "rejects")
	args := []string{"-g", "a", "-a", "sum(b)", "--on-error", "skip", "--rejects", rejects}
	want := "stdin\t3\t8\tfield-count\tx\nstdin\t4\t10\tbad-quote\ty,\"2\"3\nstdin\t5\t17\tbad-value\t\"q\nr\",bad\n" +
		"stdin\t8\t33\tfield-count\t\nstdin\t9\t34\trow-too-long\t" + strings.Repeat("w", 65536) + "\n"
	for _, flags := range [][]string{nil, {"--workers", "1"}, {"--workers", "7", "--chunk-size", "4KiB"}} {
		got := group(t, input, append(args, flags...)...)
		require.Equal(t, outcome{0, "a,sum(b)\nx,3\nz,4\n",
			"1brc group: bad rows: 5, 1 of them cut to 65536 bytes in " + rejects + "\n"}, got)
		content, err := os.ReadFile(rejects)
		require.NoError(t, err)
		require.Equal(t, want, string(content))
	}
	got := group(t, input, append(args, "--max-rejects", "2")...)
	require.Equal(t, `stopped at bad row 2 (--max-rejects): stdin:4: byte 10: bad-quote: "y,\"2\"3"`, requireFailure(t, got))
	content, err := os.ReadFile(rejects)
	require.NoError(t, err)
	require.Equal(t, "stdin\t3\t8\tfield-count\tx\nstdin\t4\t10\tbad-quote\ty,\"2\"3\n", string(content))
}

// TestGroupOutput checks that --output replaces a file only after success.
func TestGroupOutput(t *testing.T) {
	old := write(t, "old.csv", oldContent)
	read := func() string {
		content, err := os.ReadFile(old)
		require.NoError(t, err)
		require.Equal(t, []string{"old.csv"}, entries(t, filepath.Dir(old)))
		return string(content)
	}
	for _, test := range []struct {
		input string
		args  []string
	}{
		{"a\nx,y\n", nil}, {"a\n", []string{"-g", "b"}}, {"a\n", []string{"-g", "1", "--sort", "b"}}, {"a\n", []string{"missing.csv"}},
		{"a\nx,y\n", []string{"--on-error", "skip", "--max-rejects", "1"}},
		{"a\n", []string{"--on-error", "skip", "--rejects", filepath.Join(t.TempDir(), "no", "folder")}},
	} {
		requireFailure(t, group(t, test.input, append(test.args, "-o", old)...))
		require.Equal(t, oldContent, read(), "%q", test.args)
	}
	require.Equal(t, outcome{}, group(t, "a\nx\n", "-g", "a", "-o", old))
	require.Equal(t, "a,count\nx,1\n", read(), "csv")
	require.Equal(t, outcome{}, group(t, "a\nx\n", "-g", "a", "--output", old, "-f", "jsonl"))
	require.Equal(t, "{\"a\":\"x\",\"count\":1}\n", read())

	into := filepath.Join(t.TempDir(), "missing", "file")
	require.Equal(t, "--output: open "+into+": no such file or directory", requireFailure(t, group(t, "a\n", "-o", into)))
	if _, err := os.Stat("/dev/full"); err == nil {
		require.Equal(t, "--output: write /dev/full: no space left on device", requireFailure(t, group(t, "a\n", "-o", "/dev/full")))
	}
}

func TestGroupSeveralFiles(t *testing.T) {
	one, two := write(t, "one.csv", "a,b\nx,1\n"), write(t, "two.csv", "\"a\",b\r\nx,2.50")
	empty, header := write(t, "empty.csv", ""), write(t, "header.csv", "a,b")
	want := success("a,sum(b)\nx,3.50\n")
	require.Equal(t, want, execute(t, nil, "group", "-g", "a", "-a", "sum(b)", one, empty, header, two))
	require.Equal(t, want, execute(t, strings.NewReader("a,b\nx,1"), "group", "-g", "a", "-a", "sum(b)", two, "-"))
}

func TestGroupStats(t *testing.T) {
	got := group(t, weather, "-g", "city", "--stats", "--limit", "1")
	require.Equal(t, []any{0, "city,count\nBerlin,3\n"}, []any{got.code, got.stdout})
	require.Regexp(t, `\Arows +5\nbytes +88\ngroups +3\nwall `, got.stderr)
	got = group(t, weather+"x\n", "-g", "city", "--stats=json", "--on-error", "skip")
	require.Equal(t, 0, got.code)
	var stats map[string]any
	require.NoError(t, json.Unmarshal([]byte(got.stderr), &stats))
	require.Equal(t, []any{5.0, 1.0, 90.0, 3.0}, []any{stats["rows"], stats["bad_rows"], stats["bytes"], stats["groups"]})
	require.NotContains(t, stats, "names")
	require.NotEmpty(t, stats["run"])
	got = group(t, "v\n1\n", "-a", "p99(v) as slow,distinct(v),max(v)", "--approx", "2%", "--stats")
	require.Equal(t, []any{0, "slow,distinct(v) ±2%,max(v)\n1,1,1\n"}, []any{got.code, got.stdout})
	require.Regexp(t, `(?m)^approximate +slow ±2%, distinct\(v\) ±2%$`, got.stderr)
	got = group(t, "v\n1\n", "-a", "p99(v) as slow", "--approx", "2%", "--stats=json", "-f", "jsonl")
	require.Equal(t, []any{0, "{\"slow\":1}\n"}, []any{got.code, got.stdout})
	require.Contains(t, got.stderr, `,"approximate":["slow ±2%"],`)
	got = group(t, "a\nx,y\n", "--stats=json")
	require.Equal(t, []any{1, ""}, []any{got.code, got.stdout})
	require.NoError(t, json.Unmarshal([]byte(got.stderr), &stats))
	require.Equal(t, `stdin:2: byte 2: field-count: "x,y"`, stats["error"])
	got = group(t, "v\nx\n", "-a", "p99(v)", "--approx", "2%", "--stats=json")
	require.Equal(t, []any{1, ""}, []any{got.code, got.stdout})
	require.NoError(t, json.Unmarshal([]byte(got.stderr), &stats))
	require.Equal(t, `stdin:2: byte 2: bad-value: "x"`, stats["error"])
}

func TestGroupProfiles(t *testing.T) {
	dir := t.TempDir()
	cpu, memory, events := filepath.Join(dir, "cpu"), filepath.Join(dir, "memory"), filepath.Join(dir, "trace")
	require.Equal(t, success("count\n5\n"), group(t, weather, "--cpuprofile", cpu, "--memprofile", memory, "--trace", events))
	require.Contains(t, top(t, cpu), "Type: cpu\n")
	require.Contains(t, top(t, memory), "Type: alloc_space\n")
	require.Greater(t, countEvents(t, events), 10)
}

func TestGroupHelp(t *testing.T) {
	got := execute(t, nil, "group", "--help")
	require.Equal(t, 0, got.code)
	require.Empty(t, got.stderr)
	flags := 0
	newGroupCommand().Flags().VisitAll(func(f *pflag.Flag) {
		flags++
		_, usage := pflag.UnquoteUsage(f)
		require.NotEmpty(t, usage, f.Name)
		require.Contains(t, got.stdout, "--"+f.Name)
		require.Contains(t, got.stdout, usage)
	})
	require.Greater(t, flags, 25)
	for _, f := range engine.Funcs() {
		require.Contains(t, got.stdout, string(f)+"(COL)")
	}
	require.Contains(t, execute(t, nil, "--help").stdout, "\n  group ")
}

func TestGroupCompletion(t *testing.T) {
	complete := func(args ...string) string {
		got := execute(t, nil, append([]string{"__complete", "group"}, args...)...)
		require.Equal(t, 0, got.code)
		return got.stdout
	}
	require.Equal(t, strings.Join(cli.Texts(groupFormats), "\n")+"\n:4\n", complete("--format", ""))
	require.Equal(t, strings.Join(cli.Texts(engine.Kernels()), "\n")+"\n:4\n", complete("--kernel", ""))
	require.Equal(t, "tab\n:4\n", complete("-d", ""))
	require.Equal(t, "none\n:4\n", complete("--quote", ""))
	require.Equal(t, "count\ncount(\nsum(\nmin(\nmax(\nmean(\nvar(\nstddev(\nmedian(\ndistinct(\nmode(\nfirst(\nlast(\nany(\n:6\n", complete("-a", ""))
	require.Contains(t, complete("-a", "sum(x),m"), "\nsum(x),mean(\n")
	require.Equal(t, ":0\n", complete("rows"), "file names")
	require.Equal(t, ":0\n", complete("--output", ""), "file names")
	require.Contains(t, complete("--dec"), "--decimal-comma\t")
}

// TestGroupMemory prints more groups than --max-memory has room for, in every order and
// format, or says why that is not possible.
func TestGroupMemory(t *testing.T) {
	path := generate(t, "--rows", "2e5", "--profile", "unique")
	run := func(args ...string) outcome {
		return execute(t, nil, append([]string{"group", "-n", "-d", ";", "-g", "1", "-a", "sum(2) as s,count", "--workers", "1", path}, args...)...)
	}
	limited := func(args ...string) outcome { return run(append(args, "--max-memory", "10MiB")...) }
	same := func(args ...string) {
		t.Helper()
		want := run(args...)
		require.Equal(t, 0, want.code, want.stderr)
		require.True(t, want == limited(args...), "%q", args)
	}
	for _, format := range groupFormats[:4] {
		same("--format", string(format))
		same("--format", string(format), "--limit", "3")
		same("--format", string(format), "--limit", "2000", "--sort", "-s")
	}
	same("--sort", "1")
	same("--format", "table", "--limit", "100")
	same("--format", "markdown", "--limit", "100", "--sort", "-1")
	require.Regexp(t, `^result of 200000 groups: over the memory limit: .*; --sort needs all groups in memory, but with --limit only those that are printed$`,
		requireFailure(t, limited("--sort", "s")))
	require.Regexp(t, `over the memory limit: .*; --format table needs all groups in memory, csv, tsv, json and jsonl do not$`,
		requireFailure(t, limited("--format", "table")))
	require.Regexp(t, `over the memory limit: `, requireFailure(t, limited("--no-spill")))
}
