package main

import (
	"io"
	"iter"
	"strings"

	"github.com/clipperhouse/displaywidth"

	"onebrc/engine"
)

// writeTable writes a table for people: columns side by side, numbers to the right,
// and a rule under the names.
func (r *groupResult) writeTable(w io.Writer) error {
	return r.writeAligned(w, layout{
		cell:    printable,
		between: "  ",
		rule:    func(width int, _ bool) string { return strings.Repeat("-", width) },
	})
}

// writeMarkdown writes a table as GitHub Flavored Markdown has it.
func (r *groupResult) writeMarkdown(w io.Writer) error {
	return r.writeAligned(w, layout{
		cell: markdownText,
		left: "| ", between: " | ", right: " |",
		minWidth: 3, // of a rule
		rule: func(width int, number bool) string {
			if number {
				return strings.Repeat("-", width-1) + ":"
			}
			return strings.Repeat("-", width)
		},
	})
}

// layout is how a table looks.
type layout struct {
	cell                 func(text string) string // makes text legible
	left, between, right string
	minWidth             int
	rule                 func(width int, number bool) string // the line under the names
}

// writeAligned writes the groups in columns. It goes through them twice instead of
// keeping the text of all: r.groups has them, unless there are none.
func (r *groupResult) writeAligned(w io.Writer, l layout) error {
	widths := make([]int, len(r.stream.Columns))
	measure := func(row []string) {
		for i, text := range row {
			widths[i] = max(widths[i], l.minWidth, displaywidth.String(l.cell(text)))
		}
	}
	var row textRow
	measure(r.stream.Columns)
	for g := range r.kept() {
		measure(row.set(r, g))
	}

	var line strings.Builder
	write := func(cell func(i int) string) error {
		line.Reset()
		for i := range r.stream.Columns {
			text := cell(i)
			pad := strings.Repeat(" ", widths[i]-displaywidth.String(text))
			if i > 0 {
				line.WriteString(l.between)
			}
			if r.texts[i] {
				text += pad
			} else {
				text = pad + text
			}
			line.WriteString(text)
		}
		_, err := io.WriteString(w, strings.TrimRight(l.left+line.String()+l.right, " ")+"\n")
		return err
	}
	if err := write(func(i int) string { return l.cell(r.stream.Columns[i]) }); err != nil {
		return err
	}
	if err := write(func(i int) string { return l.rule(widths[i], !r.texts[i]) }); err != nil {
		return err
	}
	for g := range r.kept() {
		fields := row.set(r, g)
		if err := write(func(i int) string { return l.cell(fields[i]) }); err != nil {
			return err
		}
	}
	return nil
}

// kept returns the groups to print.
func (r *groupResult) kept() iter.Seq[engine.Group] {
	return func(yield func(engine.Group) bool) {
		if r.groups == nil {
			return
		}
		for g, _ := range r.printed() { // groups in memory cannot fail
			if !yield(g) {
				return
			}
		}
	}
}

// markdownText returns text in a form that Markdown shows as it is, on one line.
func markdownText(text string) string {
	text = printable(text)
	var b strings.Builder
	for i := range len(text) {
		c := text[i]
		// A _ inside a word is only a _.
		if strings.IndexByte("\\`*<[]|&~", c) >= 0 || c == '_' && !(isWord(text[:i], i-1) && isWord(text, i+1)) {
			b.WriteByte('\\')
		}
		b.WriteByte(c)
	}
	return b.String()
}

// isWord reports whether text has a part of a word at byte i.
func isWord(text string, i int) bool {
	if i < 0 || i >= len(text) {
		return false
	}
	c := text[i]
	return '0' <= c && c <= '9' || 'a' <= c|0x20 && c|0x20 <= 'z' || c >= 0x80
}
