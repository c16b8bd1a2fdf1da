package oracle

import (
	"math/big"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"
)

// GroupTime is a part of a time, such as "month", in Zone. Unit is "" for texts, or "s",
// "ms", "us" or "ns" for numbers.
type GroupTime struct {
	Part, Unit string
	Zone       *time.Location
}

// timeForms are the forms of the parts, as package time has them.
var timeForms = map[string]string{
	"year": "2006", "month": "2006-01", "day": "2006-01-02", "hour": "2006-01-02T15", "minute": "2006-01-02T15:04",
}

var timeUnits = map[string]int64{"s": 1, "ms": 1e3, "us": 1e6, "ns": 1e9}

var timeText = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`\A([0-9]{4})-([0-9]{2})-([0-9]{2})` +
		`(?:[Tt ]([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:[.,][0-9]+)?)?(?:([Zz])|([+-])([0-9]{2})(?::?([0-9]{2}))?)?)?\z`)
})

// key returns the key of a content. ok is false if the content is no time.
func (g GroupTime) key(q GroupQuery, content string) (key string, ok bool) {
	if content == q.Null {
		return content, true
	}
	var t time.Time
	if g.Unit == "" {
		t, ok = g.parse(content)
	} else if number, isNumber := q.comparable(content); isNumber {
		number.Quo(number, new(big.Rat).SetInt64(timeUnits[g.Unit]))
		seconds := new(big.Int).Div(number.Num(), number.Denom()) // rounds down
		if ok = seconds.IsInt64() && seconds.CmpAbs(big.NewInt(1e12)) < 0; ok {
			t = time.Unix(seconds.Int64(), 0).In(g.Zone)
		}
	}
	if !ok || t.Year() < 0 || t.Year() > 9999 {
		return "", false
	}
	if g.Part == "weekday" {
		return strconv.Itoa((int(t.Weekday())+6)%7 + 1), true
	}
	return t.Format(timeForms[g.Part]), true
}

// parse reads a text. The Time has the clocks of g.Zone if the text has a zone, and else
// those of the text.
func (g GroupTime) parse(content string) (t time.Time, ok bool) {
	parts := timeText().FindStringSubmatch(content)
	if parts == nil {
		return t, false
	}
	var n [11]int
	for i, text := range parts[1:] {
		n[i+1], _ = strconv.Atoi(text) // letters are 0
	}
	t = time.Date(n[1], time.Month(n[2]), n[3], n[4], n[5], n[6], 0, time.UTC)
	if t.Format("2006-01-02 15:04:05") != strings.Join(parts[1:4], "-")+" "+two(parts[4])+":"+two(parts[5])+":"+two(parts[6]) {
		return t, false // it was not normal
	}
	if parts[7] == "" && parts[8] == "" {
		return t, true
	}
	if n[9] > 23 || n[10] > 59 {
		return t, false
	}
	offset := time.Duration(n[9])*time.Hour + time.Duration(n[10])*time.Minute
	if parts[8] == "-" {
		offset = -offset
	}
	return t.Add(-offset).In(g.Zone), true
}

// two returns two digits.
func two(digits string) string {
	if digits == "" {
		return "00"
	}
	return digits
}
