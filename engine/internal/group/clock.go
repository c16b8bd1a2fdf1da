package group

import (
	"bytes"
	"math"
	"time"
	"unsafe"

	"onebrc/engine/internal/fields"
	"onebrc/parse/delimited"
)

// clock turns the times in a column of a Reader into labels. It asks package time once
// for each day, as long as days do not push each other out of its caches: a table has
// many rows of a day.
type clock struct {
	*Time
	field      int
	labels     []label
	missing    []bool // rows without a time, if anyMissing is set
	anyMissing bool
	column     numberColumn // unless Text is set

	// For a grid, rows have the numbers of their labels instead of labels if isNumbered
	// is set. days has the numbers of days, and dayNumbers those of all days' labels.
	numbers    []uint32
	isNumbered bool
	dayNumbers map[label]uint32

	// current is the label of the input if Part is Input. The first labels are set to it,
	// as many as set says.
	current label
	set     int

	days  []dayLabel
	zones []dayZone // by the day in UTC; none if the zone is UTC
}

// dayLabel is the label of a civil day.
type dayLabel struct {
	day    int64
	label  label
	number uint32
}

// dayZone says by how much clocks are ahead on a day in UTC.
type dayZone struct {
	day    int64
	offset int64
	varies bool // it changes on this day
}

const (
	cachedDays = 1024 // a power of 2
	noDay      = math.MinInt64
	// mostDays is the greatest number of labels of days that have numbers.
	mostDays = 4096
	// noNumber is the number of a label that has none. It is no number of a minute.
	noNumber = math.MaxUint32
)

// clockBytes returns the size of the clocks of p.
func clockBytes(p *Plan) int64 {
	rows := int64(tileRows(p) + fields.GroupRows)
	size := rows * int64(len(p.Times)*labelBytes) // in joined keys
	for _, t := range p.Times {
		if t != nil {
			size += int64(unsafe.Sizeof(clock{})) + rows*int64(labelBytes+1+8+2*4) + // and in a grid
				cachedDays*int64(unsafe.Sizeof(dayLabel{})+unsafe.Sizeof(dayZone{})) + int64(2*mostDays*(labelBytes+4))
		}
	}
	return size
}

// newClocks returns the clocks of p: nil for keys that are contents.
func newClocks(p *Plan) []*clock {
	clocks := make([]*clock, len(p.Times))
	room := tileRows(p) + fields.GroupRows
	_, _, nullIsNumber := delimited.Number(p.Null, p.Point)
	for i, t := range p.Times {
		if t == nil {
			continue
		}
		c := &clock{Time: t, field: p.Keys[i], labels: make([]label, room)}
		if clocks[i] = c; t.Part == Input {
			continue
		}
		c.missing, c.days = make([]bool, room), make([]dayLabel, cachedDays)
		if !t.Text {
			c.column = numberColumn{field: c.field, values: make([]int64, room), nullIsNumber: nullIsNumber}
			if _, ok := p.gridField(); ok {
				c.numbers, c.dayNumbers = make([]uint32, room), map[label]uint32{}
			}
		}
		for k := range c.days {
			c.days[k].day = noDay
		}
		if t.Zone != nil && t.Zone != time.UTC {
			c.zones = make([]dayZone, cachedDays)
			for k := range c.zones {
				c.zones[k].day = noDay
			}
		}
	}
	return clocks
}

// readTimes sets the labels of the rows of a tile. It reports whether all times are legal.
func (r *Reader) readTimes(c *clock, rows int) bool {
	if c.Part == Input {
		for ; c.set < rows; c.set++ {
			c.labels[c.set] = c.current
		}
		return true
	}
	c.anyMissing, c.isNumbered = false, false
	if !c.Text && !c.column.careful && !r.digitQuote && r.passNumber(&c.column, rows) {
		if !c.setSeconds(rows) {
			return false
		}
		if c.isNumbered = r.gridFor() != nil; c.isNumbered {
			return c.setNumbers(rows)
		}
		return c.setLabels(rows)
	}
	c.column.careful = false
	for row := range rows {
		content := r.content(row, c.field)
		if c.missing[row] = bytes.Equal(content, r.plan.Null); c.missing[row] {
			c.anyMissing = true
			continue
		}
		// The passes are of use again if all rows are numbers that they read.
		c.column.careful = c.column.careful || len(content) > passBytes(0) || bytes.IndexByte(content, r.plan.Point) >= 0
		var ok bool
		if c.labels[row], ok = c.label(content, r.plan.Point); !ok {
			return false
		}
	}
	c.column.careful = c.column.careful || c.anyMissing
	return true
}

