//go:build !js && !wasip1 && !plan9

package browser

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp/kb"
	"github.com/stretchr/testify/require"
)

// document is a page without faults around body.
func document(head, body string) string {
	return `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Test</title><style>
:root { color-scheme: light dark; background: #fff; color: #222 }
@media (prefers-color-scheme: dark) { :root { background: #111; color: #eee } }
a { color: inherit }
</style>` + head + `</head><body><main><h1>Test</h1>` + body + `</main></body></html>`
}

func save(t *testing.T, page string) string {
	file := filepath.Join(t.TempDir(), "a page.html")
	require.NoError(t, os.WriteFile(file, []byte(page), 0o666))
	return file
}

// policy is a strict one, which allows the style and the script by their hashes.
const policy = `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">`

// TestFaults plants faults that a page reports itself.
func TestFaults(t *testing.T) {
	b := Start(t)
	for _, test := range []struct {
		name, page string
		want       []string // a part of each fault, in any order
	}{
		{"none", document(policy, "x"), nil},
		{"no policy", document("", `<script>console.log("hello", 1)</script>
<script>null.x</script>
<script>addEventListener("load", () => setTimeout(() => { throw new Error("late") }, 5))</script>
<script>Promise.reject(new Error("no"))</script>
<script>fetch("http://127.0.0.1:9/fetched").catch(() => {})</script>
<script>alert("hostile")</script>
<img alt="x" src="https://127.0.0.1:9/x.png">
<iframe title="x" src="data:text/html,x"></iframe>
<script>open("about:blank")</script>`), []string{
			"console: log: hello 1", "exception: Uncaught TypeError", "exception: Uncaught Error: late", "exception: Uncaught (in promise) Error: no",
			"request: http://127.0.0.1:9/fetched", "net::ERR_", "dialog: alert: hostile", "request: https://127.0.0.1:9/x.png", "net::ERR_",
			"request: data:text/html,x", "window: about:blank",
		}},
		{"policy", document(policy, `<script>document.title = "x"</script><p onclick="x()">x</p>
<img alt="x" src="data:image/gif;base64,R0lGODlhAQABAAAAACH5BAEKAAEALAAAAAABAAEAAAICTAEAOw==">`), []string{
			"log: security: error: Executing inline script violates", "log: security: error: Executing inline event handler violates",
			"log: security: error: Loading the image", "request: data:image/gif;",
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			p := b.Open(t, save(t, test.page), View{})
			got := p.Faults()
			for start := time.Now(); len(got) < len(test.want) && time.Since(start) < patience; {
				got = p.Faults() // on a busy machine, some come late
			}
			require.Len(t, got, len(test.want), "%s", joined(got))
			for _, want := range test.want {
				require.Contains(t, joined(got), want)
			}
		})
	}
}

