// Package probing has what hash tables with open addressing share: how many slots
// they have, and what they do about keys that collide on purpose.
package probing

import (
	"crypto/rand"
	"encoding/binary"

	"github.com/dgryski/go-wyhash"
)

const (
	// A table that is smaller than Growth.Sparse grows before more than 1 slot in
	// sparseLoad is used. From then on it doubles before more than 1 slot in
	// denseLoad is used.
	sparseLoad = 16
	denseLoad  = 2

	// MinProbes is the number of probes that a table always allows itself before
	// it takes a hash with a seed: see Attacked.
	MinProbes = 4096
)

// Growth says how many slots a table has, always a power of two.
type Growth struct {
	Initial int // slots of a new table
	Sparse  int // the second size
}

// Limit returns the number of entries that a table of count slots may have.
func (g Growth) Limit(count int) int {
	if count < g.Sparse {
		return count / sparseLoad
	}
	return count / denseLoad
}

// Next returns the number of slots after count.
func (g Growth) Next(count int) int { return max(2*count, g.Sparse) }

// Attacked reports whether a table has made many more probes than it would with
// random hashes. With 1 slot in sparseLoad used, that is 1 probe in 30 rows, or less,
// because probes are only made for the rows that a pass leaves to the table. The
// limit of 1 probe in 8 rows is still cheap. A denser table has many entries, and
// makes up to 1 probe a row while they are added, when half of its slots are used.
func Attacked(probes, rows int64, entries, slots int) bool {
	if entries <= slots/sparseLoad {
		return probes > rows/8
	}
	return probes > 2*rows
}

// Seed returns a seed that no one can predict.
func Seed() (uint64, error) {
	var seed [8]byte
	if _, err := rand.Read(seed[:]); err != nil {
		return 0, err
	}
	return binary.LittleEndian.Uint64(seed[:]), nil
}

// Hash combines wyhash of key and wyhash of key without its first byte. This
// version of wyhash multiplies pairs of words. Swapping the words of a pair, each
// xor the constants of both, gives the same product whatever the seed, so that six
// pairs make 64 keys that collide. To collide in both hashes, keys would have to
// have words swapped at two offsets one byte apart at once.
func Hash(key []byte, seed uint64) uint32 {
	return uint32((wyhash.Hash(key, seed) ^ wyhash.Hash(key[min(1, len(key)):], ^seed)) >> 32)
}
