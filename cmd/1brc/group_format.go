package main

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"iter"

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
	*engine.Groups // nil if the run failed
	format         groupFormat
	limit          int    // groups to print, 0 for all
	decimals       int    // of inexact results, -1 for as many as they need
	null           string // what stands for a missing result
}

func (r groupResult) stats() compare.Stats {
	if r.Groups == nil {
		return compare.Stats{}
	}
	return compare.Stats{Rows: r.Rows, BadRows: r.BadRows, Bytes: r.Bytes, Names: r.Len(), Run: r.Measurement}
}

func (r groupResult) write(w io.Writer) error {
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
		err = r.writeObjects(out, "\n", "\n")
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

// printed returns the groups to print.
func (r groupResult) printed() iter.Seq[engine.Group] {
	if r.limit == 0 {
		return r.All()
	}
	return func(yield func(engine.Group) bool) {
		left := r.limit
		for g := range r.All() {
			if left--; !yield(g) || left == 0 {
				return
			}
		}
	}
}

// appendNumber appends an aggregate that is not missing.
func (r groupResult) appendNumber(b []byte, c engine.Cell) []byte {
	if r.decimals >= 0 {
		return c.AppendDecimals(b, r.decimals)
	}
	return c.AppendText(b)
}

// texts returns the output columns of a group in the memory of fields.
func (r groupResult) texts(fields []string, g engine.Group) []string {
	fields = fields[:0]
	for i := range r.Columns {
		switch c := i - r.Keys; {
		case c < 0:
			fields = append(fields, g.Key(i))
		case g.Cell(c).Missing():
			fields = append(fields, r.null)
		default:
			fields = append(fields, string(r.appendNumber(nil, g.Cell(c))))
		}
	}
	return fields
}

// writeSeparated writes rows as RFC 4180 has them, with LF at the end of a row.
func (r groupResult) writeSeparated(w io.Writer, delimiter rune) error {
	out := csv.NewWriter(w)
	out.Comma = delimiter
	write := func(row []string) error {
		if len(row) > 1 || row[0] != "" {
			return out.Write(row)
		}
		// Package csv would write an empty line, which many programs ignore.
		out.Flush()
		if err := out.Error(); err != nil {
			return err
		}
		_, err := io.WriteString(w, `""`+"\n")
		return err
	}
	if err := write(r.Columns); err != nil {
		return err
	}
	var row []string
	for g := range r.printed() {
		row = r.texts(row, g)
		if err := write(row); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

// writeArray writes a JSON array with an object on each line.
func (r groupResult) writeArray(w io.Writer) error {
	if r.Len() == 0 {
		_, err := io.WriteString(w, "[]\n")
		return err
	}
	if _, err := io.WriteString(w, "[\n"); err != nil {
		return err
	}
	return r.writeObjects(w, ",\n", "\n]\n")
}

// writeObjects writes a JSON object for each group, separator between them and last
// after the last one.
func (r groupResult) writeObjects(w io.Writer, separator, last string) error {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	encode := func(text string) { // it replaces invalid UTF-8 by U+FFFD
		_ = encoder.Encode(text) // a string cannot fail
		b.Truncate(b.Len() - len("\n"))
	}
	names := make([]string, len(r.Columns))
	for i, name := range r.Columns {
		b.Reset()
		encode(name)
		names[i] = b.String() + ":"
	}
	before := ""
	for g := range r.printed() {
		b.Reset()
		b.WriteString(before)
		before = separator
		for i, name := range names {
			b.WriteByte("{,"[min(i, 1)])
			b.WriteString(name)
			switch c := i - r.Keys; {
			case c < 0:
				encode(g.Key(i))
			case g.Cell(c).Missing():
				b.WriteString("null")
			default:
				b.Write(r.appendNumber(b.AvailableBuffer(), g.Cell(c)))
			}
		}
		b.WriteByte('}')
		if _, err := w.Write(b.Bytes()); err != nil {
			return err
		}
	}
	if before == "" {
		return nil
	}
	_, err := io.WriteString(w, last)
	return err
}
