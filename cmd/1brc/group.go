package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
	_ "time/tzdata" // for machines that have no data of their own: 450 KB

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"onebrc/cmd/internal/cli"
	"onebrc/cmd/internal/report"
	"onebrc/engine"
)

// groupConfig is the command line of 1brc group.
type groupConfig struct {
	runConfig
	query          engine.Query
	by, aggregates []string // lists
	where          []string // conditions
	zone           string
	filename       bool
	delimiter      byteFlag
	quote          byteFlag
	format         cli.Choice[groupFormat] // "" means a table on a terminal, and else CSV
	sort           string
	limit          cli.Int
	decimals       cli.Int
	approx         errorFlag
}

// newGroupCommand returns the command group.
func newGroupCommand() *cobra.Command {
	c := &groupConfig{
		runConfig: newRunConfig("1brc group", countedGroups),
		delimiter: byteFlag{words: map[string]byte{"tab": '\t', `\t`: '\t'}, want: "must be one byte, or tab"},
		quote:     byteFlag{words: map[string]byte{"none": 0}, want: "must be one byte, or none", value: '"'},
		format:    cli.Choice[groupFormat]{All: allFormats, Kind: "string", Empty: true},
		limit:     cli.Int{Min: 1, Max: math.MaxInt},
		decimals:  cli.Int{Max: 1000},
	}
	command := &cobra.Command{
		Use:   "group [-g COLS] [-w COND] [-a LIST] [flags] [FILE...]",
		Short: "Group rows of CSV or other delimited text, and aggregate their columns",
		Long: `Group rows of CSV or other delimited text, and aggregate their columns.

Rows with the same contents in the columns of --by are a group. The result has a
row for each group: those columns, then the aggregates. All FILEs together give
one result. With no FILE, or where FILE is "-", standard input is read. Compressed
data (gzip, zstd, bzip2, xz) is decompressed, whatever its FILE is named.

COLS are names, positions from 1, and ranges of positions: city,3,5-7. LIST has
aggregates: count (of rows), count(COL), sum(COL), min(COL), max(COL), mean(COL),
var(COL), stddev(COL), median(COL), percentiles such as p90(COL) and p99.9(COL),
distinct(COL), mode(COL), first(COL), last(COL), any(COL), each with an optional
name: mean(temp) as average. var and stddev are those of a sample. distinct counts
different contents, mode is the most frequent one, first and last go by the order of
the rows, any is first. A percentile is one of the values, by its nearest rank,
unless --interpolate is given. All are exact, unless --approx is given. Spaces around
names do not count. Put double quotes around a name that is a number or a range, has a
comma, a quote or a parenthesis without its partner, or begins or ends with a space.
Double the quotes in it, as in CSV: --by '"2024","size, cm"'. Both flags may be
repeated.

--approx ERR, such as 1% or 0.01, gives percentiles and distinct an error, for less
memory and time. A percentile is less than ERR of it away from the exact one, and has
few digits. The standard error of distinct is at most ERR: two of three results are
nearer to the exact one. The order of the rows does not matter. Names of output
columns tell it, "p99(ms) ±1%", but names that you give with as stay as they are;
--stats lists all. All other results stay exact.

In COLS, year(COL), month(COL), day(COL), hour(COL), minute(COL) and weekday(COL) are
parts of a time: 2026, 2026-11, 2026-11-27, 2026-11-27T18, 2026-11-27T18:05, and 1 for
Monday to 7. COL holds texts as ISO 8601 and RFC 3339 have them. For numbers that count
from the start of 1970 in UTC, tell the unit, s, ms, us or ns: month(ts, ms). It is
never guessed. --tz is the time zone whose clocks count. The program knows all zones
of the IANA, and prefers what the system knows. A text without a zone is taken as it
is, a missing field is a group of its own, and what is no time is a bad row.

--filename makes the name of the FILE, as it is given, the first column of the key. The
output column is called filename. Standard input is stdin.

COND is COL OP VALUE, or several of these with and, or, not and parentheses, where
not binds closest and or last: 'temp > 5 and not (city = Oslo or city ~ berg)'. OP is
= != < <= > >= or ~, which means that COL contains VALUE. If both are numbers, they
are compared as such, exactly, and otherwise byte by byte. A VALUE in double quotes
is no number, may be empty, and may have any bytes: city = "Trinidad and Tobago".
Quotes around COL are as above, and needed for = ! < > ~ and the words and, or, not,
too. < <= > >= are false for a missing field. --where may be repeated: all COND must
be true. Rows for which they are not do not count; --stats tells how many there were.
Their values and times may be anything, but not their quotes and number of fields.

Every FILE has the same header, unless --no-header is given; columns are then
known by position. A field is quoted as in RFC 4180. LF and CR LF end a row. A
byte order mark at the start of a FILE is skipped. The delimiter is never guessed
from the data.

A value is [+-]DIGITS[.DIGITS], with at most 18 digits. Results are exact: sum, min,
max and percentiles have as many decimals as the value of the column with most of
them, and mean, var, stddev and interpolated percentiles are the nearest float64, or
rounded to --decimals, ties to even. A field that is empty, or equal to --null, is
missing: it is left out of the aggregates of its column. A result without values is
missing, too.

Every row is checked. The first bad row ends the run. There is no result then, but
an error on standard error: "1brc group: FILE:LINE: byte OFFSET: REASON: "ROW"".
LINE is that on which the row begins. The reasons are row-too-long (above 64 KiB),
bad-quote, field-count (other than in the header), bad-value (in a column of which
numbers are wanted), and bad-time. --on-error skip leaves bad rows out, prints
their number to standard error, and --rejects lists them, as for 1brc.

Formats: csv and tsv quote fields that hold the delimiter, a quote or a line end,
or begin with a space. json is an array of objects, jsonl has one object a line;
numbers are exact, a missing result is null, and a byte that is not UTF-8 becomes
U+FFFD. parquet, for a file, has DECIMAL, INT64, DOUBLE and STRING columns; only
programs built with "go build -tags parquet" write it. In markdown and table, names
that are not printable are quoted as in Go: "a\nb". In all other cases names are
printed byte by byte as they are.

Groups are sorted by key, byte by byte. --sort takes the name of an output column,
or a column or aggregate as in --by and --agg, with "-" before it for descending
order. Missing results come last.

All FILEs are checked before any output is created. --output, --rejects, --report
and profiles are written beside the old file and replace it when complete, the result
only after success. FIFOs and devices are written directly.

The exit code is 0 for success, 1 for failure and 2 for wrong usage. A reader of
standard output that stops early is no failure.`,
		Example: `  1brc group -g city -a 'count, mean(temp), max(temp) as hottest' weather.csv
  1brc group -g country,city -a 'sum(price)' --sort '-sum(price)' --limit 10 2024.csv 2025.csv
  1brc group -g path -w 'status >= 500 and not path ~ "/health"' -a count access.csv
  1brc group -g 'path,month(time,s)' -a 'min(size),mean(size),max(size),count,sum(size)' --decimals 2 log.csv
  1brc group -g path -a 'count,median(ms),p99(ms),distinct(user)' --sort '-p99(ms)' --limit 10 access.csv
  1brc group -g day -a 'count,distinct(user),p99(ms)' --approx 2% access.csv
  1brc group --filename -a 'count,sum(price)' 2024.csv.gz 2025.csv.zst
  1brc group -g 2 -a 'count,stddev(5)' --decimals 2 -f markdown logs-*.tsv.gz
  1brc group -n -d ';' -g 1 -a 'min(2),mean(2),max(2)' measurements.txt`,
		Args: cobra.ArbitraryArgs,
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]cobra.Completion, cobra.ShellCompDirective) {
			return nil, cobra.ShellCompDirectiveDefault
		},
		PreRunE: func(command *cobra.Command, args []string) (err error) {
			if c.files, err = c.lists.addTo(args); err != nil {
				return err
			}
			return c.check(command.Flags().Changed, c.files)
		},
		RunE: func(*cobra.Command, []string) error { return c.run(c.files) },
	}
	c.addFlags(command)
	return command
}

