package gen

import (
	"bytes"
	"slices"

	"onebrc/parse"
	"onebrc/parse/delimited"
)

// logRow is a row that a logSpoiler makes bad.
type logRow struct {
	fields [][]byte // as they are in the row, with their quotes
	quotes bool     // the profile has quotes, and so line feeds inside
	rng    *splitMix64
}

// logSpoiler makes a row bad by a change of its fields, which are then joined by commas.
// The row must end where it seems to: at the first LF outside quotes, where a quote
// opens only at the start of a field, and what follows a closing quote is not quoted.
type logSpoiler func(r *logRow)

// logFlaws has the ways to be wrong of rows of logs. Bad values are in the columns
// message_length and stamp_count.
var logFlaws = []flaw[logSpoiler]{
	{delimited.FieldCount, []logSpoiler{
		func(r *logRow) { i := r.any(); r.fields = slices.Delete(r.fields, i, i+1) },
		func(r *logRow) { i := r.any(); r.fields = slices.Insert(r.fields, i, r.fields[i]) },
		func(r *logRow) { r.fields = slices.Insert(r.fields, r.rng.below(logFields+1), []byte{}) },
		func(r *logRow) { r.fields = nil }, // an empty row is one empty field
		func(r *logRow) { i := r.any(); r.fields = r.fields[i : i+1] },
		func(r *logRow) { r.fields = make([][]byte, 3+2*r.rng.below(2)) },
		func(r *logRow) { r.fields = append(r.fields, r.fields...) },
		func(r *logRow) { r.fields = [][]byte{join(r.plain(2), ";", r.plain(3))} },
		func(r *logRow) { r.set(1, insert(r.plain(1), r.rng, ",")) },
		func(r *logRow) { i := r.number(); r.set(i, join(r.plain(i), ",", []byte("5"))) },
	}},
	{delimited.BadQuote, []logSpoiler{
		stray, stray,
		func(r *logRow) { stray(r); r.fields = append(r.fields, r.fields[0]) },
		func(r *logRow) { r.set(r.number(), badLogNumber(r.rng)); stray(r) },
		junk, junk,
		func(r *logRow) { r.set(r.any(), join([]byte(`""`), "", pick(r.rng, junks[:]))) },
		func(r *logRow) { // a row of two lines
			i := 1
			if r.quotes {
				r.set(i, []byte(quoteField(string(insert(r.plain(i), r.rng, "\n")))))
			}
			r.set(i, junkAfter(r.fields[i], r.rng))
		},
		func(r *logRow) {
			i := r.any()
			r.set(i, join(pick(r.rng, befores[:]), quoteField(string(r.plain(i))), nil))
		},
	}},
	{parse.BadValue, []logSpoiler{
		func(r *logRow) { r.set(r.number(), badLogNumber(r.rng)) },
		func(r *logRow) {
			for i := 2; i < logFields; i++ {
				r.set(i, badLogNumber(r.rng))
			}
		},
		func(r *logRow) { // quotes do not make a bad value good
			i := r.number()
			r.set(i, badLogNumber(r.rng))
			if r.quotes {
				r.set(i, []byte(quoteField(string(r.fields[i]))))
			}
		},
		func(r *logRow) { // a value that must be quoted
			i := r.number()
			r.set(i, badLogNumber(r.rng))
			if r.quotes {
				special := []string{",", "\n", `"`, "\r\n"}[r.rng.below(4)]
				r.set(i, []byte(quoteField(string(insert(r.plain(i), r.rng, special)))))
			}
		},
		// Flip one of the upper three bits of a digit. This never makes a digit, a
		// delimiter, a quote, an LF or a CR.
		func(r *logRow) {
			i := r.number()
			digits := r.plain(i)
			digits[r.rng.below(len(digits))] ^= 1 << (5 + r.rng.below(3))
			r.set(i, digits)
		},
	}},
}

