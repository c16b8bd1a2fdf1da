package engine_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"time"
	_ "time/tzdata" // the zones are the same on all machines

	"onebrc/engine"
	"onebrc/parse/oracle"
)

// zones have changes at odd times, by odd differences, and days that were left out.
var zones = []string{
	"UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "Pacific/Apia", "Africa/Monrovia",
	"America/St_Johns", "Africa/Casablanca", "Pacific/Kiritimati", "Antarctica/Troll", "Asia/Gaza", "America/Caracas", "Europe/Dublin",
}

// location returns a zone.
func location(name string) *time.Location {
	l, err := time.LoadLocation(name)
	if err != nil {
		panic(err)
	}
	return l
}

// randomClock returns what the times of a trial are like, or nil for a trial without.
func randomClock(r *rand.Rand) *oracle.GroupTime {
	if oneIn(r, 2) {
		return nil
	}
	return &oracle.GroupTime{Unit: pick(r, "", "", "s", "s", "ms", "us", "ns"), Zone: location(pick(r, zones...))}
}

// times returns a maker of times, of which a few are not legal, or near the years 0 and
// 9999.
func times(r *rand.Rand, clock *oracle.GroupTime) func(r *rand.Rand) string {
	from := pick(r, time.Unix(0, 0), time.Unix(1767225600, 0), time.Date(1890, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(0, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(9999, 12, 30, 0, 0, 0, 0, time.UTC))
	span := pick(r, time.Hour, 50*time.Hour, 400*24*time.Hour, 150*365*24*time.Hour)
	odd := pick(r, 5, 100, 1<<30, 1<<30)
	form := pick(r, time.RFC3339, time.RFC3339Nano, "2006-01-02", "2006-01-02 15:04:05", "2006-01-02T15:04", "2006-01-02 15:04:05.000-0700", "2006-01-02t15:04:05z", "2006-01-02 15:04Z07")
	zone := location(pick(r, zones...))
	return func(r *rand.Rand) string {
		t := from.Add(time.Duration(r.Int64N(int64(span)))).In(zone)
		if oneIn(r, odd) {
			return pick(r, "", "x", "-1", "1e9", "99999999999999999999", "2026-02-29", "2026-13-01", "2026-01-01T24:00", "2026-01-01 00:00:60", "2026-1-1", "2026-01-01T", "0000-00-00", "2024-02-29T23:59:59.999+23:59", "-62167219200", "-62167219201", "253402300799.9", "253402300800")
		}
		switch clock.Unit {
		case "":
			if oneIn(r, odd) {
				return t.Format(time.RFC3339Nano)
			}
			return t.Format(form)
		case "s":
			if oneIn(r, odd) {
				return fmt.Sprintf("%d.%09d", t.Unix(), t.Nanosecond())
			}
			return fmt.Sprint(t.Unix())
		case "ms":
			return fmt.Sprint(t.UnixMilli())
		case "us":
			return fmt.Sprint(t.UnixMicro())
		}
		digits := fmt.Sprintf("%d%09d", t.Unix(), t.Nanosecond())
		return digits
	}
}

// addKey adds a column to the key, as a part of a time if it has times. Position 0 is for
// the name of the input.
func (t *groupTrial) addKey(r *rand.Rand, position int, column engine.Column) {
	t.oracle.By = append(t.oracle.By, position)
	if position == 0 {
		column = engine.Column{Input: true}
	}
	var part *oracle.GroupTime
	if slices.Contains(t.times, position) && !oneIn(r, 8) || t.clock != nil && position > 0 && oneIn(r, 200) {
		part = &oracle.GroupTime{Part: string(pick(r, engine.TimeParts()...)), Unit: t.clock.Unit, Zone: t.clock.Zone}
		column.Part, column.Unit = engine.TimePart(part.Part), engine.TimeUnit(part.Unit)
		if t.query.Zone = part.Zone; part.Zone == time.UTC && oneIn(r, 2) {
			t.query.Zone = nil
		}
	}
	t.oracle.Times = append(t.oracle.Times, part)
	t.query.By = append(t.query.By, column)
}
