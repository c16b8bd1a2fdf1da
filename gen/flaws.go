package gen

import (
	"bytes"
	"slices"

	"onebrc/parse"
)

// spoiler makes a bad row from the name and the value of a good row. The bad row
// has no LF and at most maxBadRowBytes bytes.
type spoiler func(name, value []byte, rng *splitMix64) []byte

// maxBadRowBytes is more than a page of memory, so that it crosses small buffers.
const maxBadRowBytes = 5000

// flaw has the ways to be wrong for one reason.
type flaw[S any] struct {
	reason parse.Reason
	ways   []S
}

// drawFlaw draws a way and returns its reason. All reasons are equally likely, and so
// are all ways of one reason.
func drawFlaw[S any](flaws []flaw[S], rng *splitMix64) (S, parse.Reason) {
	f := &flaws[rng.below(len(flaws))]
	return f.ways[rng.below(len(f.ways))], f.reason
}

// flaws has the ways to be wrong of rows "name;value".
var flaws = []flaw[spoiler]{
	{parse.EmptyRow, []spoiler{
		func(_, _ []byte, _ *splitMix64) []byte { return nil },
	}},
	{parse.RowTooLong, []spoiler{
		func(name, _ []byte, rng *splitMix64) []byte { return stretch(name, longRow(rng)) },
		func(name, value []byte, rng *splitMix64) []byte {
			row := join(name, ";", value)
			return append(row, bytes.Repeat([]byte{' '}, longRow(rng)-len(row))...)
		},
		func(name, value []byte, rng *splitMix64) []byte {
			return join(stretch(name, longRow(rng)-1-len(value)), ";", value)
		},
		func(_, _ []byte, rng *splitMix64) []byte { return bytes.Repeat([]byte{';'}, longRow(rng)) },
		func(_, _ []byte, rng *splitMix64) []byte { return noise(rng, longRow(rng), "\n") },
	}},
	{parse.MissingSeparator, []spoiler{
		func(name, _ []byte, _ *splitMix64) []byte { return slices.Clone(name) },
		func(_, value []byte, _ *splitMix64) []byte { return slices.Clone(value) },
		func(name, value []byte, rng *splitMix64) []byte {
			return join(name, notSeparators[rng.below(len(notSeparators))], value)
		},
		func(_, _ []byte, _ *splitMix64) []byte { return []byte{'\r'} },
		func(name, _ []byte, _ *splitMix64) []byte { return stretch(name, parse.MaxRowBytes) },
		func(_, _ []byte, rng *splitMix64) []byte { return noise(rng, 1+rng.below(40), ";\n") },
	}},
	{parse.EmptyName, []spoiler{
		func(_, value []byte, _ *splitMix64) []byte { return join(nil, ";", value) },
		func(_, value []byte, _ *splitMix64) []byte { return join(nil, ";;", value) },
		func(name, value []byte, _ *splitMix64) []byte { return join(join(nil, ";", name), ";", value) },
		func(_, _ []byte, _ *splitMix64) []byte { return []byte{';'} },
		func(_, _ []byte, rng *splitMix64) []byte { return join(nil, ";", badValue(rng)) },
	}},
	{parse.NameTooLong, []spoiler{
		func(name, value []byte, rng *splitMix64) []byte {
			return join(stretch(name, longName(rng)), ";", value)
		},
		func(name, _ []byte, rng *splitMix64) []byte { return join(stretch(name, longName(rng)), ";", nil) },
		func(name, _ []byte, rng *splitMix64) []byte {
			return join(stretch(name, longName(rng)), ";", badValue(rng))
		},
		func(name, value []byte, _ *splitMix64) []byte {
			return join(stretch(name, parse.MaxRowBytes-1-len(value)), ";", value)
		},
	}},
	{parse.BadValue, []spoiler{
		func(name, _ []byte, rng *splitMix64) []byte { return join(name, ";", badValue(rng)) },
		func(name, value []byte, _ *splitMix64) []byte { return join(name, ";", value[:len(value)-1]) },
		func(name, value []byte, _ *splitMix64) []byte { return join(join(name, ";", value), "", value) },
		// Flip one of the upper four bits of a byte of the value. This never makes
		// another legal byte, a ';' or an LF.
		func(name, value []byte, rng *splitMix64) []byte {
			row := join(name, ";", value)
			row[len(name)+1+rng.below(len(value))] ^= 1 << (4 + rng.below(4))
			return row
		},
	}},
}

// notSeparators are put in the place of ';'. Some differ from it in one bit, and
// U+FF1B looks like it.
var notSeparators = [...]string{",", "\t", " ", ":", "=", "{", "\xbb", "\x1b", "+", "3", "9", "?", "\x00", "\r", "\uff1b"}

// badValues are texts that are not values.
var badValues = [...]string{
	"", "-", ".", "1", "12", "123", "-1", "1.", "-1.", ".5", "-.5", "..5", "1..0", "0.0.0",
	"1.25", "-1.25", "12.345", "100.0", "-100.0", "001.0", "999999999999999999999.9",
	"+1.0", "--1.0", "-+1.0", "1-.0", "1.-0", "1.0-", "\u22121.0",
	"1,0", "1;0", "1.0;", "1.0;2.0", ";1.0", "1:0", "1/0",
	" 1.0", "1.0 ", "1.0\t", "1.0\u00a0", "\v1.0", "\r", "\r1.0", "1.\r0", "1.0\r\r", "1.0\rx",
	"\x001.0", "1.0\x00", "1\x00.0", "a.0", "1.a", "/.0", ":.0", "1./", "1.:", "x1.0", "1.0x",
	"\xb1.0", "1.\xb0", "1\xae0", "\uff11.0", "nan", "NaN", "inf", "-inf", "1e1", "0x1", "0b1.0", "1_0.0", "\"1.0\"",
}

// badValue draws one of badValues.
func badValue(rng *splitMix64) []byte { return []byte(badValues[rng.below(len(badValues))]) }

// join returns name, separator and value, one after the other, in new memory.
func join(name []byte, separator string, value []byte) []byte {
	return append(append(slices.Clone(name), separator...), value...)
}

// stretch repeats name to exactly length bytes. The result has no ';'.
func stretch(name []byte, length int) []byte {
	return bytes.Repeat(name, length/len(name)+1)[:length]
}

// noise draws length bytes. None of them is in without, which must not have an 'x'.
func noise(rng *splitMix64, length int, without string) []byte {
	row := make([]byte, length)
	for i := range row {
		row[i] = byte(rng.below(256))
		if bytes.IndexByte([]byte(without), row[i]) >= 0 {
			row[i] = 'x'
		}
	}
	return row
}

// longRow draws the length of a row that is too long, often by a few bytes only.
func longRow(rng *splitMix64) int {
	const least = parse.MaxRowBytes + 1
	if rng.below(2) == 0 {
		return least + rng.below(3)
	}
	return least + rng.below(maxBadRowBytes-least+1)
}

// longName draws the length of a name that is too long in a row that is not. It is
// often near a border: the limit, the length that the kernels' decode refuses, or
// the range of one byte.
func longName(rng *splitMix64) int {
	borders := [...]int{parse.MaxNameBytes + 1, parse.MaxNameBytes + 2, 126, 127, 128, 129, 255, 256, 257}
	if i := rng.below(2 * len(borders)); i < len(borders) {
		return borders[i]
	}
	const most = 990 // leaves room for each of badValues
	return parse.MaxNameBytes + 1 + rng.below(most-parse.MaxNameBytes)
}
