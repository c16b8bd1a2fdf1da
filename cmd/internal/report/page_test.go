package report

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"html"
	"html/template"
	"net/url"
	"os"
	"path"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// maxBytes is the largest size of a page.
const maxBytes = 3_000_000

// checkPage checks what must be true of every page: its size, that its policy allows
// its style sheet and script and nothing else, and that it needs nothing else. It
// returns the part that is not style or script.
func checkPage(t *testing.T, page string) (markup string) {
	t.Helper()
	require.Less(t, len(page), maxBytes, "bytes of the page")
	require.True(t, strings.HasPrefix(page, "<!doctype html>\n<html lang=\"en\">"), page[:min(100, len(page))])
	require.True(t, strings.HasSuffix(page, "</html>\n"))

	found := regexp.MustCompile(`<meta http-equiv="Content-Security-Policy" content="([^"]*)">`).FindAllStringSubmatch(page, -1)
	require.Len(t, found, 1)
	policy := html.UnescapeString(found[0][1])
	require.Regexp(t, `^default-src 'none'; script-src 'sha256-[^ ;]{44}'; style-src 'sha256-[^ ;]{44}'; img-src data:; base-uri 'none'; form-action 'none'$`, policy)
	markup = page
	for _, element := range []string{"style", "script"} {
		begin, end := "<"+element+">", "</"+element+">"
		require.Equal(t, 1, strings.Count(page, begin), begin)
		_, rest, _ := strings.Cut(page, begin)
		text, _, _ := strings.Cut(rest, end)
		sum := sha256.Sum256([]byte(text))
		require.Contains(t, policy, element+"-src 'sha256-"+base64.StdEncoding.EncodeToString(sum[:])+"'", "hash of the %s", element)
		markup = strings.Replace(markup, begin+text+end, "", 1)
		require.NotRegexp(t, `@import|url\(|https?://[^w]`, text, "no other file")
	}
	// What remains has no code but data for the script, and refers to nothing outside.
	for _, opened := range regexp.MustCompile(`(?i)<script[^>]*>`).FindAllString(markup, -1) {
		require.Regexp(t, `^<script type="application/json" id="[a-z]+">$`, opened)
	}
	require.NotRegexp(t, `(?i)<[^>]* (style|on[a-z]+)=`, markup)
	require.NotRegexp(t, `(?i)<(link|img|iframe|object|embed|base|form)[ >]`, strings.Replace(markup, `<link rel="icon" href="data:,">`, "", 1))
	require.NotRegexp(t, `(?i)<[^>]* src(set)?=`, markup)
	checkIDs(t, markup)
	return markup
}

// checkIDs checks that ids are unique and that references lead to one.
func checkIDs(t *testing.T, markup string) {
	t.Helper()
	ids := map[string]bool{}
	for _, found := range regexp.MustCompile(` id="([^"]*)"`).FindAllStringSubmatch(markup, -1) {
		id := html.UnescapeString(found[1])
		require.False(t, ids[id], "id %q is there twice", id)
		ids[id] = true
	}
	for _, found := range regexp.MustCompile(` (?:aria-labelledby|aria-describedby|aria-controls|for)="([^"]*)"`).FindAllStringSubmatch(markup, -1) {
		for _, id := range strings.Fields(found[1]) {
			require.True(t, ids[id], "nothing has the id %q", id)
		}
	}
	for _, found := range regexp.MustCompile(` href="#([^"]*)"`).FindAllStringSubmatch(markup, -1) {
		id, err := url.PathUnescape(html.UnescapeString(found[1]))
		require.NoError(t, err)
		require.True(t, ids[id], "nothing has the id %q", id)
	}
}

// TestMain adds the template of a page for tests.
func TestMain(m *testing.M) {
	template.Must(templates().New("test.html.tmpl").Parse(`<p>{{.Text}}</p>`))
	os.Exit(m.Run())
}

// TestFilesOfPages checks that a style sheet or script does not end its element.
func TestFilesOfPages(t *testing.T) {
	entries, err := files.ReadDir(".")
	require.NoError(t, err)
	checked := 0
	for _, entry := range entries {
		if ext := path.Ext(entry.Name()); ext != ".css" && ext != ".js" {
			continue
		}
		text, err := files.ReadFile(entry.Name())
		require.NoError(t, err)
		require.NotRegexp(t, `(?i)</(script|style)|<!--`, string(text), entry.Name())
		checked++
	}
	require.GreaterOrEqual(t, checked, 2)
}

func TestWriteEscapes(t *testing.T) {
	var b bytes.Buffer
	title := `</title><script>alert(1)</script>"'&` + "\xff"
	require.NoError(t, write(&b, page{Kind: "test", Title: Visible(title), Lead: title, Data: map[string]string{"Text": title}}))
	markup := checkPage(t, b.String())
	require.Contains(t, markup, `<h1>&lt;/title&gt;&lt;script&gt;alert(1)&lt;/script&gt;&#34;&#39;&amp;\xff</h1>`)
	require.NotContains(t, markup, "<script>alert")
}

func TestWriteFails(t *testing.T) {
	var b bytes.Buffer
	require.ErrorContains(t, write(&b, page{Kind: "none"}), "report: ")
	require.Zero(t, b.Len(), "nothing is written")
	require.ErrorIs(t, write(failing{}, page{Kind: "test", Data: map[string]string{"Text": ""}}), errFull)
}

var errFull = errors.New("full")

type failing struct{}

func (failing) Write([]byte) (int, error) { return 0, errFull }

func TestVisible(t *testing.T) {
	for name, want := range map[string]string{
		"": "", "Zürich": "Zürich", "a\xffb": `a\xffb`, "\xc3": `\xc3`, "\xe2\x82": `\xe2\x82`, "\uFFFD": "\uFFFD", "\xffé\x80": `\xffé\x80`,
	} {
		require.Equal(t, want, Visible(name))
	}
}