// addFlags adds the flags and how shells complete them.
func (c *groupConfig) addFlags(command *cobra.Command) {
	flags := command.Flags()
	flags.SortFlags = false
	flags.StringArrayVarP(&c.by, "by", "g", nil, "group by the columns `COLS`, names or positions; by default all rows are one group")
	flags.BoolVar(&c.filename, "filename", false, "group by the name of the FILE, too: the first output column, filename")
	flags.StringArrayVarP(&c.aggregates, "agg", "a", nil, "aggregates of each group, `LIST`; by default count")
	flags.StringArrayVarP(&c.where, "where", "w", nil, "count only rows for which `COND` is true, such as 'temp > 5 and city ~ burg'")
	flags.StringVar(&c.zone, "tz", "UTC", "time zone `ZONE` of year, month, day, hour, minute and weekday, such as Europe/Berlin")
	flags.VarP(&c.delimiter, "delimiter", "d", "byte between fields, or tab; by default a comma, or a tab if all FILEs end in .tsv, such as x.tsv or x.tsv.gz")
	flags.Var(&c.quote, "quote", "byte around fields that hold delimiters, line ends or quotes, or none")
	flags.BoolVarP(&c.query.NoHeader, "no-header", "n", false, "the first row is not a header; columns are known by position")
	flags.StringVar(&c.query.Null, "null", "", "`TEXT` of a field whose value is missing; by default no text")
	flags.BoolVar(&c.query.DecimalComma, "decimal-comma", false, "a comma, not a point, separates the decimals of a value; output has a point")
	flags.BoolVar(&c.query.Interpolate, "interpolate", false, "percentiles are between two values, if their rank is")
	flags.Var(&c.approx, "approx", "percentiles and distinct with a relative error of `ERR`, such as 1%, in less memory")
	flags.VarP(&c.format, "format", "f", "format of the result: "+list(c.format.All)+" (in some builds); by default table on a terminal, and else csv")
	flags.StringVarP(&c.output, "output", "o", "", "write the result to `FILE` instead of standard output")
	flags.StringVar(&c.sort, "sort", "", "sort by the output column `COL`, or descending by -COL; by default by the keys")
	flags.Var(&c.limit, "limit", "print only the first `N` groups; by default all")
	flags.Var(&c.decimals, "decimals", "round mean, var, stddev, and interpolated or approximate percentiles to `N` decimals")
	c.runConfig.addFlags(command)
	completeValues(command, map[string][]string{
		"format": cli.Texts(groupFormats), "delimiter": {"tab"}, "quote": {"none"},
		"by": nil, "where": nil, "tz": nil, "null": nil, "sort": nil, "limit": nil, "decimals": nil, "approx": nil,
	})
	// The error can only be an unknown flag, which the tests would show.
	_ = command.RegisterFlagCompletionFunc("agg", completeAggregates)
}

