package group

import (
	"bytes"
	"time"
)

// Time says that a key is not the content of its column but a part of the time that the
// content is.
type Time struct {
	Part TimePart
	// Text means that the content is a time as parseTime reads it. Otherwise it is a
	// number that counts 10^-Digits seconds from the start of 1970 in UTC.
	Text   bool
	Digits int
	Zone   *time.Location // nil means UTC
}

// TimePart is a part of a time, which has a label of a fixed width.
type TimePart uint8

// The parts of a time.
const (
	Year    TimePart = iota // 2026
	Month                   // 2026-11
	Day                     // 2026-11-27
	Hour                    // 2026-11-27T18
	Minute                  // 2026-11-27T18:05
	Weekday                 // 1 for Monday to 7 for Sunday
	// Input is no part of a time: the key is the input of the row, whatever the field.
	// See InputRank.
	Input
)

// labelBytes is the width of the longest label.
const labelBytes = len("2026-11-27T18:05")

type label [labelBytes]byte

// width returns the width of the labels of a part.
func (p TimePart) width() int {
	return [...]int{Year: 4, Month: 7, Day: 10, Hour: 13, Minute: 16, Weekday: 1, Input: inputDigits}[p]
}

// Times are seconds since the start of 1970: civil ones are those that clocks in a zone
// show, as if it were UTC.
const (
	hourSeconds = 3600
	daySeconds  = 24 * hourSeconds
)

// The first day of year 0, and the day after year 9999. No other years have four digits.
var (
	firstDay = time.Date(0, 1, 1, 0, 0, 0, 0, time.UTC).Unix() / daySeconds
	afterDay = time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC).Unix() / daySeconds
)

// floorDay returns the day of a time and the second of the day.
func floorDay(seconds int64) (day, second int64) {
	day = seconds / daySeconds
	if second = seconds - day*daySeconds; second < 0 {
		return day - 1, second + daySeconds
	}
	return day, second
}

// dayLabel returns the label of a civil day, without its hour and minute. ok is false if
// it is not in the years 0 to 9999.
func (p TimePart) dayLabel(day int64) (l label, ok bool) {
	if day < firstDay || day >= afterDay {
		return l, false
	}
	date := time.Unix(day*daySeconds, 0).UTC()
	if p == Weekday {
		l[0] = '1' + byte(date.Weekday()+6)%7
		return l, true
	}
	year, month, dayOfMonth := date.Date()
	setDigits(l[0:2], int64(year/100))
	setDigits(l[2:4], int64(year%100))
	if p >= Month {
		l[4] = '-'
		setDigits(l[5:7], int64(month))
	}
	if p >= Day {
		l[7] = '-'
		setDigits(l[8:10], int64(dayOfMonth))
	}
	return l, true
}

// setClock adds the hour and the minute of a second of the day to a label that has them.
func (p TimePart) setClock(l *label, second int64) {
	if p != Hour && p != Minute {
		return
	}
	hour := second / hourSeconds
	l[10] = 'T'
	setDigits(l[11:13], hour)
	if p == Minute {
		l[13] = ':'
		setDigits(l[14:16], (second-hour*hourSeconds)/60)
	}
}

// perDay returns how many labels a day has at most.
func (p TimePart) perDay() int64 {
	switch p {
	case Hour:
		return 24
	case Minute:
		return 24 * 60
	}
	return 1
}

// setDigits sets two digits.
func setDigits(b []byte, n int64) {
	b[0], b[1] = '0'+byte(n/10), '0'+byte(n%10)
}

// instantOf reads a number as seconds, rounded down. digits is as for Time. ok is false
// if the text is no number, or has more seconds than a time can have.
func instantOf(text []byte, digits int, point byte) (seconds int64, ok bool) {
	const most = 14 // digits of the seconds
	d, ok := parseDecimal(text, point)
	if !ok || len(d.whole) > most+digits {
		return 0, false
	}
	whole, rest := d.whole, len(d.fraction) > 0
	if cut := max(len(whole)-digits, 0); digits > 0 {
		rest = rest || len(bytes.Trim(whole[cut:], "0")) > 0
		whole = whole[:cut]
	}
	for _, c := range whole {
		seconds = seconds*10 + int64(c-'0')
	}
	switch {
	case d.negative && rest:
		return -seconds - 1, true
	case d.negative:
		return -seconds, true
	}
	return seconds, true
}

