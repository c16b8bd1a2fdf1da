package group

import (
	"bytes"
	"cmp"
)

// decimal is a number of the grammar of package delimited, but of any number of digits.
// Equal numbers are equal decimals.
type decimal struct {
	negative bool   // not for zero
	whole    []byte // digits before the point, without leading zeros
	fraction []byte // digits after the point, without trailing zeros
}

// parseDecimal reads a number. It returns false for any other text. The decimal shares
// the memory of text.
func parseDecimal(text []byte, point byte) (decimal, bool) {
	var d decimal
	digits := text
	if len(text) > 0 && (text[0] == '-' || text[0] == '+') {
		digits, d.negative = text[1:], text[0] == '-'
	}
	before := leadingDigits(digits)
	if before == 0 {
		return d, false
	}
	if d.whole = digits[:before]; before < len(digits) {
		d.fraction = digits[before+1:]
		if digits[before] != point || len(d.fraction) == 0 || leadingDigits(d.fraction) < len(d.fraction) {
			return d, false
		}
	}
	for len(d.whole) > 0 && d.whole[0] == '0' {
		d.whole = d.whole[1:]
	}
	for len(d.fraction) > 0 && d.fraction[len(d.fraction)-1] == '0' {
		d.fraction = d.fraction[:len(d.fraction)-1]
	}
	d.negative = d.negative && len(d.whole)+len(d.fraction) > 0
	return d, true
}

// leadingDigits returns the number of digits at the start of text.
func leadingDigits(text []byte) int {
	n := 0
	for n < len(text) && text[n]-'0' <= 9 {
		n++
	}
	return n
}

// compare returns -1 if d < e, 1 if d > e, and otherwise 0.
func (d decimal) compare(e decimal) int {
	switch {
	case d.negative != e.negative:
		if d.negative {
			return -1
		}
		return 1
	case d.negative:
		d, e = e, d
	}
	return cmp.Or(
		cmp.Compare(len(d.whole), len(e.whole)),
		bytes.Compare(d.whole, e.whole),
		bytes.Compare(d.fraction, e.fraction),
	)
}

// scaled returns d * 10^scale. ok is false if that is no integer or does not fit a
// lane.
func (d decimal) scaled(scale int) (v int64, ok bool) {
	const most = 18 // digits that fit in an int64 whatever they are
	if len(d.fraction) > scale || len(d.whole)+scale > most {
		return 0, false
	}
	for _, c := range d.whole {
		v = v*10 + int64(c-'0')
	}
	for i := range scale {
		v *= 10
		if i < len(d.fraction) {
			v += int64(d.fraction[i] - '0')
		}
	}
	if d.negative {
		v = -v
	}
	return v, true
}
