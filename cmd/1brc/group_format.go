package main

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"slices"
	"strings"
	"unicode/utf8"

	"onebrc/cmd/internal/compare"
	"onebrc/cmd/internal/report"
	"onebrc/engine"
)

// groupFormat is the value of --format.
type groupFormat string

const (
	formatCSV      groupFormat = "csv"
	formatTSV      groupFormat = "tsv"
	formatJSON     groupFormat = "json"
	formatLines    groupFormat = "jsonl"
	formatMarkdown groupFormat = "markdown"
	formatTable    groupFormat = "table"
	formatParquet  groupFormat = "parquet" // if hasParquet
)

// allFormats are all formats, and groupFormats those that this build can write.
var (
	allFormats   = []groupFormat{formatCSV, formatTSV, formatJSON, formatLines, formatMarkdown, formatTable, formatParquet}
	groupFormats = slices.DeleteFunc(slices.Clone(allFormats), func(f groupFormat) bool { return f == formatParquet && !hasParquet })
)

// parquetDigits is how many digits a DECIMAL has: those of 128 bits, which DuckDB and Polars
// can read.
const parquetDigits = 38

// distinctNames returns an error if the format needs names of output columns that are
// distinct, and two are not. The first ones, as many as keys says, are those of the key.
func (f groupFormat) distinctNames(names []string, keys int) error {
	if f != formatJSON && f != formatLines && f != formatParquet {
		return nil
	}
	seen := map[string]bool{}
	for i, name := range names {
		text := validUTF8(name)
		switch {
		case seen[text] && i < keys:
			return fmt.Errorf("--format %s: two columns of the key have the name %q, which csv and tsv can have", f, text)
		case seen[text]:
			return fmt.Errorf("--format %s: two output columns have the name %q; rename one in --agg with as NAME", f, text)
		}
		seen[text] = true
	}
	return nil
}

// validUTF8 returns text with U+FFFD instead of each byte that is not UTF-8, as
// encoding/json writes it.
func validUTF8(text string) string {
	if utf8.ValidString(text) {
		return text
	}
	return string([]rune(text))
}

// groupResult is the result of 1brc group and how to print it.
type groupResult struct {
	stream   *engine.GroupStream // nil if the run failed
	groups   *engine.Groups      // if not nil, the groups, which the stream no longer has
	query    engine.Query
	format   groupFormat
	limit    int           // groups to print, 0 for all
	decimals int           // of inexact results, -1 for as many as they need
	null     string        // what stands for a missing result
	texts    []bool        // which output columns are texts, as the keys are
	shown    *report.Table // gets the first groups as they are printed; nil for none
}

func (r *groupResult) stats() compare.Stats {
	s := r.stream
	if s == nil {
		return compare.Stats{}
	}
	return compare.Stats{
		Rows: s.Rows, BadRows: s.BadRows, DroppedRows: s.DroppedRows, Bytes: s.Bytes, Names: int(s.Len()), Run: s.Measurement,
		Approximate: r.approximate(),
	}
}

// approximate returns the names of the output columns whose results have an error, and the
// error. A run that has failed has no columns.
func (r *groupResult) approximate() (names []string) {
	if len(r.stream.Columns) == 0 {
		return nil
	}
	for i, a := range r.query.Aggregates {
		if label := r.query.ApproxLabel(a.Func); label != "" {
			names = append(names, strings.TrimSuffix(r.stream.Columns[r.stream.Keys+i], label)+label)
		}
	}
	return names
}

// Close frees the result.
func (r *groupResult) Close() {
	if r.stream != nil {
		r.stream.Close()
	}
}