// TestContrast plants texts that are hard to read in light or in dark.
func TestContrast(t *testing.T) {
	svg := func(inner string) string {
		return `<svg role="img" aria-label="x" width="200" height="60">` + inner + `</svg>`
	}
	cases := []struct{ body, light, dark string }{ // "": no fault
		{"<p>good", "", ""},
		{`<p style="color: #999">grey</p>`, `contrast 2.85 (rgb(153, 153, 153) on 255,255,255): p "grey"`, ""},
		{`<p style="color: #767676">enough in light</p>`, "", `contrast 4.16 (rgb(118, 118, 118) on 17,17,17): p "enough in light"`},
		{`<p style="color: #333">dark</p>`, "", `contrast 1.49 (rgb(51, 51, 51) on 17,17,17): p "dark"`},
		{`<div style="background: #222"><p style="color: #333">ground of another</p></div>`, `on 34,34,34): p "ground of another"`, `on 34,34,34): p "ground of another"`},
		{`<div style="opacity: 0.3"><p>faint</p></div>`, `on 255,255,255): p "faint"`, `on 17,17,17): p "faint"`},
		{`<div style="background: rgb(0 0 0 / 0.5)"><p style="color: #777">half</p></div>`, `on 127,127,127): p "half"`, `on 8,8,8): p "half"`},
		{`<p style="color: color-mix(in oklab, white, #ddd)">mixed</p>`, `on 255,255,255): p "mixed"`, ""},
		{svg(`<text y="20" fill="#bbb">chart</text>`), `on 255,255,255): text "chart"`, ""},
		{svg(`<rect width="200" height="60" fill="#0969da"/><text y="20" fill="#222">bar</text>`), `on 9,105,218): text "bar"`, `on 9,105,218): text "bar"`},
		{svg(`<g pointer-events="none"><rect width="200" height="60" fill="#222"/><text y="20" fill="#333">quiet</text></g>`),
			`on 34,34,34): text "quiet"`, `on 34,34,34): text "quiet"`},
		{svg(`<path d="M0 15h200" fill="none" stroke="#222" stroke-width="30"/><text y="20" fill="#333">stroke</text>`), `on 34,34,34): text "stroke"`, `on 34,34,34): text "stroke"`},
		{svg(`<line y1="15" x2="200" y2="15" stroke="#222" stroke-width="30"/><text y="20" fill="#333">line</text>`), `on 34,34,34): text "line"`, `on 34,34,34): text "line"`},
		{svg(`<rect width="200" height="60" fill="#222"/><text y="20" fill="#333" stroke="#fff" stroke-width="4" paint-order="stroke">halo</text>`), "", ""},
		{svg(`<text x="5" y="30" fill="#888">under</text><rect width="200" height="60" fill="#fff"/>`), `covered by rect "": text "under"`, `covered by rect "": text "under"`},
		{svg(`<defs><pattern id="p" width="4" height="4"><rect width="2" height="2"/></pattern></defs><rect width="200" height="60" fill="url(#p)"/><text y="20" fill="#888">stripes</text>`),
			`a pattern or gradient is behind it: text "stripes"`, `a pattern or gradient is behind it: text "stripes"`},
		{`<input aria-label="x" value="value" style="background: #fff; color: #aaa">`, `on 255,255,255): input "value"`, `on 255,255,255): input "value"`},
		{`<input class="p" aria-label="x" placeholder="x" style="background: #fff; color: #000">`, `(rgb(170, 170, 170) on 255,255,255): input.p ""`, `(rgb(170, 170, 170) on 255,255,255): input.p ""`},
		{`<div style="height: 5000px"></div><p style="color: #999" class="far">far below</p>`, `on 255,255,255): p.far "far below"`, ""},
		{`<div style="overflow: auto; height: 50px; width: 90px"><div style="height: 900px; width: 900px"></div><p style="color: #999">scrolled</p></div>`, `on 255,255,255): p "scrolled"`, ""},
		{`<p hidden style="color: #999">x</p><p style="color: #999; visibility: hidden">x</p><details><summary>more</summary><p style="color: #999">x</p></details>`, "", ""},
	}
	var body string
	var light, dark []string
	for _, c := range cases {
		body += c.body + "\n"
		if c.light != "" {
			light = append(light, c.light)
		}
		if c.dark != "" {
			dark = append(dark, c.dark)
		}
	}
	check := func(want, got []string) {
		require.Len(t, got, len(want), "%s", joined(got))
		for _, part := range want {
			require.Contains(t, joined(got), part)
		}
	}
	b := Start(t)
	p := b.Open(t, save(t, document("<style>.p::placeholder { color: #aaa }</style>", body)), View{})
	check(light, p.Contrast())
	p.Look(View{Dark: true})
	check(dark, p.Contrast())
	require.Empty(t, p.Faults())

	p = b.Open(t, save(t, "<!doctype html><title>x</title><p>x"), View{})
	check([]string{`nothing behind it has a colour: p "x"`}, p.Contrast())
}

func joined(faults []string) string { return strings.Join(faults, "\n") }

