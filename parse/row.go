package parse

import "bytes"

// Limits of a row, in bytes.
const (
	MaxNameBytes  = 100
	MinValueBytes = len("0.0")
	// MinRowBytes counts the LF: one byte of name, ';', "0.0", LF.
	MinRowBytes = 1 + 1 + MinValueBytes + 1
	// MaxRowBytes is the length above which a row without its LF is refused
	// as RowTooLong, whatever it holds. It is far above the longest legal row
	// (107 bytes with a CR), so that a name of a few hundred bytes is still
	// reported as such, and bounds how far a reader has to look for an LF.
	MaxRowBytes = 1024
)

// Values in tenths of a degree.
const (
	MinTenths = -999
	MaxTenths = 999
)

// Reason says why a row is outside the grammar. Its text is stable.
type Reason string

// The reasons, in the order in which Row looks for them.
const (
	EmptyRow         Reason = "empty-row"
	RowTooLong       Reason = "row-too-long"
	MissingSeparator Reason = "missing-separator"
	EmptyName        Reason = "empty-name"
	NameTooLong      Reason = "name-too-long"
	BadValue         Reason = "bad-value"
)

// Error makes a Reason usable as an error.
func (r Reason) Error() string { return "parse: " + string(r) }

// Row reads one row without its LF. It returns the name as a part of row and
// the value in tenths, or the reason why the row is refused ("" if it is not).
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

// Tenths reads a value of the form -?[0-9]{1,2}\.[0-9] and returns it in
// tenths; ok is false for any other text.
func Tenths(value []byte) (tenths int, ok bool) {
	digits, negative := bytes.CutPrefix(value, []byte{'-'})
	if len(digits) != 3 && len(digits) != 4 {
		return 0, false
	}
	for i, c := range digits {
		if i == len(digits)-2 {
			if c != '.' {
				return 0, false
			}
			continue
		}
		if c < '0' || c > '9' {
			return 0, false
		}
		tenths = tenths*10 + int(c-'0')
	}
	if negative {
		tenths = -tenths
	}
	return tenths, true
}

// ValidName reports whether name may stand before the ';' of a row.
func ValidName(name []byte) bool {
	return len(name) >= 1 && len(name) <= MaxNameBytes && bytes.IndexByte(name, ';') < 0
}
