// Package fields turns the bytes of delimited text into numbers and groups in
// passes over tiles. A tile is a few KiB of rows, so that what one pass writes is
// still in the L1 cache when the next one reads it. Here is one with two rows of
// three fields:
//
//	PadBefore │          n bytes, at most TileBytes          │ PadAfter
//	readable  │ Hamburg,12.05,7␊Oslo,-3.4,18␊Paris,5         │ readable
//	base      ▲ data
//
//	index     bytes     ─▶ Tile.Seps     the byte before the tile, then each
//	                                     delimiter and LF outside quotes
//
//	integers, decimals  ─▶ a column of scaled integers, one for each row
//	keys                ─▶ Tile.Slots    the slot of each row's key
//	accumulate          ─▶ lanes of these slots: count, sum, min, max
//
// Row-major separators make every field a pair of neighbours: field f of row i
// lies between Seps[i*F+f] and Seps[i*F+f+1], where F is the number of columns.
//
// Index checks that every row has F fields and that every quote is where RFC 4180
// allows it. The passes over numbers check every byte of their columns. A pass that
// meets anything else refuses the tile, which is no error: the caller then reads
// the column, or the tile, with more care and less speed.
//
// The caller owns the data, the Tile and the Slots. A pass keeps none of them after
// it returns. What the padding holds never changes a result.
package fields