// setSeconds makes the numbers of the passes the seconds that clocks show.
func (c *clock) setSeconds(rows int) bool {
	values := c.column.values[:rows]
	if divisor := int64(powersOfTen[c.Digits]); divisor != 1 {
		for i, v := range values {
			seconds := v / divisor
			if v < seconds*divisor {
				seconds--
			}
			values[i] = seconds
		}
	}
	if c.zones != nil {
		for i, v := range values {
			var ok bool
			if values[i], ok = c.civil(v); !ok {
				return false
			}
		}
	}
	return true
}

// setLabels sets the labels of rows, by their seconds.
func (c *clock) setLabels(rows int) bool {
	values, labels := c.column.values[:rows], c.labels[:rows]
	for i, v := range values {
		day, second := floorDay(v)
		cached := &c.days[uint64(day)%cachedDays]
		if cached.day != day && !c.cache(cached, day) {
			return false
		}
		labels[i] = cached.label
		c.Part.setClock(&labels[i], second)
	}
	return true
}

// setNumbers sets the numbers of the labels of rows, by their seconds.
func (c *clock) setNumbers(rows int) bool {
	values, numbers, perDay := c.column.values[:rows], c.numbers[:rows], c.Part.perDay()
	for i, v := range values {
		day, second := floorDay(v)
		cached := &c.days[uint64(day)%cachedDays]
		if cached.day != day && !c.cache(cached, day) {
			return false
		}
		numbers[i] = cached.number
		if perDay > 1 && cached.number != noNumber {
			numbers[i] = cached.number*uint32(perDay) + uint32(second/(daySeconds/perDay))
		}
	}
	return true
}

// cache sets a cached day.
func (c *clock) cache(cached *dayLabel, day int64) bool {
	l, ok := c.Part.dayLabel(day)
	if !ok {
		return false
	}
	number, ok := c.dayNumbers[l]
	switch {
	case ok:
	case c.dayNumbers != nil && len(c.dayNumbers) < mostDays:
		number = uint32(len(c.dayNumbers))
		c.dayNumbers[l] = number
	default:
		number = noNumber
	}
	*cached = dayLabel{day, l, number}
	return true
}

// civil returns what clocks show at a time in UTC. ok is false if that is far from the
// years 0 to 9999.
func (c *clock) civil(seconds int64) (civil int64, ok bool) {
	if c.zones == nil {
		return seconds, true
	}
	day, _ := floorDay(seconds)
	cached := &c.zones[uint64(day)%cachedDays]
	if cached.day != day {
		if day < firstDay-1 || day > afterDay {
			return 0, false
		}
		start := time.Unix(day*daySeconds, 0).In(c.Zone)
		_, end := start.ZoneBounds()
		_, offset := start.Zone()
		*cached = dayZone{day, int64(offset), !end.IsZero() && end.Unix() < (day+1)*daySeconds}
	}
	if !cached.varies {
		return seconds + cached.offset, true
	}
	_, offset := time.Unix(seconds, 0).In(c.Zone).Zone()
	return seconds + int64(offset), true
}

// label returns the label of a content, which is not missing.
func (c *clock) label(content []byte, point byte) (l label, ok bool) {
	if c.Part == Input {
		return c.current, true
	}
	var seconds int64
	zoned := true
	if c.Text {
		seconds, zoned, ok = parseTime(content)
	} else {
		seconds, ok = instantOf(content, c.Digits, point)
	}
	if ok && zoned {
		seconds, ok = c.civil(seconds)
	}
	if !ok {
		return l, false
	}
	day, second := floorDay(seconds)
	cached := &c.days[uint64(day)%cachedDays]
	if cached.day != day && !c.cache(cached, day) {
		return l, false
	}
	l = cached.label
	c.Part.setClock(&l, second)
	return l, true
}

// appendKey appends the content of Keys[i], which is content or its label, to a key.
func (r *Reader) appendKey(key []byte, i int, content []byte) []byte {
	if c := r.clockOf(i); c != nil && (c.Part == Input || !bytes.Equal(content, r.plan.Null)) {
		l, _ := c.label(content, r.plan.Point) // is legal, or the row were bad
		content = l[:c.Part.width()]
	}
	return r.plan.AppendKey(key, i, content)
}

// numbered returns the clock whose labels have numbers, or nil.
func (r *Reader) numbered() *clock {
	for _, c := range r.clocks {
		if c != nil && c.isNumbered {
			return c
		}
	}
	return nil
}

// clockOf returns the clock of Keys[i], or nil.
func (r *Reader) clockOf(i int) *clock {
	if len(r.clocks) == 0 {
		return nil
	}
	return r.clocks[i]
}