// badLogNumbers are fields without quotes that are not numbers and not missing.
var badLogNumbers = [...]string{
	"-", "+", ".", "-.", "1.", ".5", "-.5", "..5", "1..0", "1.2.3", "--1", "+-1", "-+1", "1-", "1+", "\u22121",
	"1e3", "1E3", "0x10", "0b1", "1_000", "1'000", "1 000", " 1", "1 ", "\t1", "1\t", "1\u00a0", "\v1", " ", "\r1",
	"1\r2", "\x001", "1\x00", "a", "1a", "a1", "1/", "1:", "/", ":", "\uff11", "\xb1", "1\xb0", "nan", "NaN", "inf",
	"Infinity", "null", "NULL", "true", "1;5", "'1'",
	"1234567890123456789", "-1234567890123456789", "123456789012345678.9", "0.1234567890123456789",
	"0.0000000000000000001", "00000000000000000000000001234567890123456789", "99999999999999999999999999999999999999",
}

// junks are what may follow a closing quote before the next delimiter or LF, or with
// it. A row does not end in CR after them.
var junks = [...]string{
	"x", "0", " ", "\t", "'", "\x00", "\xff", "\rx", ";", " \"\"", "x\"", "x\"y\"", "x\"\"", " \"x\"", "x\",y", "x\"\r\"",
}

// befores are what may stand before a quote that then opens nothing.
var befores = [...]string{" ", "\t", "x", "'", "\\", "\xef\xbb\xbf", "\x00", "=", "\r"}

// badLogNumber draws one of badLogNumbers.
func badLogNumber(rng *splitMix64) []byte { return pick(rng, badLogNumbers[:]) }

// pick draws one of texts.
func pick(rng *splitMix64, texts []string) []byte { return []byte(texts[rng.below(len(texts))]) }

// insert returns text with special at any place, in new memory.
func insert(text []byte, rng *splitMix64, special string) []byte {
	at := rng.below(len(text) + 1)
	return join(text[:at], special, text[at:])
}

// stray puts a quote into a field that is not quoted.
func stray(r *logRow) {
	i := r.any()
	text := r.plain(i)
	at := 1 + r.rng.below(len(text))
	r.set(i, join(text[:at], `"`, text[at:]))
}

// junk puts something after the closing quote of a field.
func junk(r *logRow) {
	i := r.any()
	r.set(i, junkAfter(r.fields[i], r.rng))
}

// junkAfter quotes field unless it is quoted, and adds one of junks.
func junkAfter(field []byte, rng *splitMix64) []byte {
	if field[0] != '"' {
		field = []byte(quoteField(string(field)))
	}
	return join(field, "", pick(rng, junks[:]))
}

// any draws the number of a field.
func (r *logRow) any() int { return r.rng.below(logFields) }

// number draws the number of a field whose values are aggregated.
func (r *logRow) number() int { return 2 + r.rng.below(2) }

// set replaces field i.
func (r *logRow) set(i int, field []byte) { r.fields[i] = field }

// plain returns the content of field i without bytes that need quotes, in new memory.
func (r *logRow) plain(i int) []byte {
	return slices.DeleteFunc(slices.Clone(r.fields[i]), func(c byte) bool {
		return c == ',' || c == '"' || c == '\n'
	})
}

// spoilLog returns the spoilFunc of a profile of logs.
func spoilLog(quotes bool) spoilFunc {
	return func(row []byte, r uint64, emptyToo bool) ([]byte, parse.Reason) {
		rng := splitMix64(r)
		for {
			spoiled := logRow{splitLogRow(row), quotes, &rng}
			way, reason := drawFlaw(logFlaws, &rng)
			way(&spoiled)
			if text := bytes.Join(spoiled.fields, []byte{','}); len(text) > 0 || emptyToo {
				return text, reason
			}
		}
	}
}

// splitLogRow returns the fields of a good row with their quotes. In a good row each
// quote opens or closes, and a doubled one does both.
func splitLogRow(row []byte) [][]byte {
	row = bytes.TrimSuffix(row, []byte{'\n'})
	fields := make([][]byte, 0, logFields)
	start, quoted := 0, false
	for i, c := range row {
		switch {
		case c == '"':
			quoted = !quoted
		case c == ',' && !quoted:
			fields = append(fields, row[start:i:i])
			start = i + 1
		}
	}
	return append(fields, row[start:])
}
