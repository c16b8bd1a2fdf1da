// Package probing has what hash tables with open addressing share: how many slots
// they have, and what they do about keys that collide on purpose.
package probing

import (
	"crypto/rand"
	"encoding/binary"
	"math/bits"

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

// Secret keys Hash64. No one can predict it.
type Secret [2]uint64

// NewSecret returns a random Secret.
func NewSecret() (Secret, error) {
	a, err := Seed()
	if err != nil {
		return Secret{}, err
	}
	b, err := Seed()
	return Secret{a, b}, err
}

// Hash64 returns a hash of key whose bits are all usable. Keys of up to 16 bytes are
// two words, which are multiplied after each is combined with a secret one, as wyhash
// does with constants. Keys of up to 32 bytes are two such pairs. Longer keys are hashed
// as in Hash. The length rotates a secret word, so that no one knows which keys of
// several lengths are the same words. The last multiplication spreads the hashes of
// similar keys evenly, which one does with most secrets, and not with all.
func Hash64(key []byte, s *Secret) uint64 {
	var a, b uint64
	n := len(key)
	switch {
	case n > 32:
		a, b = wyhash.Hash(key, s[0]), wyhash.Hash(key[1:], s[1])
	case n > 16:
		c, d := binary.LittleEndian.Uint64(key[n-16:]), binary.LittleEndian.Uint64(key[n-8:])
		high, low := bits.Mul64(c^bits.RotateLeft64(s[1], 47), d^bits.RotateLeft64(s[0], 47))
		a, b = binary.LittleEndian.Uint64(key)^high, binary.LittleEndian.Uint64(key[8:])^low
	case n >= 8:
		a, b = binary.LittleEndian.Uint64(key), binary.LittleEndian.Uint64(key[n-8:])
	case n >= 4:
		a, b = uint64(binary.LittleEndian.Uint32(key)), uint64(binary.LittleEndian.Uint32(key[n-4:]))
	case n > 0:
		a = uint64(key[0]) | uint64(key[n/2])<<8 | uint64(key[n-1])<<16
	}
	high, low := bits.Mul64(a^bits.RotateLeft64(s[0], n), b^s[1])
	high, low = bits.Mul64(high^low, 0x9E3779B97F4A7C15) // 2^64 divided by the golden ratio
	return high ^ low
}
