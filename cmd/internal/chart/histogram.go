package chart

import "html/template"

const (
	histogramHeight = 160
	markRow         = 16 // height of the text of a mark
)

// Histogram is a chart of how many values there are in ranges of them. The values are on
// a logarithmic axis, their numbers on a linear one.
type Histogram struct {
	Image
	Value   func(value float64) string // label of a tick
	Count   func(count float64) string // label of a tick
	Columns []Column
	Marks   []ValueMark // in ascending order
}

// Column is a range of values above 0.
type Column struct {
	From, To, Count float64
	Title           string // what a pointer over the column shows
}

// ValueMark is a value of a Histogram with a line and a text.
type ValueMark struct {
	At   float64
	Text string
}

// drawnColumn is a column with its place in pixels.
type drawnColumn struct {
	X, Y, W, H float64
	Title      string
}

// drawnMark is a mark with its place in pixels.
type drawnMark struct {
	X      float64
	Y      int
	Text   string
	Anchor string
	TextX  float64
}

// Draw returns the chart as SVG.
func (c Histogram) Draw() (template.HTML, error) {
	data := struct {
		drawnImage
		Columns []drawnColumn
		Marks   []drawnMark
	}{drawnImage: newDrawnImage(c.Image, markRow*len(c.Marks)+8, histogramHeight)}
	var values []float64
	most := 0.0
	for _, column := range c.Columns {
		// The ends may be a power of ten, except for rounding.
		values = append(values, column.From*(1+1e-9), column.To*(1-1e-9))
		most = max(most, column.Count)
	}
	x := NewAxis(values, float64(data.Left), float64(data.Right))
	y := NewLinear(most, float64(data.Bottom), float64(data.Top), max(1, min(4, int(most))), true)
	data.X, data.Y = x.Ticks(c.Value), y.Ticks(c.Count)
	for _, column := range c.Columns {
		left, right, top := x.At(column.From), x.At(column.To), y.At(column.Count)
		data.Columns = append(data.Columns, drawnColumn{left + 0.5, top, max(right-left-1, 1), float64(data.Bottom) - top, column.Title})
	}
	middle := float64(data.Left+data.Right) / 2
	for i, mark := range c.Marks {
		at := min(max(x.At(mark.At), float64(data.Left)), float64(data.Right))
		drawn := drawnMark{X: at, Y: markRow * (i + 1), Text: mark.Text, Anchor: "start", TextX: at + 4}
		if at > middle {
			drawn.Anchor, drawn.TextX = "end", at-4
		}
		data.Marks = append(data.Marks, drawn)
	}
	return drawImage("histogram.svg.tmpl", data)
}
