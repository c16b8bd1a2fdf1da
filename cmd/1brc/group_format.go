package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"unicode"
	"unicode/utf8"

	"onebrc/cmd/internal/compare"
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
)

var groupFormats = []groupFormat{formatCSV, formatTSV, formatJSON, formatLines, formatMarkdown, formatTable}

// distinctNames returns an error if the format needs names of output columns that are
// distinct, and two are not.
func (f groupFormat) distinctNames(names []string) error {
	if f != formatJSON && f != formatLines {
		return nil
	}
	seen := map[string]bool{}
	for _, name := range names {
		text := string(bytes.ToValidUTF8([]byte(name), []byte("\uFFFD")))
		if seen[text] {
			return fmt.Errorf("--format %s: two output columns have the name %q; rename one in --agg with as NAME", f, text)
		}
		seen[text] = true
	}
	return nil
}

// groupResult is the result of 1brc group and how to print it.
type groupResult struct {
	stream   *engine.GroupStream // nil if the run failed
	groups   *engine.Groups      // if not nil, the groups, which the stream no longer has
	format   groupFormat
	limit    int    // groups to print, 0 for all
	decimals int    // of inexact results, -1 for as many as they need
	null     string // what stands for a missing result
}

func (r *groupResult) stats() compare.Stats {
	s := r.stream
	if s == nil {
		return compare.Stats{}
	}
	return compare.Stats{Rows: s.Rows, BadRows: s.BadRows, Bytes: s.Bytes, Names: int(s.Len()), Run: s.Measurement}
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
		err = r.writeGroups(out, r.objects("", "\n"))
	case formatMarkdown:
		err = r.writeMarkdown(out)
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

// writeGroups writes the groups to print in the form of appendGroup, which may be called
// on several goroutines at once.
func (r *groupResult) writeGroups(w io.Writer, appendGroup func(b []byte, g engine.Group) []byte) error {
	if r.groups == nil && r.limit == 0 {
		return r.stream.Write(w, appendGroup)
	}
	var b []byte
	for g, err := range r.printed() {
		if err != nil {
			return err
		}
		b = appendGroup(b[:0], g)
		if _, err := w.Write(b); err != nil {
			return err
		}
	}
	return nil
}

// appendNumber appends an aggregate that is not missing.
func (r *groupResult) appendNumber(b []byte, c engine.Cell) []byte {
	if r.decimals >= 0 {
		return c.AppendDecimals(b, r.decimals)
	}
	return c.AppendText(b)
}

// appendField appends output column i of a group.
func (r *groupResult) appendField(b []byte, g engine.Group, i int) []byte {
	if i < r.stream.Keys {
		return g.AppendKey(b, i)
	}
	c := g.Cell(i - r.stream.Keys)
	if c.Missing() {
		return append(b, r.null...)
	}
	return r.appendNumber(b, c)
}

// texts returns the output columns of a group in the memory of fields.
func (r *groupResult) texts(fields []string, g engine.Group) []string {
	fields = fields[:0]
	for i := range r.stream.Columns {
		fields = append(fields, string(r.appendField(nil, g, i)))
	}
	return fields
}

// writeSeparated writes rows as RFC 4180 has them, with LF at the end of a row.
func (r *groupResult) writeSeparated(w io.Writer, delimiter byte) error {
	// A row of one empty field would be an empty line, which many programs ignore.
	single := len(r.stream.Columns) == 1
	var header []byte
	for i, name := range r.stream.Columns {
		if i > 0 {
			header = append(header, delimiter)
		}
		header = quoteField(append(header, name...), len(header), delimiter, single)
	}
	if _, err := w.Write(append(header, '\n')); err != nil {
		return err
	}
	return r.writeGroups(w, func(b []byte, g engine.Group) []byte {
		for i := range r.stream.Columns {
			if i > 0 {
				b = append(b, delimiter)
			}
			start := len(b)
			b = quoteField(r.appendField(b, g, i), start, delimiter, single)
		}
		return append(b, '\n')
	})
}

// quoteField quotes the field at the end of b, from start on, if it must be quoted. The
// rule is that of package encoding/csv, and that an empty field is quoted if notEmpty is
// set.
func quoteField(b []byte, start int, delimiter byte, notEmpty bool) []byte {
	field := b[start:]
	switch {
	case len(field) == 0:
		if notEmpty {
			b = append(b, `""`...)
		}
		return b
	case string(field) == `\.`: // the end of data for PostgreSQL
	case !allOf(field, func(c byte) bool { return c != delimiter && c != '"' && c != '\r' && c != '\n' }):
	default:
		if first, _ := utf8.DecodeRune(field); !unicode.IsSpace(first) {
			return b
		}
	}
	quotes := bytes.Count(field, []byte{'"'})
	b = append(b, make([]byte, quotes+2)...)
	to := len(b) - 1
	b[to] = '"'
	for from := start + len(field) - 1; from >= start; from-- {
		to--
		b[to] = b[from]
		if b[from] == '"' {
			to--
			b[to] = '"'
		}
	}
	b[start] = '"'
	return b
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
	if err := r.writeGroups(&skipper{w, len(separator)}, r.objects(separator, "")); err != nil {
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

// objects returns a function that appends a JSON object for a group, between before and
// after.
func (r *groupResult) objects(before, after string) func(b []byte, g engine.Group) []byte {
	keys := r.stream.Keys
	names := make([]string, len(r.stream.Columns))
	for i, name := range r.stream.Columns {
		names[i] = string(encodeText([]byte(name), 0)) + ":"
	}
	return func(b []byte, g engine.Group) []byte {
		b = append(b, before...)
		for i, name := range names {
			b = append(append(b, "{,"[min(i, 1)]), name...)
			switch c := i - keys; {
			case c < 0:
				start := len(b)
				b = encodeText(g.AppendKey(b, i), start)
			case g.Cell(c).Missing():
				b = append(b, "null"...)
			default:
				b = r.appendNumber(b, g.Cell(c))
			}
		}
		return append(append(b, '}'), after...)
	}
}

// encodeText makes the text at the end of b, from start on, a JSON string. It replaces
// invalid UTF-8 by U+FFFD.
func encodeText(b []byte, start int) []byte {
	text := b[start:]
	if isPlain := func(c byte) bool { return ' ' <= c && c <= '~' && c != '"' && c != '\\' }; allOf(text, isPlain) {
		b = append(b, `""`...)
		copy(b[start+1:], b[start:len(b)-2])
		b[start] = '"'
		return b
	}
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(string(text)) // a string cannot fail
	return append(b[:start], bytes.TrimSuffix(out.Bytes(), []byte("\n"))...)
}

// allOf reports whether f accepts all bytes of text.
func allOf(text []byte, f func(byte) bool) bool {
	for _, c := range text {
		if !f(c) {
			return false
		}
	}
	return true
}
