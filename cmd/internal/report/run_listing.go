package report

import (
	"fmt"
	"html"
	"math"
	"strconv"

	"onebrc/cmd/internal/format"
)

// listingBytes is how much of a page the rows of the result may take.
const listingBytes = 1_600_000

// listing is the result as a table with bars.
type listing struct {
	*Table
	Rows    []listed
	Counted string // what a row is: names or groups
	Left    string // says what is not listed, or "" if all is
	Low     string // the least and the largest value of the bars
	High    string
}

// listed is a row of a listing.
type listed struct {
	Cells []string
	Bar   string // path of the range in a box of 152 by 9 pixels, "" for none
}

// listing returns the rows of the result, as many as there is room for. It returns nil if
// the run failed.
func (r *Recording) listing() *listing {
	if r.Result == nil {
		return nil
	}
	l := &listing{Table: r.Result, Counted: r.Counted}
	size := 0
	for _, cells := range r.Result.Rows {
		size += 85 // the row and its bar
		for _, cell := range cells {
			size += len(html.EscapeString(cell)) + len("<td>")
		}
		if size > listingBytes || len(l.Rows) == MaxRows {
			break
		}
		l.Rows = append(l.Rows, listed{Cells: cells})
	}
	l.addBars()
	if all := int64(r.Stats.Names); int64(len(l.Rows)) < all {
		l.Left = fmt.Sprintf("The table has the first %s of %s %s.", format.Thousands(int64(len(l.Rows))), format.Thousands(all), r.Counted)
	}
	return l
}

// addBars adds the bars, which all have the same scale.
func (l *listing) addBars() {
	if l.Range == nil {
		return
	}
	number := func(row listed, column int) float64 {
		if column < 0 {
			return math.NaN()
		}
		v, err := strconv.ParseFloat(row.Cells[column], 64)
		if err != nil {
			return math.NaN() // it is missing
		}
		return v
	}
	low, high := math.Inf(1), math.Inf(-1)
	for _, row := range l.Rows {
		if v := number(row, l.Range.Min); v < low {
			low, l.Low = v, row.Cells[l.Range.Min]
		}
		if v := number(row, l.Range.Max); v > high {
			high, l.High = v, row.Cells[l.Range.Max]
		}
	}
	if low > high {
		l.Table = &Table{Columns: l.Columns} // no values, so no column of bars
		return
	}
	// A value is in the middle if all are the same.
	at := func(v float64) int {
		if high == low {
			return 76
		}
		return 2 + int(math.Round(148*((v-low)/(high-low))))
	}
	for i, row := range l.Rows {
		least, most := number(row, l.Range.Min), number(row, l.Range.Max)
		if !(least <= most) {
			continue
		}
		from := at(least)
		bar := fmt.Sprintf("M%d 5h%d", from, max(at(most)-from, 1))
		if mean := number(row, l.Range.Mean); !math.IsNaN(mean) {
			bar += fmt.Sprintf("M%d 1v8", at(mean))
		}
		l.Rows[i].Bar = bar
	}
}
