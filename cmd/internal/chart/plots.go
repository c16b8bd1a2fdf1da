package chart

// The layout of plots, in pixels.
const (
	plotAxis    = 72  // width of the labels of a vertical axis
	plotHeight  = 180 // of the area of a plot
	plotGap     = 24  // between two plots
	legendWidth = 190 // of a line in the legend
	legendRow   = 20
)

// dashes tell the lines of one colour apart.
var dashes = []string{"none", "6 3", "2 3", "8 3 2 3"}

// Plots is a chart of lines over logarithmic axes: rows of plots below a legend. All
// plots have the same horizontal axis, and those of a column the same vertical one.
type Plots struct {
	Legend  []Series
	Rows    [][]Plot // each with the same number of plots
	Caption string
}

// Series names what a line of each plot shows.
type Series struct {
	Name string
	Own  bool // in the colour of this project
}

// Plot is one plot.
type Plot struct {
	Title          string
	XLabel, YLabel func(value float64) string // of a tick
	Lines          []Line                     // in the order of the legend
}

// Line is a line through Points, with a dot at each of Dots. Both are (x, y) above 0.
type Line struct {
	Points, Dots [][2]float64
}

// drawnPlots is the data of the template.
type drawnPlots struct {
	frame
	Legend []drawnLine
	Plots  []drawnPlot
}

// drawnPlot is a plot with its places in pixels.
type drawnPlot struct {
	Title                    string
	Left, Right, Top, Bottom int
	X, Y                     []Tick
	Lines                    []drawnLine
}

// drawnLine is a line with its places in pixels.
type drawnLine struct {
	Name, Colour, Dash string
	At                 [2]int // where the legend has it
	Line
}

// Draw returns the chart as SVG.
func (c Plots) Draw(colours Theme) ([]byte, error) {
	var data drawnPlots
	y := margin
	if len(c.Rows) > 0 {
		data.Legend = c.legend(colours, y)
		y = data.Legend[len(data.Legend)-1].At[1] + legendRow
		for _, row := range c.Rows {
			for column := range row {
				data.Plots = append(data.Plots, c.plot(row, column, y, data.Legend))
			}
			y += head + plotHeight + head
		}
	}
	data.frame = newFrame(colours, y, c.Caption)
	return draw("plots.svg.tmpl", data)
}

// legend returns each line without points.
func (c Plots) legend(colours Theme, y int) []drawnLine {
	var lines []drawnLine
	drawn := map[bool]int{}
	perRow := (Width - 2*margin) / legendWidth
	for i, s := range c.Legend {
		line := drawnLine{Name: s.Name, Colour: colours.Muted, Dash: dashes[drawn[s.Own]%len(dashes)]}
		if s.Own {
			line.Colour = colours.Own
		}
		drawn[s.Own]++
		line.At = [2]int{margin + i%perRow*legendWidth, y + i/perRow*legendRow}
		lines = append(lines, line)
	}
	return lines
}

// plot returns the plot of a row in a column, whose top is y.
func (c Plots) plot(row []Plot, column, y int, legend []drawnLine) drawnPlot {
	plot := row[column]
	width := (Width - 2*margin - plotGap*(len(row)-1)) / len(row)
	p := drawnPlot{Title: plot.Title, Left: margin + column*(width+plotGap) + plotAxis, Top: y + head}
	p.Right, p.Bottom = p.Left-plotAxis+width, p.Top+plotHeight
	var xs, ys []float64
	for _, other := range c.Rows {
		for i, o := range other {
			for _, line := range o.Lines {
				for _, at := range append(line.Points[:len(line.Points):len(line.Points)], line.Dots...) {
					xs = append(xs, at[0])
					if i == column {
						ys = append(ys, at[1])
					}
				}
			}
		}
	}
	horizontal := NewAxis(xs, float64(p.Left), float64(p.Right))
	vertical := NewAxis(ys, float64(p.Bottom), float64(p.Top))
	p.X, p.Y = horizontal.Ticks(plot.XLabel), vertical.Ticks(plot.YLabel)
	for i, line := range plot.Lines {
		drawn := legend[i]
		for _, at := range line.Points {
			drawn.Points = append(drawn.Points, [2]float64{horizontal.At(at[0]), vertical.At(at[1])})
		}
		for _, at := range line.Dots {
			drawn.Dots = append(drawn.Dots, [2]float64{horizontal.At(at[0]), vertical.At(at[1])})
		}
		p.Lines = append(p.Lines, drawn)
	}
	return p
}
