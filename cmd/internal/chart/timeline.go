package chart

import "html/template"

// Timeline is a chart of what happened when: a lane for each of those that did it.
type Timeline struct {
	Image
	ID      string // begins the ids of the chart's elements, which differ from all others of the page
	Seconds float64
	Time    func(seconds float64) string // label of a tick
	Lanes   []Lane
}

// Lane is a line of a Timeline.
type Lane struct {
	Name  string
	Spans []Span
	Marks []Mark
}

// SpanKind is how a span looks.
type SpanKind int

const (
	SpanWork  SpanKind = iota // in the colour of its group
	SpanWait                  // pale
	SpanInput                 // hatched
	SpanPhase                 // a box with text
)

// Span is a time of a lane.
type Span struct {
	Start, End float64 // in seconds
	Kind       SpanKind
	Group      int    // of the colour, from 0
	Outlined   bool   // with a dashed outline
	Text       string // in the box of a phase, if there is room
	Title      string // what a pointer over the span shows
}

// Mark is a time of a lane with a thick outline and a text.
type Mark struct {
	Start, End float64
	Text       string
}

// Colours of groups; a page defines the variables.
var groupColours = []string{
	"var(--own)", "var(--group1)", "var(--group2)", "var(--group3)",
	"var(--group4)", "var(--group5)", "var(--group6)", "var(--group7)",
}

// GroupColour returns the colour of a group; some groups have the same one.
func GroupColour(group int) string { return groupColours[max(group, 0)%len(groupColours)] }

const (
	leastSpan = 0.5 // the width of the shortest span, in pixels
	spanGap   = 0.7 // between two spans
	letter    = 7.0 // about the width of a letter
)

// LaneHeight returns the height of one of so many lanes, in pixels.
func LaneHeight(lanes int) int {
	switch {
	case lanes <= 16:
		return 22
	case lanes <= 64:
		return 12
	}
	return 6
}

// drawnLane is a lane with its place in pixels.
type drawnLane struct {
	Name        string // "" if there is no room
	Y, H, TextY int
	Boxes       []drawnBox
}

// drawnBox is a span or a mark with its place in pixels.
type drawnBox struct {
	X, W         float64
	Fill, Stroke string
	Dash         string
	Opacity      string
	Text         string
	TextX        float64
	Title        string
}

// Draw returns the chart as SVG.
func (c Timeline) Draw() (template.HTML, error) {
	height := LaneHeight(len(c.Lanes))
	data := struct {
		drawnImage
		ID    string
		Lanes []drawnLane
	}{drawnImage: newDrawnImage(c.Image, 4, len(c.Lanes)*height), ID: c.ID}
	axis := NewLinear(c.Seconds, float64(data.Left), float64(data.Right), c.ticks(), false)
	data.X = axis.Ticks(c.Time)
	every := (14 + height - 1) / height // lanes that one name needs room for
	for i, lane := range c.Lanes {
		y := data.Top + i*height
		drawn := drawnLane{Y: y + 1, H: height - 2, TextY: y + height/2 + 4}
		if i%every == 0 {
			drawn.Name = lane.Name
		}
		for _, s := range lane.Spans {
			drawn.Boxes = append(drawn.Boxes, c.span(s, axis))
		}
		for _, m := range lane.Marks {
			box := place(m.Start, m.End, axis)
			box.Fill, box.Stroke, box.Text, box.TextX = "none", Page.Ink, m.Text, box.X+box.W/2
			drawn.Boxes = append(drawn.Boxes, box)
		}
		data.Lanes = append(data.Lanes, drawn)
	}
	return drawImage("timeline.svg.tmpl", data)
}

// place returns a box without looks.
func place(start, end float64, axis Linear) drawnBox {
	x := axis.At(start)
	return drawnBox{X: x, W: max(axis.At(end)-x-spanGap, leastSpan)}
}

// span returns the box of a span.
func (c Timeline) span(s Span, axis Linear) drawnBox {
	box := place(s.Start, s.End, axis)
	box.Title = s.Title
	switch s.Kind {
	case SpanWork:
		box.Fill = GroupColour(s.Group)
	case SpanWait:
		box.Fill, box.Opacity = Page.Peer, "0.45"
	case SpanInput:
		box.Fill = "url(#" + c.ID + "-hatch)"
	case SpanPhase:
		box.Fill, box.Stroke, box.TextX = "var(--panel)", Page.Peer, box.X+box.W/2
		if box.W > letter*float64(len(s.Text)) {
			box.Text = s.Text
		}
	}
	if s.Outlined {
		box.Stroke, box.Dash = Page.Ink, "3 2"
	}
	return box
}

// Swatch returns a small sample of a span for a legend. id is one that no other element
// of the page has.
func Swatch(id string, s Span, mark bool) (template.HTML, error) {
	box := Timeline{ID: id}.span(s, NewLinear(1, 0, 1, 1, false))
	if mark {
		box.Stroke = Page.Ink
	}
	return drawImage("swatch.svg.tmpl", struct {
		ID, Peer string
		drawnBox
	}{id, Page.Peer, box})
}