// parseTime reads a time as ISO 8601 and RFC 3339 have it:
//
//	time  = date [ ("T" | "t" | " ") clock [ zone ] ]
//	date  = YYYY "-" MM "-" DD
//	clock = hh ":" mm [ ":" ss [ ("." | ",") digit { digit } ] ]
//	zone  = "Z" | "z" | ("+" | "-") hh [ [ ":" ] mm ]
//
// The date exists, hours are below 24, and minutes and seconds are below 60. seconds is
// rounded down. It is in UTC if the text has a zone, and else what clocks show.
func parseTime(text []byte) (seconds int64, zoned, ok bool) {
	if len(text) < len("2026-11-27") || text[4] != '-' || text[7] != '-' {
		return 0, false, false
	}
	century, ok1 := twoDigits(text[0:], 99)
	year, ok2 := twoDigits(text[2:], 99)
	month, ok3 := twoDigits(text[5:], 12)
	day, ok4 := twoDigits(text[8:], 31)
	year += 100 * century
	if !(ok1 && ok2 && ok3 && ok4) || month == 0 || day == 0 || day > daysIn(year, month) {
		return 0, false, false
	}
	seconds = dayOf(year, month, day) * daySeconds
	rest := text[10:]
	if len(rest) == 0 {
		return seconds, false, true
	}
	if c := rest[0]; c != 'T' && c != 't' && c != ' ' {
		return 0, false, false
	}
	second, rest, ok := parseClock(rest[1:])
	seconds += second
	if !ok || len(rest) == 0 {
		return seconds, false, ok
	}
	offset, ok := parseZone(rest)
	return seconds - offset, true, ok
}

// parseClock reads a clock at the start of text and returns the second of the day and the
// text after it.
func parseClock(text []byte) (second int64, rest []byte, ok bool) {
	if len(text) < len("18:05") || text[2] != ':' {
		return 0, nil, false
	}
	hour, ok1 := twoDigits(text, 23)
	minute, ok2 := twoDigits(text[3:], 59)
	if second, rest = hour*hourSeconds+minute*60, text[5:]; !ok1 || !ok2 || len(rest) == 0 || rest[0] != ':' {
		return second, rest, ok1 && ok2
	}
	if len(rest) < len(":00") {
		return 0, nil, false
	}
	of, ok := twoDigits(rest[1:], 59)
	second, rest = second+of, rest[3:]
	if ok && len(rest) > 0 && (rest[0] == '.' || rest[0] == ',') {
		n := leadingDigits(rest[1:])
		rest, ok = rest[1+n:], n > 0
	}
	return second, rest, ok
}

// parseZone reads a zone and returns by how much its clocks are ahead of UTC.
func parseZone(text []byte) (offset int64, ok bool) {
	sign := int64(1)
	switch text[0] {
	case 'Z', 'z':
		return 0, len(text) == 1
	case '-':
		sign = -1
	case '+':
	default:
		return 0, false
	}
	if len(text) < len("+00") {
		return 0, false
	}
	hour, ok := twoDigits(text[1:], 23)
	rest, minute := text[3:], int64(0)
	if len(rest) == len(":00") && rest[0] == ':' {
		rest = rest[1:]
	}
	switch len(rest) {
	case len("00"):
		var ok2 bool
		minute, ok2 = twoDigits(rest, 59)
		ok = ok && ok2
	case 0:
		ok = ok && len(text) == len("+00")
	default:
		ok = false
	}
	return sign * (hour*hourSeconds + minute*60), ok
}

// twoDigits reads a number of two digits, up to most.
func twoDigits(text []byte, most int64) (n int64, ok bool) {
	tens, ones := text[0]-'0', text[1]-'0'
	n = int64(tens)*10 + int64(ones)
	return n, tens <= 9 && ones <= 9 && n <= most
}

// daysIn returns the number of days of a month.
func daysIn(year, month int64) int64 {
	switch month {
	case 2:
		if year%4 == 0 && (year%100 != 0 || year%400 == 0) {
			return 29
		}
		return 28
	case 4, 6, 9, 11:
		return 30
	}
	return 31
}

// dayOf returns the number of a day from the start of 1970. It counts in years that begin
// with March, so that the leap day is the last one.
func dayOf(year, month, day int64) int64 {
	const (
		yearsBefore = 400 // no year is negative
		daysTo1970  = 719468 + 146097
	)
	year += yearsBefore
	if month -= 3; month < 0 {
		month += 12
		year--
	}
	return 365*year + year/4 - year/100 + year/400 + (153*month+2)/5 + day - 1 - daysTo1970
}
