package chart

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"sync"
)

// The layout, in pixels.
const (
	Width  = 800 // of the files
	margin = 16
	head   = 30 // of a panel
)

// frame is what all charts have: colours, a size, and a caption below.
type frame struct {
	Theme
	Width, Height, Margin int
	Caption               string
	CaptionY              int
}

// newFrame returns the frame of a chart whose panels end at y.
func newFrame(colours Theme, y int, caption string) frame {
	return frame{colours, Width, y + 2*margin, margin, caption, y + margin}
}

//go:embed *.svg.tmpl
var files embed.FS

// templates are the template of each chart, and those of the frame in
// frame.svg.tmpl. A program that draws nothing does not parse them.
var templates = sync.OnceValue(func() *template.Template {
	return template.Must(template.ParseFS(files, "*.svg.tmpl"))
})

// draw executes the template of a chart.
func draw(name string, data any) ([]byte, error) {
	var b bytes.Buffer
	if err := templates().ExecuteTemplate(&b, name, data); err != nil {
		return nil, fmt.Errorf("chart: %w", err)
	}
	return b.Bytes(), nil
}
