package chart

import "html/template"

// Image is what the charts of a page have, whose colours are those of Page: a size, and
// words for readers who do not see it.
type Image struct {
	Width int    // in pixels
	Class string // of the element, "" for none
	Label string
}

// left returns the width of the labels of a vertical axis.
func (i Image) left() int {
	if i.Width < 500 {
		return 66
	}
	return 84
}

// ticks returns how many ticks a horizontal axis has room for.
func (i Image) ticks() int { return max(2, (i.Width-i.left())/90) }

// drawImage executes a template that begins with image and ends with it.
func drawImage(name string, data any) (template.HTML, error) {
	svg, err := draw(name, data)
	return template.HTML(svg), err
}

// drawnImage is the frame of an image.
type drawnImage struct {
	Theme
	Image
	Height                   int
	Left, Right, Top, Bottom int // of the area between the axes
	X, Y                     []Tick
}

// newDrawnImage returns the frame of an image with room for an area of so many pixels
// below top.
func newDrawnImage(i Image, top, height int) drawnImage {
	const right = 28 // half of the last label
	return drawnImage{
		Theme: Page, Image: i, Left: i.left(), Right: i.Width - right, Top: top, Bottom: top + height, Height: top + height + 24,
	}
}
