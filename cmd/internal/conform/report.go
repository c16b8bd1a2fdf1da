package conform

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
)

// Report is what a program made of the cases.
type Report struct {
	Command        string    `json:"command"` // without directories of the machine
	Ties           Ties      `json:"ties"`
	TimeoutSeconds float64   `json:"timeout_seconds"` // 0: none
	Classes        []Summary `json:"classes"`         // those of the cases
	Results        []Result  `json:"results"`
}

// Result is what a program made of a case.
type Result struct {
	Case
	Verdict Verdict `json:"verdict"`
	// Detail is the first difference of a wrong output, why the run failed, or what was
	// made of a malformed file.
	Detail string `json:"detail,omitempty"`
}

// Summary has the number of cases of a class by verdict.
type Summary struct {
	Class  Class           `json:"class"`
	Cases  int             `json:"cases"`
	Counts map[Verdict]int `json:"verdicts"` // without those that are 0
}

// isGood reports whether a legal case is right, or a malformed one refused.
func (r Result) isGood() bool {
	return r.Verdict == Right || r.Class == Malformed && r.Verdict == Refused
}

// summarize sets Classes. Results are in the order of their classes.
func (r *Report) summarize() {
	for _, result := range r.Results {
		last := len(r.Classes) - 1
		if last < 0 || r.Classes[last].Class != result.Class {
			r.Classes = append(r.Classes, Summary{Class: result.Class, Counts: map[Verdict]int{}})
			last++
		}
		r.Classes[last].Cases++
		r.Classes[last].Counts[result.Verdict]++
	}
}

// Legal returns the number of legal cases, and how many of them are right.
func (r *Report) Legal() (cases, right int) {
	for _, s := range r.Classes {
		if s.Class != Malformed {
			cases += s.Cases
			right += s.Counts[Right]
		}
	}
	return cases, right
}

// Format is how a table is written.
type Format string

// The formats.
const (
	Text     Format = "text"
	Markdown Format = "markdown"
	JSON     Format = "json"
)

// Formats returns all formats.
func Formats() []Format { return []Format{Text, Markdown, JSON} }

// Write writes a table of the classes and one of the cases that are neither right nor
// refused as malformed, or of all cases. JSON always has all.
func (r *Report) Write(w io.Writer, format Format, all bool) error {
	if format == JSON {
		return writeJSON(w, r)
	}
	summary := [][]string{{"class", "cases"}}
	for _, v := range Verdicts() {
		summary[0] = append(summary[0], string(v))
	}
	for _, s := range r.Classes {
		row := []string{string(s.Class), fmt.Sprint(s.Cases)}
		for _, v := range Verdicts() {
			row = append(row, s.count(v))
		}
		summary = append(summary, row)
	}
	cases := [][]string{{"case", "class", "verdict", "detail"}}
	for _, result := range r.Results {
		if all || !result.isGood() {
			cases = append(cases, []string{result.Name, string(result.Class), string(result.Verdict), code(result.Detail, format)})
		}
	}
	legal, right := r.Legal()
	timeout := "no time limit"
	if r.TimeoutSeconds > 0 {
		timeout = fmt.Sprintf("time limit %g s", r.TimeoutSeconds)
	}
	_, err := fmt.Fprintf(w, "%s: %d of %d legal cases are right (ties: %s, %s)\n\n", code(r.Command, format), right, legal, r.Ties, timeout)
	if err == nil {
		err = writeTable(w, format, summary)
	}
	if err == nil && len(cases) > 1 {
		if _, err = fmt.Fprintln(w); err == nil {
			err = writeTable(w, format, cases)
		}
	}
	return err
}

// count returns the number of cases with a verdict, or "" for one that the class cannot
// have.
func (s Summary) count(v Verdict) string {
	isLegal := s.Class != Malformed
	if isLegal && v == Accepted || !isLegal && (v == Right || v == Wrong) {
		return ""
	}
	return fmt.Sprint(s.Counts[v])
}

// WriteList writes a table of cases.
func WriteList(w io.Writer, format Format, cases []Case) error {
	if format == JSON {
		return writeJSON(w, cases)
	}
	rows := [][]string{{"case", "class", "about"}}
	for _, c := range cases {
		name := c.Name
		if format == Markdown {
			name = "`" + name + "`"
		}
		rows = append(rows, []string{name, string(c.Class), c.About})
	}
	return writeTable(w, format, rows)
}

func writeJSON(w io.Writer, v any) error {
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	return encoder.Encode(v)
}

// writeTable writes rows, the first of which is the header, as text or Markdown.
func writeTable(w io.Writer, format Format, rows [][]string) error {
	if format == Markdown {
		for i, row := range rows {
			var line strings.Builder
			for _, cell := range row {
				line.WriteString("| " + strings.ReplaceAll(cell, "|", `\|`) + " ")
			}
			line.WriteString("|\n")
			if i == 0 {
				line.WriteString(strings.Repeat("|---", len(row)) + "|\n")
			}
			if _, err := io.WriteString(w, line.String()); err != nil {
				return err
			}
		}
		return nil
	}
	out := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, row := range rows {
		fmt.Fprintln(out, strings.TrimRight(strings.Join(row, "\t"), "\t"))
	}
	return out.Flush()
}

// code returns text as code in Markdown.
func code(text string, format Format) string {
	if format != Markdown || text == "" {
		return text
	}
	return "`" + strings.ReplaceAll(text, "`", "'") + "`"
}
