package group

import (
	"bytes"
	"fmt"
	"math/big"
	"math/rand/v2"
	"regexp"
	"strconv"
	"testing"
	"time"
	_ "time/tzdata" // the zones are the same on all machines

	"github.com/stretchr/testify/require"

	"onebrc/engine/internal/fields"
)

// oddZones have changes at odd times, by odd differences, and days that were left out or
// were there twice.
var oddZones = []string{
	"UTC", "Europe/Berlin", "Europe/London", "Europe/Dublin", "America/New_York", "America/St_Johns", "America/Caracas", "America/Sao_Paulo",
	"Australia/Lord_Howe", "Australia/Eucla", "Asia/Kathmandu", "Asia/Kolkata", "Asia/Tehran", "Asia/Gaza", "Asia/Manila", "Africa/Monrovia",
	"Africa/Casablanca", "Africa/Cairo", "Pacific/Apia", "Pacific/Kiritimati", "Pacific/Chatham", "Pacific/Kwajalein", "Antarctica/Troll", "America/Juneau",
}

// goForms are the forms of the parts in package time.
var goForms = map[TimePart]string{Year: "2006", Month: "2006-01", Day: "2006-01-02", Hour: "2006-01-02T15", Minute: "2006-01-02T15:04"}

// goLabel returns a label by package time; "" if the year is not one from 0 to 9999.
func goLabel(p TimePart, t time.Time) string {
	switch {
	case t.Year() < 0 || t.Year() > 9999:
		return ""
	case p == Weekday:
		return strconv.Itoa((int(t.Weekday())+6)%7 + 1)
	}
	return t.Format(goForms[p])
}

// testClock returns the clock of a Time.
func testClock(x Time) *clock {
	return newClocks(&Plan{Syntax: fields.NewSyntax(',', 0, false, 1), Keys: []int{0}, Times: []*Time{&x}, Point: '.'})[0]
}

// requireLabels compares the labels of times with those of package time: by passes and
// field by field.
func requireLabels(t *testing.T, c *clock, seconds []int64) {
	t.Helper()
	for _, s := range seconds {
		want := goLabel(c.Part, time.Unix(s, 0).In(c.Zone))
		one, ok := c.label(strconv.AppendInt(nil, s, 10), '.')
		c.column.values[0] = s
		if (c.setSeconds(1) && c.setLabels(1)) != ok || ok != (want != "") || ok && (string(one[:c.Part.width()]) != want || c.labels[0] != one) {
			require.Fail(t, "a label differs", "%d in %s: want %q, got %q, %q, %v", s, c.Zone, want, one, c.labels[0], ok)
		}
	}
}

// TestClockZones compares labels with package time in many zones: around each change of
// the clocks and each border of a year, and at random times.
func TestClockZones(t *testing.T) {
	r := rand.New(rand.NewPCG(16, 3))
	for _, name := range oddZones {
		zone, err := time.LoadLocation(name)
		require.NoError(t, err)
		var seconds []int64
		around := func(at int64) {
			for _, d := range []int64{-daySeconds, -hourSeconds, -1, 0, 1, 59, 60, hourSeconds, daySeconds} {
				seconds = append(seconds, at+d)
			}
		}
		for at := time.Date(1800, 1, 1, 0, 0, 0, 0, time.UTC); ; {
			_, end := at.In(zone).ZoneBounds()
			if end.IsZero() || end.Year() > 2060 {
				break
			}
			if !end.After(at) { // at the end of leap years, Go 1.26 returns the day before
				end = at.AddDate(0, 0, 1)
			}
			around(end.Unix())
			at = end
		}
		for year := -1; year <= 10_001; year += pickStep(year) {
			around(time.Date(year, 1, 1, 0, 0, 0, 0, zone).Unix())
			around(time.Date(year, 2, 28, 23, 59, 59, 0, zone).Unix())
		}
		for range 2000 {
			seconds = append(seconds, r.Int64N(400*366*daySeconds)-200*366*daySeconds)
		}
		for part := Year; part <= Weekday; part++ {
			requireLabels(t, testClock(Time{Part: part, Zone: zone}), seconds)
		}
	}
}

// pickStep skips most years far from now.
func pickStep(year int) int {
	if year < 3 || year >= 9990 || 1895 <= year && year < 2105 {
		return 1
	}
	return 5
}