func (r *groupResult) write(w io.Writer) error {
	out := bufio.NewWriterSize(w, 64<<10)
	var err error
	switch r.format {
	case formatCSV:
		err = r.writeSeparated(out, ',')
	case formatTSV:
		err = r.writeSeparated(out, '\t')
	case formatJSON:
		err = r.writeArray(out)
	case formatLines:
		err = r.writeGroups(out, r.appendObjects("", "\n"))
	case formatMarkdown:
		err = r.writeMarkdown(out)
	case formatParquet:
		err = r.writeParquet(out)
	default:
		err = r.writeTable(out)
	}
	if err != nil {
		return err
	}
	return out.Flush()
}

// printed returns the groups to print. After an error, it ends.
func (r *groupResult) printed() iter.Seq2[engine.Group, error] {
	all := r.stream.All()
	if r.groups != nil {
		all = func(yield func(engine.Group, error) bool) {
			for g := range r.groups.All() {
				if !yield(g, nil) {
					return
				}
			}
		}
	}
	if r.shown != nil {
		all = r.showing(all)
	}
	if r.limit == 0 {
		return all
	}
	return func(yield func(engine.Group, error) bool) {
		left := r.limit
		for g, err := range all {
			if left--; !yield(g, err) || left == 0 {
				return
			}
		}
	}
}

// showing returns all, and adds its groups to r.shown.
func (r *groupResult) showing(all iter.Seq2[engine.Group, error]) iter.Seq2[engine.Group, error] {
	return func(yield func(engine.Group, error) bool) {
		r.shown.Rows = r.shown.Rows[:0]
		for g, err := range all {
			if err == nil && !r.shown.Full() {
				row := new(textRow).set(r, g)
				for i, isText := range r.texts {
					if isText {
						row[i] = printable(row[i])
					}
				}
				r.shown.Rows = append(r.shown.Rows, row)
			}
			if !yield(g, err) {
				return
			}
		}
	}
}

// appendGroups appends the text of groups to b.
type appendGroups = func(b []byte, groups iter.Seq[engine.Group]) ([]byte, error)

// pieceGroups is how many groups are made text at a time.
const pieceGroups = 256

// writeGroups writes the groups to print in the form of appendPiece, which may be called
// on several goroutines at once, unless the groups are to be shown, too.
func (r *groupResult) writeGroups(w io.Writer, appendPiece appendGroups) error {
	if r.groups == nil && r.limit == 0 && r.shown == nil {
		return r.stream.Write(w, appendPiece)
	}
	var text []byte
	var piece []engine.Group
	flush := func() (err error) {
		if text, err = appendPiece(text[:0], slices.Values(piece)); err == nil {
			_, err = w.Write(text)
		}
		piece = piece[:0]
		return err
	}
	for g, err := range r.printed() {
		if err != nil {
			return err
		}
		if piece = append(piece, g); len(piece) == pieceGroups {
			if err := flush(); err != nil {
				return err
			}
		}
	}
	return flush()
}

// appendNumber appends an aggregate that is not missing.
func (r *groupResult) appendNumber(b []byte, c engine.Cell) []byte {
	if r.decimals >= 0 {
		return c.AppendDecimals(b, r.decimals)
	}
	return c.AppendText(b)
}

// textRow is the text of the output columns of a group. One string has all of them, so that
// a group needs one allocation.
type textRow struct {
	fields []string
	text   []byte
	ends   []int // of the fields in text
}

// set makes t the row of g and returns its fields, which are valid until the next call.
func (t *textRow) set(r *groupResult, g engine.Group) []string {
	t.fields, t.text, t.ends = t.fields[:0], t.text[:0], t.ends[:0]
	for i := range r.stream.Columns {
		switch c := i - r.stream.Keys; {
		case c < 0:
			t.text = g.AppendKey(t.text, i)
		case g.Cell(c).Missing():
			t.text = append(t.text, r.null...)
		default:
			t.text = r.appendNumber(t.text, g.Cell(c))
		}
		t.ends = append(t.ends, len(t.text))
	}
	begin, text := 0, string(t.text)
	for _, end := range t.ends {
		t.fields = append(t.fields, text[begin:end])
		begin = end
	}
	return t.fields
}

