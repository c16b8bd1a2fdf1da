package stages

import (
	"strings"

	"onebrc/parse"
)

// legalRow reports whether name and value are legal before and after the first ';'
// of a row. It is for stages whose parser accepts more than the grammar:
// strconv.ParseFloat takes anything from "1" to "0x1p-2" and "NaN".
func legalRow(name, value string) bool {
	if len(name) < 1 || len(name) > parse.MaxNameBytes {
		return false
	}
	value = strings.TrimPrefix(value, "-")
	n := len(value)
	return (n == 3 || n == 4) && isDigit(value[0]) && isDigit(value[n-3]) && value[n-2] == '.' && isDigit(value[n-1])
}

// isDigit reports whether c is a decimal digit.
func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// parseTenths returns a legal value in tenths.
func parseTenths(value string) int {
	digits, negative := strings.CutPrefix(value, "-")
	tenths := 0
	for i := range len(digits) {
		if c := digits[i]; c != '.' {
			tenths = tenths*10 + int(c-'0')
		}
	}
	if negative {
		return -tenths
	}
	return tenths
}

// parseTenthsBytes returns a value in tenths. A CR may follow the value. ok is false
// if the value is not legal.
func parseTenthsBytes(value []byte) (tenths int, ok bool) {
	if n := len(value); n > 0 && value[n-1] == '\r' {
		value = value[:n-1]
	}
	sign := 1
	if len(value) > 0 && value[0] == '-' {
		sign = -1
		value = value[1:]
	}
	var tens byte = '0'
	if len(value) == 4 {
		tens = value[0]
		value = value[1:]
	}
	if len(value) != 3 || !isDigit(tens) || !isDigit(value[0]) || value[1] != '.' || !isDigit(value[2]) {
		return 0, false
	}
	return sign * (int(tens-'0')*100 + int(value[0]-'0')*10 + int(value[2]-'0')), true
}

// Words that repeat one byte eight times.
const (
	everyByte      = ^uint64(0) / 255
	everySemicolon = ';' * everyByte
	everyHighBit   = 0x80 * everyByte
)

// A value in a word, after a shift that gives its characters fixed places: byte 1
// is the tens, byte 2 the ones, byte 3 the point, byte 4 the tenths. Byte 0 is 0.
const (
	placesWord   = '0'<<8 | '0'<<16 | '.'<<24 | '0'<<32
	placesCarry  = 6<<8 | 6<<16 | 6<<32 // added to a digit above 9, sets bit 4 of its byte
	placesCheck  = 0xff | 0xf0<<8 | 0xf0<<16 | 0xff<<24 | 0xf0<<32
	placesDigits = 0x0f<<8 | 0x0f<<16 | 0x0f<<32
	// As a factor, adds 100 times the tens, 10 times the ones and the tenths, from
	// bit 32 on.
	placesSum = 100<<24 | 10<<16 | 1
)