// TestDayOf compares all days of the years 0 to 9999 with package time.
func TestDayOf(t *testing.T) {
	date := time.Date(0, 1, 1, 0, 0, 0, 0, time.UTC)
	for day := firstDay; day < afterDay; day++ {
		year, month, dayOfMonth := date.Date()
		if got := dayOf(int64(year), int64(month), int64(dayOfMonth)); got != day || dayOfMonth > int(daysIn(int64(year), int64(month))) {
			require.Equal(t, day, got, "%v", date)
		}
		next := date.AddDate(0, 0, 1)
		if last := next.Month() != month; last != (dayOfMonth == int(daysIn(int64(year), int64(month)))) {
			require.Fail(t, "days of a month", "%v", date)
		}
		date = next
	}
	require.Equal(t, 10_000, date.Year())
}

func TestInstantOf(t *testing.T) {
	for _, test := range []struct {
		text   string
		digits int
		want   int64
		ok     bool
	}{
		{"0", 0, 0, true}, {"-0", 0, 0, true}, {"+1", 0, 1, true}, {"-1", 0, -1, true}, {"1.999", 0, 1, true}, {"-1.001", 0, -2, true},
		{"-0.5", 0, -1, true}, {"-1.000", 0, -1, true}, {"0001767225600", 0, 1767225600, true},
		{"999", 3, 0, true}, {"1000", 3, 1, true}, {"-1", 3, -1, true}, {"-999", 3, -1, true}, {"-1000", 3, -1, true}, {"-1001", 3, -2, true},
		{"-1000.5", 3, -2, true}, {"1767225600123456789", 9, 1767225600, true}, {"253402300799999999999", 9, 253402300799, true},
		{"", 0, 0, false}, {"x", 0, 0, false}, {"1e9", 0, 0, false}, {" 1", 0, 0, false}, {"1.", 0, 0, false}, {"1,5", 0, 0, false},
		{"100000000000000", 0, 0, false}, {"99999999999999999999999999", 9, 0, false},
	} {
		got, ok := instantOf([]byte(test.text), test.digits, '.')
		require.Equal(t, test.ok, ok, test.text)
		if ok {
			require.Equal(t, test.want, got, test.text)
		}
	}
	r := rand.New(rand.NewPCG(16, 4))
	for range 20_000 {
		digits := []int{0, 3, 6, 9}[r.IntN(4)]
		text := fmt.Sprint(r.Int64() >> r.IntN(63))
		if r.IntN(2) == 0 {
			text = "-" + text
		}
		if r.IntN(2) == 0 {
			text += "." + fmt.Sprintf("%03d", r.IntN(1000))
		}
		exact, _ := new(big.Rat).SetString(text)
		exact.Quo(exact, new(big.Rat).SetInt64(int64(powersOfTen[digits])))
		want := new(big.Int).Div(exact.Num(), exact.Denom())
		if got, ok := instantOf([]byte(text), digits, '.'); ok {
			require.Equal(t, want.Int64(), got, "%s, %d digits", text, digits)
		} else {
			require.Greater(t, len(want.String()), 14, text)
		}
	}
}

var rfc3339 = regexp.MustCompile(`\A[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}([.][0-9]+)?(Z|[+-][0-9]{2}:[0-9]{2})\z`)

// laxZone is a zone that package time accepts, although RFC 3339 does not have it.
var laxZone = regexp.MustCompile(`24:[0-9]{2}\z|60\z`)

// requireTime compares parseTime with package time.
func requireTime(t *testing.T, text []byte) {
	t.Helper()
	given := bytes.Clone(text)
	seconds, zoned, ok := parseTime(text)
	require.Equal(t, given, text)
	want, err := time.Parse(time.RFC3339Nano, string(text))
	if rfc3339.Match(text) && !laxZone.Match(text) {
		require.Equal(t, err == nil, ok, "%q: %v", text, err)
	}
	if ok && rfc3339.Match(text) {
		require.True(t, zoned)
		require.Equal(t, want.Unix(), seconds, "%q", text)
	}
}

