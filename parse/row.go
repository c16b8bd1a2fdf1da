package parse

import "bytes"

// Limits of a row, in bytes.
const (
	MaxNameBytes  = 100
	MinValueBytes = 3 // "0.0"
	MaxValueBytes = 5 // "-00.0"
	// MinRowBytes counts one byte of name, the ';', "0.0" and the LF.
	MinRowBytes = 1 + 1 + MinValueBytes + 1
	// MaxRowBytes is the length of the longest row, without its LF, that is read
	// at all: a longer one is refused as RowTooLong. The longest legal row has
	// 107 bytes. The limit is far above that so that a name of a few hundred
	// bytes is still reported as NameTooLong. It bounds how far a reader has to
	// look for an LF.
	MaxRowBytes = 1024
)

// Limits of a value, in tenths.
const (
	MinTenths = -999
	MaxTenths = 999
)

// Reason says why a row is outside the grammar. It is an error that can be
// compared, directly or with errors.Is. The zero Reason means that the row is
// legal. string(r) is a word that will not change, such as "bad-value".
type Reason string

// The reasons, in the order in which Row looks for them.
const (
	EmptyRow         Reason = "empty-row"         // no bytes
	RowTooLong       Reason = "row-too-long"      // more than MaxRowBytes
	MissingSeparator Reason = "missing-separator" // no ';'
	EmptyName        Reason = "empty-name"        // nothing before the first ';'
	NameTooLong      Reason = "name-too-long"     // more than MaxNameBytes before the first ';'
	BadValue         Reason = "bad-value"         // none of Shapes after the first ';'
)

// Error returns the word with the prefix "parse: ".
func (r Reason) Error() string { return "parse: " + string(r) }

// Row reads one row, which is given without its LF. It returns the name, which
// is a part of row, and the value in tenths. If the row is outside the grammar,
// it returns the first reason instead.
func Row(row []byte) (name []byte, tenths int, why Reason) {
	switch {
	case len(row) == 0:
		return nil, 0, EmptyRow
	case len(row) > MaxRowBytes:
		return nil, 0, RowTooLong
	}
	separator := bytes.IndexByte(row, ';')
	switch {
	case separator < 0:
		return nil, 0, MissingSeparator
	case separator == 0:
		return nil, 0, EmptyName
	case separator > MaxNameBytes:
		return nil, 0, NameTooLong
	}
	tenths, ok := Tenths(bytes.TrimSuffix(row[separator+1:], []byte{'\r'}))
	if !ok {
		return nil, 0, BadValue
	}
	return row[:separator], tenths, ""
}

// shapes are the forms of a value, with '0' for each digit.
var shapes = [...]string{"0.0", "-0.0", "00.0", "-00.0"}

// Shapes returns the four forms of a value, with '0' for each digit. Everything
// that reads values takes them from here.
func Shapes() [4]string { return shapes }

// Tenths reads a value that has one of Shapes and returns it in tenths. ok is
// false for any other text.
func Tenths(value []byte) (tenths int, ok bool) {
	for i := range shapes {
		if tenths, ok = digitsOf(value, shapes[i]); ok {
			if value[0] == '-' {
				tenths = -tenths
			}
			return tenths, true
		}
	}
	return 0, false
}

// digitsOf returns the number that the digits of value form. ok is false if
// value does not have the shape.
func digitsOf(value []byte, shape string) (number int, ok bool) {
	if len(value) != len(shape) {
		return 0, false
	}
	for i, c := range value {
		if shape[i] == '0' && c >= '0' && c <= '9' {
			number = number*10 + int(c-'0')
		} else if c != shape[i] {
			return 0, false
		}
	}
	return number, true
}

// ValidName reports whether name may be the name of a row. It does not look for
// an LF: rows are cut at each LF, so a name cannot contain one.
func ValidName(name []byte) bool {
	return len(name) >= 1 && len(name) <= MaxNameBytes && bytes.IndexByte(name, ';') < 0
}