// completeAggregates completes the last function of a comma-separated list.
func completeAggregates(_ *cobra.Command, _ []string, text string) ([]cobra.Completion, cobra.ShellCompDirective) {
	before := text[:strings.LastIndexByte(text, ',')+1]
	completions := []cobra.Completion{before + string(engine.FuncCount)}
	for _, f := range engine.Funcs() {
		completions = append(completions, before+string(f)+"(")
	}
	return completions, cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveNoSpace
}

// check reports wrong usage that the types of the flags do not prevent, and completes
// the query and the options of the engine. changed reports whether a flag is given.
func (c *groupConfig) check(changed func(flag string) bool, args []string) error {
	if err := c.checkQuery(changed, args); err != nil {
		return err
	}
	if !changed("decimals") {
		c.decimals.Value = -1
	}
	if c.format.Value == "" {
		c.format.Value = formatCSV
		if c.output == "" && term.IsTerminal(int(os.Stdout.Fd())) {
			c.format.Value = formatTable
		}
	}
	if err := c.checkParquet(); err != nil {
		return err
	}
	if changed("sort") && strings.TrimPrefix(c.sort, "-") == "" {
		return cli.Usagef("--sort must name an output column, got %q", c.sort)
	}
	if names, all := outputNames(c.query); all {
		if _, _, err := c.order(names); err != nil {
			return cli.UsageError{Err: err}
		}
	}
	if err := c.runConfig.check(changed, args); err != nil {
		return err
	}
	return checkStdin(args)
}

// checkParquet reports what stands against --format parquet.
func (c *groupConfig) checkParquet() error {
	switch {
	case c.format.Value != formatParquet:
	case !hasParquet:
		return cli.Usagef("--format parquet: this 1brc was built without it, so that it is smaller and starts faster; " +
			"build it with: go build -tags parquet ./cmd/1brc")
	case c.output == "" && term.IsTerminal(int(os.Stdout.Fd())):
		return cli.Usagef("--format parquet is not for a terminal: name a file with --output")
	case c.decimals.Value > parquetDigits:
		return cli.Usagef("--decimals must be at most %d with --format parquet", parquetDigits)
	}
	return nil
}

