package report

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"errors"
	"fmt"
	"html/template"
	"io"
	"io/fs"
	"path/filepath"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"onebrc/cmd/internal/format"
)

// page is what all pages have.
type page struct {
	// Kind is the name of the page's template KIND.html.tmpl, and of KIND.css and
	// KIND.js, which it may have in addition to style.css and script.js.
	Kind  string
	Title string
	Lead  string    // a sentence below the title
	Time  time.Time // of the measurement
	Data  any       // for the template
}

//go:embed *.tmpl *.css *.js
var files embed.FS

// templates are those of all pages. A program that writes no page does not parse
// them.
var templates = sync.OnceValue(func() *template.Template {
	return template.Must(template.New("").Option("missingkey=error").Funcs(template.FuncMap{
		"date":        func(t time.Time) string { return t.UTC().Format(time.DateTime) + " UTC" },
		"duration":    format.Duration,
		"gigabytes":   format.Gigabytes,
		"machine":     format.Machine,
		"mebibytes":   format.Mebibytes,
		"nanoseconds": format.Nanoseconds,
		"number":      format.Number,
		"pause":       format.Pause,
		"percent":     format.Percent,
		"thousands":   format.Thousands,
		"visible":     Visible,

		// Those of the journey.
		"base":               filepath.Base,
		"gigabytesPerSecond": func(bytes float64) string { return fmt.Sprintf("%.2f", bytes/1e9) },
		"share":              func(share float64) string { return fmt.Sprintf("%.1f %%", 100*share) },
		"spans":              spans,
		"stage":              func(p journeyPage, s journeyStage) map[string]any { return map[string]any{"Page": p, "Stage": s} },
	}).ParseFS(files, "*.html.tmpl"))
})

// write writes a page. It writes nothing if the page cannot be made.
func write(w io.Writer, p page) error {
	style, err := common("style.css", p.Kind+".css")
	if err != nil {
		return err
	}
	script, err := common("script.js", p.Kind+".js")
	if err != nil {
		return err
	}
	var body, all bytes.Buffer
	if err := templates().ExecuteTemplate(&body, p.Kind+".html.tmpl", p.Data); err != nil {
		return fmt.Errorf("report: %w", err)
	}
	err = templates().ExecuteTemplate(&all, "page.html.tmpl", map[string]any{
		"Title": p.Title, "Lead": p.Lead, "Time": p.Time, "Policy": policy(style, script),
		"Style":  template.HTML("<style>" + style + "</style>"),
		"Script": template.HTML("<script>" + script + "</script>"),
		"Body":   template.HTML(body.String()),
	})
	if err != nil {
		return fmt.Errorf("report: %w", err)
	}
	_, err = w.Write(all.Bytes())
	return err
}

// common returns the text of a file of all pages and that of one kind, if it exists.
func common(all, kind string) (string, error) {
	text, err := files.ReadFile(all)
	if err != nil {
		return "", fmt.Errorf("report: %w", err)
	}
	more, err := files.ReadFile(kind)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("report: %w", err)
	}
	return string(text) + string(more), nil
}

// policy returns the Content-Security-Policy of a page with one style sheet and one
// script.
func policy(style, script string) string {
	hash := func(text string) string {
		sum := sha256.Sum256([]byte(text))
		return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
	}
	return "default-src 'none'; script-src " + hash(script) + "; style-src " + hash(style) +
		"; img-src data:; base-uri 'none'; form-action 'none'"
}

// Visible returns a name with each byte that is not UTF-8 as \x and two hexadecimal
// digits.
func Visible(name string) string {
	if utf8.ValidString(name) {
		return name
	}
	var b strings.Builder
	for len(name) > 0 {
		r, n := utf8.DecodeRuneInString(name)
		if r == utf8.RuneError && n == 1 {
			fmt.Fprintf(&b, `\x%02x`, name[0])
		} else {
			b.WriteString(name[:n])
		}
		name = name[n:]
	}
	return b.String()
}
