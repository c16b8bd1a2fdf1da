package gen

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// ErrRows is wrapped by every error of ParseRows.
var ErrRows = errors.New("invalid number of rows")

// multipliers maps suffixes to powers of ten.
var multipliers = map[byte]int{'k': 3, 'K': 3, 'M': 6, 'G': 9, 'B': 9}

// ErrNames is wrapped by every error of ParseNames.
var ErrNames = errors.New("invalid number of names")

// ParseRows parses a number of rows: digits with an optional fraction, then
// optionally a multiplier (k or K for thousand, M for million, G or B for billion) or
// an exponent (e9, E+9, e-1). Single underscores may stand between digits. Examples
// are 1000, 1_000_000, 10M, 0.5k, 1e9 and 1.5e6. The result is exact.
//
// The error wraps ErrRows and says whether the text is malformed, negative, not a
// whole number, or above 2^63-1.
func ParseRows(s string) (int64, error) { return parseNumber(s, ErrRows) }

// ParseNames parses a number of names. It has the grammar of ParseRows, and its error
// wraps ErrNames.
func ParseNames(s string) (int64, error) { return parseNumber(s, ErrNames) }

// parseNumber implements ParseRows. Its errors wrap invalid.
func parseNumber(s string, invalid error) (int64, error) {
	fail := func(reason string) (int64, error) {
		return 0, fmt.Errorf("%w %q: %s", invalid, s, reason)
	}
	if s == "" {
		return fail("must not be empty")
	}
	if s[0] == '-' {
		return fail("must be 0 or more")
	}
	digits, power, ok := splitNumber(s)
	if !ok {
		return fail("must have a form such as 1000000, 1_000_000, 10M or 1.5e6")
	}
	digits = strings.TrimLeft(digits, "0")
	if digits == "" {
		return 0, nil
	}
	whole := strings.TrimRight(digits, "0")
	power += len(digits) - len(whole)
	if power < 0 {
		return fail("must be a whole number")
	}
	if len(whole)+power > len(strconv.FormatInt(math.MaxInt64, 10)) {
		return fail("must be at most 2^63-1")
	}
	rows, err := strconv.ParseInt(whole+strings.Repeat("0", power), 10, 64)
	if err != nil {
		return fail("must be at most 2^63-1")
	}
	return rows, nil
}

// splitNumber splits s into decimal digits and a power of ten. ok is false if s is
// malformed. A large exponent is clipped: see parseExponent.
func splitNumber(s string) (digits string, power int, ok bool) {
	if p, found := multipliers[s[len(s)-1]]; found {
		power = p
		s = s[:len(s)-1]
	} else if e := strings.IndexAny(s, "eE"); e >= 0 {
		if power, ok = parseExponent(s[e+1:], len(s)); !ok {
			return "", 0, false
		}
		s = s[:e]
	}
	whole, fraction, point := strings.Cut(s, ".")
	if whole, ok = plainDigits(whole); !ok {
		return "", 0, false
	}
	if point {
		if fraction, ok = plainDigits(fraction); !ok {
			return "", 0, false
		}
	}
	return whole + fraction, power - len(fraction), true
}

// parseExponent parses [+-]?[0-9]+. It clips the magnitude to a number so large that
// no digits in a text of textBytes bytes can bring the result back into the range of
// int64, or make it a whole number.
func parseExponent(s string, textBytes int) (int, bool) {
	negative := strings.HasPrefix(s, "-")
	if negative || strings.HasPrefix(s, "+") {
		s = s[1:]
	}
	digits, ok := plainDigits(s)
	if !ok || digits != s {
		return 0, false
	}
	limit := textBytes + 32
	exponent, err := strconv.Atoi(digits)
	if err != nil || exponent > limit {
		exponent = limit
	}
	if negative {
		exponent = -exponent
	}
	return exponent, true
}

// plainDigits removes single underscores between digits. ok is false if s is empty or
// has anything else.
func plainDigits(s string) (digits string, ok bool) {
	underscore := true // refuses one at the start
	for i := range len(s) {
		switch c := s[i]; {
		case c >= '0' && c <= '9':
			underscore = false
		case c == '_' && !underscore:
			underscore = true
		default:
			return "", false
		}
	}
	if underscore { // s is empty or ends with one
		return "", false
	}
	return strings.ReplaceAll(s, "_", ""), true
}
