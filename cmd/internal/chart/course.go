package chart

import (
	"html/template"
	"strconv"
)

// courseHeight is the height of the area of a Course, in pixels.
const courseHeight = 120

// Course is a chart of values over time, both on linear axes from 0.
type Course struct {
	Image
	Seconds float64
	Time    func(seconds float64) string // label of a tick
	Value   func(value float64) string   // label of a tick
	Whole   bool                         // values are whole numbers
	Curves  []Curve
}

// Curve is a line of a Course. Its dashes tell it from the others of its chart, in the
// order of Dashes.
type Curve struct {
	Points [][2]float64 // time in seconds and value
}

// Dash returns the dashes of a curve of a Course.
func Dash(curve int) string { return dashes[curve%len(dashes)] }

// CurveColour returns the colour of a curve of a Course.
func CurveColour(curve int) string { return GroupColour(curve) }

// drawnCurve is a curve with its places in pixels.
type drawnCurve struct {
	Points, Colour, Dash string
}

// Draw returns the chart as SVG.
func (c Course) Draw() (template.HTML, error) {
	data := struct {
		drawnImage
		Curves []drawnCurve
	}{drawnImage: newDrawnImage(c.Image, 8, courseHeight)}
	most := 0.0
	for _, curve := range c.Curves {
		for _, at := range curve.Points {
			most = max(most, at[1])
		}
	}
	ticks := 4
	if c.Whole {
		ticks = max(1, min(ticks, int(most)))
	}
	x := NewLinear(c.Seconds, float64(data.Left), float64(data.Right), c.ticks(), false)
	y := NewLinear(most, float64(data.Bottom), float64(data.Top), ticks, true)
	data.X, data.Y = x.Ticks(c.Time), y.Ticks(c.Value)
	for i, curve := range c.Curves {
		var points []byte
		for _, at := range curve.Points {
			points = strconv.AppendFloat(points, x.At(at[0]), 'f', 1, 64)
			points = append(points, ',')
			points = strconv.AppendFloat(points, y.At(at[1]), 'f', 1, 64)
			points = append(points, ' ')
		}
		data.Curves = append(data.Curves, drawnCurve{string(points), CurveColour(i), Dash(i)})
	}
	return drawImage("course.svg.tmpl", data)
}
