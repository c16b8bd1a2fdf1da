package kernel

import "onebrc/parse"

const (
	// TileBytes is the greatest number of bytes in a tile.
	TileBytes = 4096
	// TileRows is the greatest number of legal rows in a tile. A tile with more
	// LFs has a row shorter than parse.MinRowBytes.
	TileRows = TileBytes / parse.MinRowBytes
	// BlockBytes is the number of bytes that the index pass reads at a time.
	BlockBytes = 64
	// GroupRows is the number of rows that the widest decode pass handles at a
	// time. The arrays of a Tile have room for a last, partly filled group.
	GroupRows = 16

	// PadBefore and PadAfter are the numbers of bytes that must be readable
	// before the first and after the last byte of a tile. Before: the decode
	// pass reads the 8 bytes that end at an LF and the 8 bytes before those,
	// and the row may be 1 byte long. After: the index pass reads whole blocks,
	// and the accumulate pass reads 32 bytes from the start of a name.
	PadBefore = 16
	PadAfter  = BlockBytes
)

// ValueBias is added to tenths so that a stored value is never negative:
// 0 stands for -99.9 and 1998 for 99.9.
const ValueBias = -parse.MinTenths

// Counters is the number of counters of a name, one for each Value. It is not a power of
// two: the values of many names are near each other, and their counters would all be in
// the same few sets of a cache. An odd number of cache lines spreads them over all sets.
const Counters = 63 * 32

var _ [Counters - 1 - (parse.MaxTenths + ValueBias)]struct{} // none is negative

// Each array of a Tile fills whole cache lines, so that the vectors of 16 rows that decode
// writes cross none if the Tile begins with one.
const (
	lineEntries  = 16 // dwords in a cache line
	startEntries = (1 + TileBytes + BlockBytes + lineEntries - 1) &^ (lineEntries - 1)
	rowEntries   = (TileRows + GroupRows + lineEntries - 1) &^ (lineEntries - 1)
)

// Tile holds what the passes find out about one tile of input. Offsets are
// relative to the first byte of the tile. Row i has Starts[i+1]-Starts[i] bytes,
// including its LF. Entries after those of the last row are scratch.
//
// The arrays are parallel, instead of one array of rows, so that a vector pass
// writes 16 rows with one store and reaches every array from one pointer with a
// constant displacement.
type Tile struct {
	// Starts has the start of each row, followed by the end of the last one. In
	// the worst case every byte of the tile is an LF. The GroupRows entries after
	// the end are scratch of the decode pass.
	Starts [startEntries]uint32
	// Len is the length of each name in bytes. A name starts where its row does.
	Len [rowEntries]uint32
	// Hash is HashName of each name.
	Hash [rowEntries]uint32
	// Value is each value in tenths plus ValueBias.
	Value [rowEntries]uint32
	// Fields has what the AVX-512 accumulate pass needs to know about each row. No other
	// kernel uses it.
	//
	//	bit 31     21 20         8 7                  0
	//	   ┌─────────┬────────────┬────────────────────┐
	//	   │  value  │   start    │ bytes of the name  │
	//	   │         │            │    and its ';'     │
	//	   └─────────┴────────────┴────────────────────┘
	Fields [rowEntries]uint32
	// Prepared has Fields in the lower half of each qword, and the offset of the slot where
	// the name belongs in the upper half. It is scratch of the AVX-512 passes accumulate
	// and count.
	Prepared [rowEntries]uint64
	// Counter is the counter of each row: Slot.Entry*Counters + Value. Only count
	// passes write it.
	Counter [rowEntries]uint32
}

// FieldsStart and FieldsValue are where the start, of StartBits, and the value begin in
// Fields.
const (
	FieldsStart = 8
	StartBits   = 13
	FieldsValue = FieldsStart + StartBits
)

// A length, a start and a value fit their fields.
var (
	_ [1<<FieldsStart - MaskedNames - 1]struct{}
	_ [1<<StartBits - TileBytes]struct{}
	_ [1<<(32-FieldsValue) - 1 - (parse.MaxTenths + ValueBias)]struct{}
)
