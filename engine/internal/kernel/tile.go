package kernel

import "onebrc/parse"

// A tile is the unit of work of the passes: what one pass writes is still in
// the L1 cache when the next one reads it.
const (
	// TileBytes is how many bytes of input a tile covers at most.
	TileBytes = 4096
	// TileRows is how many rows a tile of legal rows can hold; a tile with
	// more LFs than this has a row shorter than parse.MinRowBytes.
	TileRows = TileBytes / parse.MinRowBytes
	// blockBytes is how many bytes the index pass reads at a time.
	blockBytes = 64
	// groupRows is how many rows the widest decode pass handles at a time;
	// the arrays of a Tile are long enough for a last, partly filled group.
	groupRows = 16

	// PadBefore and PadAfter are the bytes that must be readable before the
	// first and after the last byte of the tile that the passes are given.
	// Before: the decode pass reads 8 bytes that end at a LF, and 8 bytes that
	// end at a ';', from a row that may be 1 byte long. After: the index pass
	// reads whole blocks, and the accumulate pass 32 bytes from the start of a
	// name. What is read there never changes a result.
	PadBefore = 16
	PadAfter  = blockBytes
)

// ValueBias is added to tenths so that a stored value is never negative:
// 0 stands for -99.9 and 1998 for 99.9.
const ValueBias = -parse.MinTenths

// Tile holds what the passes find out about one tile of input. All offsets are
// relative to the tile's first byte. Row i has Starts[i+1]-Starts[i] bytes, LF
// included. Only rows of the last call are meaningful; what lies behind them
// is scratch.
//
// The arrays are parallel (and not one array of rows) so that a vector pass
// writes 16 rows with one store, and so that all of them are reached from one
// pointer with a constant displacement.
type Tile struct {
	// Starts has the start of each row and, behind the last one, its end.
	// In the worst case every byte of the tile is a LF. The groupRows entries
	// behind the end are scratch of the decode pass.
	Starts [1 + TileBytes + blockBytes]uint32
	// Len is the length in bytes of each name, which begins where its row does.
	Len [TileRows + groupRows]uint32
	// Hash is HashName of each name.
	Hash [TileRows + groupRows]uint32
	// Value is each value in tenths plus ValueBias.
	Value [TileRows + groupRows]uint32
	_     uint32 // aligns Mask
	// Mask is, in the assembly kernels only, what their comparison of names
	// takes: a bit for each byte of a name and its ';'.
	Mask [TileRows + groupRows]uint64
}