// checkQuery completes the query.
func (c *groupConfig) checkQuery(changed func(flag string) bool, args []string) error {
	if c.filename {
		c.query.By = []engine.Column{{Input: true}}
	}
	for _, list := range c.by {
		columns, err := parseColumns(list)
		if err != nil {
			return cli.Usagef("--by: %w", err)
		}
		c.query.By = append(c.query.By, columns...)
	}
	var err error
	if c.query.Zone, err = time.LoadLocation(c.zone); err != nil || c.zone == "" {
		return cli.Usagef("--tz: unknown time zone %q; UTC and Europe/Berlin are examples of known ones", c.zone)
	}
	var where engine.And
	for _, text := range c.where {
		condition, err := parseCondition(text)
		if err != nil {
			return cli.Usagef("--where: %w", err)
		}
		where = append(where, condition)
	}
	if len(where) > 0 {
		c.query.Where = where
	}
	for _, list := range c.aggregates {
		aggregates, err := parseAggregates(list)
		if err != nil {
			return cli.Usagef("--agg: %w", err)
		}
		c.query.Aggregates = append(c.query.Aggregates, aggregates...)
	}
	if len(c.query.Aggregates) == 0 {
		c.query.Aggregates = []engine.Aggregation{{Func: engine.FuncCount}}
	}
	c.query.Delimiter, c.query.Quote, c.query.NoQuote = c.delimiter.value, c.quote.value, c.quote.value == 0
	if !changed("delimiter") {
		c.query.Delimiter = defaultDelimiter(args)
	}
	if c.query.DecimalComma && c.query.Delimiter == ',' {
		if !changed("delimiter") {
			return cli.Usagef("--decimal-comma needs a delimiter that is not a comma, such as -d ';'")
		}
		return cli.Usagef("--decimal-comma cannot be used with a comma as --delimiter")
	}
	c.query.Approx = float64(c.approx)
	// The query as a whole would not tell which flag is wrong.
	syntax := engine.Query{Delimiter: c.query.Delimiter, NoQuote: true}
	for _, part := range []struct {
		flag  string
		query engine.Query
	}{
		{"delimiter", syntax},
		{"quote", engine.Query{Delimiter: c.query.Delimiter, Quote: c.query.Quote, NoQuote: c.query.NoQuote}},
		{"by", engine.Query{NoHeader: c.query.NoHeader, By: c.query.By}},
		{"where", engine.Query{NoHeader: c.query.NoHeader, Where: c.query.Where}},
		{"agg", engine.Query{NoHeader: c.query.NoHeader, Aggregates: c.query.Aggregates}},
		{"approx", c.query},
	} {
		if err := part.query.Check(); err != nil {
			return cli.Usagef("--%s: %w", part.flag, err)
		}
	}
	return nil
}

// defaultDelimiter returns the delimiter of files with the names args.
func defaultDelimiter(args []string) byte {
	isOther := func(arg string) bool {
		if slices.Contains([]string{".gz", ".zst", ".bz2", ".xz"}, strings.ToLower(filepath.Ext(arg))) {
			arg = strings.TrimSuffix(arg, filepath.Ext(arg))
		}
		return !strings.EqualFold(filepath.Ext(arg), ".tsv")
	}
	if len(args) == 0 || slices.ContainsFunc(args, isOther) {
		return ','
	}
	return '\t'
}

// order returns the output column to sort by, or -1 for the order of the keys. The
// error is about the names of the output columns.
func (c *groupConfig) order(names []string) (column int, descending bool, err error) {
	if err := c.format.Value.distinctNames(names, len(c.query.By)); err != nil {
		return 0, false, err
	}
	if c.sort == "" {
		return -1, false, nil
	}
	name, descending := strings.CutPrefix(c.sort, "-")
	column, err = sortColumn(name, c.query, names)
	return column, descending, err
}

