// Package kernel turns the bytes of a tile into statistics in three passes. A
// tile is a few KiB of rows, so that what one pass writes is still in the L1
// cache when the next one reads it. Here is one with three rows:
//
//	PadBefore │         n bytes, at most TileBytes          │ PadAfter
//	readable  │ Hamburg;12.0␊Oslo;-3.4␊Paris;5.6␊Bologna;-1 │ readable
//	            ▲ data
//
//	index        bytes      ─▶ Tile.Starts    0     13     23    33
//
//	decode       bytes and  ─▶ Tile.Len       7      4      5
//	             Starts        Tile.Hash     HashName of each name
//	                           Tile.Value  1119    965   1055    tenths + ValueBias
//	                           Tile.Fields Value, Starts and Len in a dword, AVX-512 only
//
//	accumulate   names and  ─▶ Slots         sum, count, min and max of each name
//	             Tile       ─▶ Tile.Counter  count pass only
//	                           Tile.Prepared AVX-512 only
//
// Index finds each LF. The bytes after the last LF belong to a later tile.
//
// Decode finds the ';' from the LF: a value has one of the four forms of
// parse.Shapes, each byte of which is checked. Decode refuses the whole tile if
// one value is bad. It does not look for a ';' in a name.
//
// Accumulate adds each row to the slot of its name. It stops at the first row
// whose name is not in one of the two slots where it looks. Count does the same, and also
// says which counter of a histogram is that of the row. Its caller increments them
// later: the CPU would not load what follows before it knows where an increment stores.
// With AVX-512 and few names, both first find the slots of all rows of the tile with vectors,
// and write them with Fields to Tile.Prepared, because they are bound by their loads.
//
// The caller owns the data, the Tile and the Slots. A pass keeps none of them
// after it returns, and writes only where the picture says. A Tile is valid until
// the index pass runs on the next tile. Slots belong to a table (package table),
// which checks and inserts new names and makes the Slots grow. Every later row of
// a name equals a checked name.
//
// PadBefore bytes before the data and PadAfter bytes after it must be readable,
// because the passes read whole vectors. What the padding holds never changes a
// result.
//
// A Kernel is one implementation of the three passes. The one in portable Go,
// generic, is the fallback on every machine and the reference in every test. The
// generator in _asm (make generate) writes avx2 and avx512, the assembly for amd64. It
// takes the layout of the types and the constants from this package; layout_amd64.go
// stops the build if they have changed since.
//
// The assembly for arm64, neon, is written by hand. It takes layout and constants from
// go_asm.h, which the go command makes. What Go's assembler cannot encode is in
// neon_arm64.h. The kernel has been tested under emulation (make emulate) and never
// timed on a real machine.
package kernel
