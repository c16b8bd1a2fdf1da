package chart

// The layout of bars, in pixels.
const (
	barLabels = 250 // width of the names
	barValues = 80  // width of the numbers
	barRow    = 34
	barHeight = 14
)

// Bars is a chart of horizontal bars. Each panel has its own scale, from 0.
type Bars struct {
	Panels  []Panel
	Caption string
}

// Panel is a group of bars with a title.
type Panel struct {
	Title string
	Bars  []Bar
}

// Bar is a bar with its labels and a dot for each sample. Length and Dots have the
// same unit.
type Bar struct {
	Name, Note, Value string
	Length            float64
	Own               bool // in the colour of this project
	Dots              []float64
}

// drawnPanel is a panel with its place in pixels.
type drawnPanel struct {
	Title string
	Y     int
	Bars  []drawnBar
}

// drawnBar is a bar with its place in pixels.
type drawnBar struct {
	Bar
	Y     int
	Width float64
	Fill  string
	Dots  []float64
}

// Draw returns the chart as SVG.
func (c Bars) Draw(colours Theme) ([]byte, error) {
	data := struct {
		frame
		Left, Bar, Right int
		Panels           []drawnPanel
	}{Left: margin + barLabels, Bar: barHeight, Right: Width - margin}
	y := margin
	for _, panel := range c.Panels {
		p := drawnPanel{Title: panel.Title, Y: y + 14}
		y += head
		scale := float64(Width-2*margin-barLabels-barValues) / panel.longest()
		for _, bar := range panel.Bars {
			p.Bars = append(p.Bars, bar.draw(y, scale, colours))
			y += barRow
		}
		data.Panels = append(data.Panels, p)
		y += margin / 2
	}
	data.frame = newFrame(colours, y, c.Caption)
	return draw("bars.svg.tmpl", data)
}

// longest returns the largest length and dot of a panel.
func (p Panel) longest() float64 {
	var most float64
	for _, bar := range p.Bars {
		most = max(most, bar.Length)
		for _, dot := range bar.Dots {
			most = max(most, dot)
		}
	}
	return most
}

// draw returns the bar at y. One unit is scale pixels wide.
func (b Bar) draw(y int, scale float64, colours Theme) drawnBar {
	drawn := drawnBar{Bar: b, Y: y, Width: b.Length * scale, Fill: colours.Peer}
	if b.Own {
		drawn.Fill = colours.Own
	}
	for _, dot := range b.Dots {
		drawn.Dots = append(drawn.Dots, float64(margin+barLabels)+dot*scale)
	}
	return drawn
}