// run prints the groups of the inputs that args name.
func (c *groupConfig) run(args []string) error {
	return c.runConfig.run(args, func(ctx context.Context, args []string) (result, error) {
		o := c.options
		if cli.HasBars() {
			if total, known := sizeOf(args); known {
				bar := cli.NewBar("group", "bytes", total)
				defer bar.Clear()
				o.Progress = bar.Set
			}
		}
		stream, err := engine.GroupByStream(ctx, c.query, o, c.inputs...)
		r := &groupResult{stream: stream, query: c.query, format: c.format.Value, limit: c.limit.Value, decimals: c.decimals.Value, null: c.query.Null}
		if err == nil {
			for i := range stream.Columns {
				r.texts = append(r.texts, i < stream.Keys || c.query.Aggregates[i-stream.Keys].Func.IsText())
			}
			r.shown = c.groupTable(stream, r.texts)
			if err = c.arrange(r); err != nil {
				stream.Close()
			}
		}
		if err != nil {
			err = withoutPackage(err)
		}
		return r, err
	})
}

// groupTable returns the table of the report, or nil if there is to be none.
func (c *groupConfig) groupTable(s *engine.GroupStream, texts []bool) *report.Table {
	t := c.report.table
	if t == nil {
		return nil
	}
	for i, name := range s.Columns {
		t.Columns = append(t.Columns, report.Column{Name: printable(name), Number: !texts[i]})
	}
	find := func(f engine.Func, of *engine.Column) int {
		i := slices.IndexFunc(c.query.Aggregates, func(a engine.Aggregation) bool { return a.Func == f && (of == nil || *a.Of == *of) })
		if i < 0 {
			return i
		}
		return s.Keys + i
	}
	if least := find(engine.FuncMin, nil); least >= 0 {
		of := c.query.Aggregates[least-s.Keys].Of
		if most := find(engine.FuncMax, of); most >= 0 {
			t.Range = &report.Range{Min: least, Mean: find(engine.FuncMean, of), Max: most}
		}
	}
	return t
}

// arrange reads the groups of r, if they are not printed in the order of the stream or
// not one by one.
func (c *groupConfig) arrange(r *groupResult) error {
	s := r.stream
	column, descending, err := c.order(s.Columns)
	if err != nil {
		return err
	}
	sorted := column < 0 || column == 0 && s.Keys > 0 && !descending // as the stream is
	aligned := r.format == formatTable || r.format == formatMarkdown
	switch {
	case sorted && (!aligned || s.Len() == 0):
		return nil
	case sorted && (r.limit == 0 || s.Keys == 0):
		if r.groups, err = s.Collect(); errors.Is(err, engine.ErrMemory) {
			err = fmt.Errorf("%w; --format %s needs all groups in memory, csv, tsv, json and jsonl do not", err, r.format)
		}
	case r.limit > 0:
		r.groups, err = s.First(r.limit, max(column, 0), descending)
	default:
		if r.groups, err = s.Collect(); errors.Is(err, engine.ErrMemory) {
			err = fmt.Errorf("%w; --sort needs all groups in memory, but with --limit only those that are printed", err)
		}
		if err == nil {
			r.groups.SortBy(column, descending)
		}
	}
	return err
}

// byteFlag is a flag of one byte. A word may stand for a byte.
type byteFlag struct {
	value byte
	words map[string]byte
	want  cli.WantError
}

// errorFlag is the value of a flag that is a relative error, such as 1% or 0.01. 0 means
// that the flag is not given.
type errorFlag float64

// String returns the error.
func (e *errorFlag) String() string {
	if *e == 0 {
		return ""
	}
	return strconv.FormatFloat(float64(*e), 'f', -1, 64)
}

// Type names the value in help.
func (e *errorFlag) Type() string { return "error" }

// Set parses text.
func (e *errorFlag) Set(text string) error {
	number, isPercent := strings.CutSuffix(text, "%")
	v, err := strconv.ParseFloat(number, 64)
	if err != nil || v <= 0 || strings.Trim(number, "0123456789.") != "" {
		return cli.WantError("must be a relative error, such as 1% or 0.01")
	}
	if isPercent {
		v /= 100
	}
	*e = errorFlag(v)
	return nil
}

// String returns the byte.
func (b *byteFlag) String() string {
	if b.value == 0 {
		return ""
	}
	return string([]byte{b.value})
}

// Type names the value in help.
func (b *byteFlag) Type() string { return "byte" }

// Set parses text.
func (b *byteFlag) Set(text string) error {
	value, isWord := b.words[text]
	switch {
	case isWord:
		b.value = value
	case len(text) == 1:
		b.value = text[0]
	default:
		return b.want
	}
	return nil
}
