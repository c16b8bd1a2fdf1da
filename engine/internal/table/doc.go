// Package table holds the running statistics of each name: an open-addressing
// hash table with inline slots, filled by the accumulate pass.
//
//	Tile.Starts, Len, Hash, Value ──accumulate──▶ slots {sum and count, min, max}
//
// A slot is one cache line. It has the first 32 bytes of its name with the ';'
// that ended it in the input, so that one masked comparison checks the bytes and
// the length of a name of up to 31 bytes; the rest of a longer one is compared
// with what the table keeps of it, where a LF follows the ';': decode takes all that
// is before the last ';' of a row for its name, and a name with a ';' in it must not
// be equal to one name and the next. The sum and the count share 64 bits; a table
// moves them to its 64-bit totals before they can overflow.
//
// A table belongs to one goroutine. Tables are joined with Merge.
package table