// writeSeparated writes rows as RFC 4180 has them, with LF at the end of a row.
func (r *groupResult) writeSeparated(w io.Writer, delimiter rune) error {
	header, err := appendRows(nil, delimiter, slices.Values([][]string{r.stream.Columns}))
	if err == nil {
		_, err = w.Write(header)
	}
	if err != nil {
		return err
	}
	return r.writeGroups(w, func(b []byte, groups iter.Seq[engine.Group]) ([]byte, error) {
		return appendRows(b, delimiter, func(yield func([]string) bool) {
			var row textRow
			for g := range groups {
				if !yield(row.set(r, g)) {
					return
				}
			}
		})
	})
}

// appendRows appends rows of fields, which have a delimiter between them.
func appendRows(b []byte, delimiter rune, rows iter.Seq[[]string]) ([]byte, error) {
	text := bytes.NewBuffer(b)
	out := csv.NewWriter(text)
	out.Comma = delimiter
	for row := range rows {
		if len(row) > 1 || row[0] != "" {
			_ = out.Write(row) // Error returns its error
			continue
		}
		// Package csv would write an empty line, which many programs ignore.
		out.Flush()
		text.WriteString(`""` + "\n")
	}
	out.Flush()
	return text.Bytes(), out.Error()
}

// writeArray writes a JSON array with an object on each line.
func (r *groupResult) writeArray(w io.Writer) error {
	if r.stream.Len() == 0 {
		_, err := io.WriteString(w, "[]\n")
		return err
	}
	const separator = ",\n"
	if _, err := io.WriteString(w, "[\n"); err != nil {
		return err
	}
	if err := r.writeGroups(&skipper{w, len(separator)}, r.appendObjects(separator, "")); err != nil {
		return err
	}
	_, err := io.WriteString(w, "\n]\n")
	return err
}

// skipper writes all but the first bytes.
type skipper struct {
	to   io.Writer
	skip int
}

// Write implements io.Writer.
func (s *skipper) Write(b []byte) (int, error) {
	n := min(len(b), s.skip)
	s.skip -= n
	written, err := s.to.Write(b[n:])
	return n + written, err
}

// appendObjects returns a function that appends a JSON object for each group, between
// before and after.
func (r *groupResult) appendObjects(before, after string) appendGroups {
	columns := newObjectWriter(nil)
	names := make([]string, len(r.stream.Columns))
	for i, name := range r.stream.Columns {
		columns.Reset()
		columns.text(name)
		names[i] = columns.String() + ":"
	}
	return func(b []byte, groups iter.Seq[engine.Group]) ([]byte, error) {
		out := newObjectWriter(b)
		for g := range groups {
			out.WriteString(before)
			for i, name := range names {
				out.WriteByte("{,"[min(i, 1)])
				out.WriteString(name)
				switch c := i - r.stream.Keys; {
				case c < 0:
					out.text(g.Key(i))
				case g.Cell(c).Missing():
					out.WriteString("null")
				case r.texts[i]:
					out.text(g.Cell(c).String())
				default:
					out.Write(r.appendNumber(out.AvailableBuffer(), g.Cell(c)))
				}
			}
			out.WriteByte('}')
			out.WriteString(after)
		}
		return out.Bytes(), nil
	}
}

// objectWriter writes JSON.
type objectWriter struct {
	*bytes.Buffer
	encoder *json.Encoder
}

// newObjectWriter returns an objectWriter that appends to b.
func newObjectWriter(b []byte) objectWriter {
	w := objectWriter{Buffer: bytes.NewBuffer(b)}
	w.encoder = json.NewEncoder(w.Buffer)
	w.encoder.SetEscapeHTML(false)
	return w
}

// text writes a string. It replaces invalid UTF-8 by U+FFFD.
func (w objectWriter) text(s string) {
	_ = w.encoder.Encode(s) // a string cannot fail
	w.Truncate(w.Len() - len("\n"))
}