func TestParseTime(t *testing.T) {
	utc := func(year, month, day, hour, minute, second int) int64 {
		return time.Date(year, time.Month(month), day, hour, minute, second, 0, time.UTC).Unix()
	}
	for text, want := range map[string]int64{
		"2026-11-27": utc(2026, 11, 27, 0, 0, 0), "0000-01-01": utc(0, 1, 1, 0, 0, 0), "9999-12-31T23:59:59": utc(9999, 12, 31, 23, 59, 59),
		"2024-02-29 12:30": utc(2024, 2, 29, 12, 30, 0), "2000-02-29t00:00": utc(2000, 2, 29, 0, 0, 0), "2026-11-27T18:05:59,5": utc(2026, 11, 27, 18, 5, 59),
	} {
		got, zoned, ok := parseTime([]byte(text))
		require.True(t, ok, text)
		require.False(t, zoned, text)
		require.Equal(t, want, got, text)
	}
	for text, want := range map[string]int64{
		"2026-11-27T18:05:59Z": utc(2026, 11, 27, 18, 5, 59), "2026-11-27 18:05z": utc(2026, 11, 27, 18, 5, 0), "2026-11-27T18:05:59.999+01:00": utc(2026, 11, 27, 17, 5, 59),
		"2026-11-27T18:05-0530": utc(2026, 11, 27, 23, 35, 0), "2026-11-27T18:05+14": utc(2026, 11, 27, 4, 5, 0), "2026-11-27T18:05:00-00:00": utc(2026, 11, 27, 18, 5, 0),
	} {
		got, zoned, ok := parseTime([]byte(text))
		require.True(t, ok, text)
		require.True(t, zoned, text)
		require.Equal(t, want, got, text)
	}
	for _, text := range []string{
		"", "2026", "2026-11", "20261127", "2026-11-2", "2026-11-31", "2026-00-01", "2026-13-01", "2026-01-00", "2023-02-29", "1900-02-29", "02026-11-27",
		"2026-11-27T", "2026-11-27T18", "2026-11-27T18:", "2026-11-27T18:5", "2026-11-27T1805", "2026-11-27T24:00", "2026-11-27T23:60", "2026-11-27T23:59:60",
		"2026-11-27T18:05:", "2026-11-27T18:05:5", "2026-11-27T18:05:59.", "2026-11-27T18:05.5", "2026-11-27T18:05ZZ", "2026-11-27T18:05+", "2026-11-27T18:05+1",
		"2026-11-27T18:05+24:00", "2026-11-27T18:05+01:60", "2026-11-27T18:05+01:", "2026-11-27T18:05+01:0", "2026-11-27T18:05+010", "2026-11-27T18:05+01000", "2026-11-27Z",
		"2026-11-27x18:05", " 2026-11-27", "2026-11-27 ", "2026/11/27", "2026-11-27T18:05 Z", "-026-11-27", "2026-11-27T18:05:59Zx", "2026-11-27T+8:05",
	} {
		_, _, ok := parseTime([]byte(text))
		require.False(t, ok, text)
	}
	r := rand.New(rand.NewPCG(16, 5))
	for range 50_000 {
		at := time.Unix(r.Int64N(253402300800+62167219200)-62167219200, r.Int64N(1e9)).In(time.FixedZone("", (r.IntN(48*60)-24*60+1)*60))
		text := []byte(at.Format(time.RFC3339Nano))
		if r.IntN(2) == 0 {
			text[r.IntN(len(text))] = "0123456789:-+TZ."[r.IntN(16)]
		}
		requireTime(t, text)
	}
}

func FuzzParseTime(f *testing.F) {
	for _, text := range []string{"2026-11-27T18:05:59Z", "2024-02-29T23:59:59.999-12:34", "2026-11-27", "0000-01-01T00:00:00+23:59"} {
		f.Add([]byte(text))
	}
	f.Fuzz(requireTime)
}

// TestDecimal compares decimals of any size with math/big.
func TestDecimal(t *testing.T) {
	r := rand.New(rand.NewPCG(16, 6))
	random := func() string {
		text := []string{"", "-", "+"}[r.IntN(3)]
		for range 1 + r.IntN(1+r.IntN(25)) {
			text += string("000123459"[r.IntN(9)])
		}
		if r.IntN(2) == 0 {
			text += "."
			for range 1 + r.IntN(1+r.IntN(25)) {
				text += string("000123459"[r.IntN(9)])
			}
		}
		return text
	}
	for range 50_000 {
		a, b := random(), random()
		if r.IntN(3) == 0 {
			b = a + "0"
		}
		x, ok := new(big.Rat).SetString(a)
		require.True(t, ok)
		y, ok := new(big.Rat).SetString(b)
		require.True(t, ok)
		d, ok := parseDecimal([]byte(a), '.')
		require.True(t, ok, a)
		e, ok := parseDecimal([]byte(b), '.')
		require.True(t, ok, b)
		require.Equal(t, x.Cmp(y), d.compare(e), "%s, %s", a, b)
		scale := r.IntN(12)
		scaled := new(big.Rat).Mul(x, new(big.Rat).SetInt64(int64(powersOfTen[scale])))
		if v, ok := d.scaled(scale); ok {
			require.Zero(t, scaled.Cmp(new(big.Rat).SetInt64(v)), "%s, %d", a, scale)
		} else if scaled.IsInt() {
			require.GreaterOrEqual(t, new(big.Int).Abs(scaled.Num()).Cmp(big.NewInt(1e17)), 0, "%s, %d", a, scale)
		}
	}
	for _, text := range []string{"", "-", "+-1", ".5", "5.", "1e5", "1..2", "0x1", " 1", "1 ", "1,5"} {
		_, ok := parseDecimal([]byte(text), '.')
		require.False(t, ok, text)
	}
}
