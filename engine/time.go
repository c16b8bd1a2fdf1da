package engine

import (
	"fmt"
	"slices"

	"onebrc/engine/internal/group"
)

// TimePart is a part of a time, down to which the time counts in a key.
type TimePart string

// The parts of a time, with an example. Years are 0 to 9999.
const (
	PartYear    TimePart = "year"    // 2026
	PartMonth   TimePart = "month"   // 2026-11
	PartDay     TimePart = "day"     // 2026-11-27
	PartHour    TimePart = "hour"    // 2026-11-27T18
	PartMinute  TimePart = "minute"  // 2026-11-27T18:05
	PartWeekday TimePart = "weekday" // 1 for Monday to 7 for Sunday
)

// timeParts are those of package group.
var timeParts = map[TimePart]group.TimePart{
	PartYear: group.Year, PartMonth: group.Month, PartDay: group.Day,
	PartHour: group.Hour, PartMinute: group.Minute, PartWeekday: group.Weekday,
}

// TimeParts returns all parts of a time.
func TimeParts() []TimePart {
	return []TimePart{PartYear, PartMonth, PartDay, PartHour, PartMinute, PartWeekday}
}

// TimeUnit is what a number counts that is a time: from the start of 1970 in UTC on,
// without leap seconds. It may be negative and may have decimals.
type TimeUnit string

// The units.
const (
	UnitSecond      TimeUnit = "s"
	UnitMillisecond TimeUnit = "ms"
	UnitMicrosecond TimeUnit = "us"
	UnitNanosecond  TimeUnit = "ns"
)

// unitDigits are the digits of a second's fraction that a unit has.
var unitDigits = map[TimeUnit]int{UnitSecond: 0, UnitMillisecond: 3, UnitMicrosecond: 6, UnitNanosecond: 9}

// TimeUnits returns all units.
func TimeUnits() []TimeUnit {
	return []TimeUnit{UnitSecond, UnitMillisecond, UnitMicrosecond, UnitNanosecond}
}

// checkTime returns what is wrong with the part and the unit of a column.
func (c Column) checkTime() error {
	switch {
	case c.Part == "" && c.Unit == "":
	case c.Part == "":
		return &QueryError{fmt.Sprintf("the unit %q needs a part of a time", c.Unit)}
	case !slices.Contains(TimeParts(), c.Part):
		return &QueryError{fmt.Sprintf("unknown part of a time %q; there are: %s", c.Part, joined(TimeParts()))}
	case c.Unit != "" && !slices.Contains(TimeUnits(), c.Unit):
		return &QueryError{fmt.Sprintf("unknown unit of time %q; there are: %s", c.Unit, joined(TimeUnits()))}
	}
	return nil
}

// times returns which keys of the query are parts of times, or the input, or nil if none
// is.
func (q Query) times() []*group.Time {
	times, found := make([]*group.Time, len(q.By)), false
	for i, c := range q.By {
		if c.Input {
			found = true
			times[i] = &group.Time{Part: group.Input}
		}
		if c.Part != "" {
			found = true
			times[i] = &group.Time{Part: timeParts[c.Part], Text: c.Unit == "", Digits: unitDigits[c.Unit], Zone: q.Zone}
		}
	}
	if !found {
		return nil
	}
	return times
}