func TestLayout(t *testing.T) {
	b := Start(t)
	chart := func(inner string) string {
		return `<svg role="img" aria-label="x" width="200" height="60" font-size="13">` + inner + `</svg>`
	}
	p := b.Open(t, save(t, document("", `<div id="wide" style="width: 700px">x</div>`)), View{Width: 800})
	require.Empty(t, p.Layout())
	p.Look(View{Width: 400})
	require.Equal(t, []string{"the page is 708 pixels wide in a window of 400", `sticks out: div#wide "x"`}, p.Layout())
	p = b.Open(t, save(t, document("",
		`<div style="overflow: auto"><div style="width: 2000px">x</div></div>`+
			chart(`<text y="20">one</text><text y="40">two</text><text x="40" y="20">three</text>`)+
			chart(`<text y="20">four</text><text x="9" y="24">five</text>`)+
			chart(`<text x="180" y="20">a long label</text>`))), View{})
	require.Equal(t, []string{`overlap: text "four" and text "five"`, `cut off: text "a long label"`}, p.Layout())
}

func TestSemantics(t *testing.T) {
	b := Start(t)
	good := `<h2 id="a">A</h2><a href="#a">a</a><table><caption>c</caption><tr><th scope="col">x</th></tr></table>
<svg role="img" width="1" height="1"><title>x</title><a href="#a"><text>a</text></a></svg><svg aria-hidden="true"></svg>
<label>find <input></label><label for="b">b</label><select id="b"><option>x</option></select><button>go</button><details><summary>s</summary></details>`
	p := b.Open(t, save(t, document("", good)), View{})
	require.Empty(t, p.Semantics())
	for _, test := range []struct{ page, want string }{
		{"<!doctype html><p>x", "no language\nno title\nnot one main\nnot one h1"},
		{document("", `<h3>x</h3><h1>y</h1><p id="a">x</p><p id="a">y</p><p aria-describedby="none">x</p><a href="#none">x</a>
<table><tr><th>x</th></tr></table><svg></svg><button></button><input><p tabindex="2">x</p>`), `not one h1
skips a level of headings: h3 "x"
an id used twice: p#a "y"
aria-describedby of an unknown id none: p "x"
a link to an unknown id: a "x"
a table without a caption: table "x"
a th without a scope: th "x"
an svg without a role: svg ""
an svg without a name: svg ""
a control without a name: button ""
a control without a name: input ""
a positive tabindex: p "x"`},
	} {
		p := b.Open(t, save(t, test.page), View{})
		require.Equal(t, test.want, joined(p.Semantics()))
	}
}

func TestFocus(t *testing.T) {
	b := Start(t)
	p := b.Open(t, save(t, document("", `<button>one</button><button style="outline: none">two</button><a href="#x">three</a>`)), View{})
	require.Equal(t, []string{`does not show the focus: button "two"`}, p.Focus())
}

// TestActions checks the actions of the person and the pictures.
func TestActions(t *testing.T) {
	b := Start(t)
	file := save(t, document("", `<input aria-label="name"><button>go</button><p id="out"></p><script>
const out = document.getElementById("out"), input = document.querySelector("input");
document.querySelector("button").addEventListener("click", () => { out.textContent = "got " + input.value });
</script><noscript>no scripts</noscript>`))
	p := b.Open(t, file, View{})
	p.Click("input")
	p.Press("ab")
	p.Click("button")
	require.Equal(t, "got ab", Eval[string](p, "out.textContent"))
	p.FocusOn("input")
	p.Press("c" + kb.Tab + kb.Enter)
	require.Equal(t, "got abc", Eval[string](p, "out.textContent"))
	folder := t.TempDir()
	p.Screenshot(filepath.Join(folder, "new", "x.png"))
	p.PDF(filepath.Join(folder, "x.pdf"))
	content, err := os.ReadFile(filepath.Join(folder, "new", "x.png"))
	require.NoError(t, err)
	require.True(t, strings.HasPrefix(string(content), "\x89PNG"))
	require.Empty(t, p.Faults())

	p = b.Open(t, file, View{NoScripts: true})
	require.Contains(t, Eval[string](p, "document.body.innerText"), "no scripts")
	p.Click("button")
	require.Empty(t, Eval[string](p, "document.getElementById('out').textContent"))
}
