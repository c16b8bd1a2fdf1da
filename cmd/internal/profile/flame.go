package profile

import (
	"bytes"
	_ "embed"
	"encoding/xml"
	"fmt"
	"strings"

	"onebrc/cmd/internal/flame"
)

// In a flame graph, each function is a bar as wide as its share, above the bar of
// its caller. Neighbouring bars are sorted by name; the horizontal axis is not time.

// The layout, in pixels.
const (
	flameWidth  = 1200
	flameMargin = 10
	flameHead   = 52 // title and legend
	flameRow    = 17
	// flameLetter is the largest width of a letter in 11px monospace.
	flameLetter = 6.7
	// flameLeast is the smallest width of a bar. Narrower bars would be invisible,
	// so they are omitted with the bars above them.
	flameLeast = 0.1
)

// flameScript zooms. It repeats the constants above.
//
//go:embed flame.js
var flameScript string

// flameGraph draws a tree of CPU time as an SVG, which is readable without scripts.
// With scripts, a click on a bar zooms in, and a click on the lowest bar zooms out.
func flameGraph(root *flame.Node, title string) []byte {
	height := flameHead + depth(root)*flameRow + flameMargin
	var b bytes.Buffer
	fmt.Fprintf(&b, `<?xml version="1.0" encoding="UTF-8"?>
<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %[1]d %[2]d">
<style>
text { font: 11px monospace; fill: #111 }
.f { cursor: pointer }
.f:hover rect { stroke: #000 }
.f text { pointer-events: none }
</style>
<rect width="100%%" height="100%%" fill="#fdfdf8"/>
<text x="%[3]d" y="18" style="font-size: 14px">%[4]s</text>
`, flameWidth, height, flameMargin, escape(title))
	x := flameMargin
	for _, c := range flame.Groups() {
		fmt.Fprintf(&b, `<rect x="%d" y="28" width="12" height="12" fill="%s"/><text x="%d" y="38">%s</text>`+"\n",
			x, c.Colour(), x+16, c.Name)
		x += 150
	}
	fmt.Fprintf(&b, `<text x="%d" y="38">click a bar to zoom, the lowest to go back</text>`+"\n", x)
	scale := float64(flameWidth-2*flameMargin) / float64(max(root.Total, 1))
	drawBars(&b, root, root.Total, flameMargin, scale, height-flameMargin-flameRow)
	fmt.Fprintf(&b, "<script><![CDATA[\n%s]]></script>\n</svg>\n", flameScript)
	return b.Bytes()
}

// depth returns the height of a tree in bars.
func depth(n *flame.Node) int {
	deepest := 0
	for _, c := range n.Children {
		deepest = max(deepest, depth(c))
	}
	return deepest + 1
}

// drawBars draws the bar of n at x and y, and the bars above it. One unit of CPU
// time is scale pixels wide; total is the time of the whole graph.
func drawBars(b *bytes.Buffer, n *flame.Node, total int64, x, scale float64, y int) {
	width := float64(n.Total) * scale
	if width < flameLeast {
		return
	}
	share := 100 / float64(max(total, 1))
	fmt.Fprintf(b, `<g class="f"><title>%s
%.2f s, %.2f %%; of it own: %.2f s, %.2f %%</title><rect x="%.2f" y="%d" width="%.2f" height="%d" rx="1" fill="%s"/><text x="%.2f" y="%d">%s</text></g>`+"\n",
		escape(n.Name), float64(n.Total)/1e9, float64(n.Total)*share, float64(n.Self)/1e9, float64(n.Self)*share,
		x, y, width, flameRow-1, flame.Colour(n.Name), x+3, y+12, escape(label(n.Name, width)))
	for _, c := range n.Children {
		drawBars(b, c, total, x, scale, y-flameRow)
		x += float64(c.Total) * scale
	}
}

// label returns the part of a name that fits in width, without the folders of its
// package.
func label(name string, width float64) string {
	name = name[strings.LastIndexByte(name, '/')+1:]
	fits := int((width - 6) / flameLetter)
	switch {
	case fits < 3:
		return ""
	case len(name) > fits:
		return name[:fits-2] + ".."
	}
	return name
}

// escape escapes text for XML.
func escape(text string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(text)) // a Builder does not fail
	return b.String()
}
