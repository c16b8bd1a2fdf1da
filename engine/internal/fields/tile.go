package fields

import "unsafe"

const (
	// TileBytes is the greatest number of bytes in a tile.
	TileBytes = 8192
	// BlockBytes is the number of bytes that the index pass reads at a time.
	BlockBytes = 64
	// GroupRows is the number of rows that the widest pass handles at a time. The
	// arrays of a Tile and the columns of numbers have room for a last, partly
	// filled group.
	GroupRows = 16

	// PadBefore and PadAfter are the numbers of bytes that must be readable before
	// the first and after the last byte of a tile. Before: the passes over numbers
	// read the 16 bytes that end where a field does. After: index reads whole
	// blocks, and keys reads 64 bytes from the start of a key.
	PadBefore = 16
	PadAfter  = BlockBytes

	// MaxColumns is the greatest number of columns: so many separators fill half a
	// tile.
	MaxColumns = 4096
)

// Tile holds what the index pass finds out about one tile of input. Positions count
// from base, which is PadBefore bytes before the first byte of the tile, so that
// the byte before the first row has one, too.
type Tile struct {
	// Seps has PadBefore-1, then the position of each separator: a delimiter or LF
	// outside quotes. In the worst case every byte is a separator. The entries
	// after the last one are scratch: they may hold anything.
	Seps [1 + TileBytes + BlockBytes + GroupRows]uint32
	// Quoted lists the quoted fields by the number of separators before them, in
	// ascending order: field f of row i is i*F+f. If a quote is doubled in a field,
	// the field is followed by itself with the bit DoubledQuote, once or more often.
	// Fields after the last complete row may be in the list.
	Quoted [TileBytes/2 + BlockBytes]uint32
	Quotes int // number of entries of Quoted
	// InnerLF is the number of LFs inside quotes in the whole tile. Some of them may
	// be after the last complete row.
	InnerLF int
}

// DoubledQuote marks an entry of Tile.Quoted.
const DoubledQuote = 1 << 31

// Syntax says how a row is divided.
type Syntax struct {
	Delimiter byte
	Quote     byte // if HasQuote
	HasQuote  bool
	Columns   int // fields of a row, from 1 to MaxColumns
	// lf[p] has bit i set if the separator number i after p others in its row ends
	// the row: bit i is set if (p+i) % Columns == Columns-1. It has entries for p
	// below min(Columns, 64); index computes the pattern of more columns itself.
	lf [BlockBytes]uint64
}

// NewSyntax returns the syntax of rows with the given number of columns.
func NewSyntax(delimiter, quote byte, hasQuote bool, columns int) *Syntax {
	s := &Syntax{Delimiter: delimiter, Quote: quote, HasQuote: hasQuote, Columns: columns}
	for p := range min(columns, len(s.lf)) {
		for i := range BlockBytes {
			if (p+i)%columns == columns-1 {
				s.lf[p] |= 1 << i
			}
		}
	}
	return s
}

// Column says where the fields of a column are. With p the address First + i*Stride,
// field i begins one byte after position p[0] and ends before position p[1].
type Column struct {
	First  unsafe.Pointer // to a uint32
	Stride uintptr        // in bytes
}

// Column returns column f of the tile's rows, as index found it: quotes and the CR
// of a row's end count as bytes of the fields.
func (t *Tile) Column(f, columns int) Column {
	return Column{First: unsafe.Pointer(&t.Seps[f]), Stride: uintptr(columns) * 4}
}
