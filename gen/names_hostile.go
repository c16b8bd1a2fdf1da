package gen

import (
	"encoding/binary"
	"math/bits"
	"strings"
)

// The seeds of the names: ASCII "longname", "sharedpr", "collide!" and "scatter!".
const (
	longNamesKey    = 0x6c6f6e676e616d65
	sharedPrefixKey = 0x7368617265647072
	collideKey      = 0x636f6c6c69646521
	scatterKey      = 0x7363617474657221
)

// nameSet is a list of distinct names.
type nameSet struct {
	names []string
	seen  map[string]bool
}

// add appends name unless the set has it.
func (s *nameSet) add(name string) {
	if s.seen == nil {
		s.seen = map[string]bool{}
	}
	if !s.seen[name] {
		s.seen[name] = true
		s.names = append(s.names, name)
	}
}

const longNamesCount = 5000

// borderLengths are the lengths in bytes around those of a vector register, of a
// slot of a table and of a cache line, and the longest length.
var borderLengths = [...]int{31, 32, 33, 63, 64, 65, maxNameBytes}

// longNames returns the names of profile "long-names". About half have one of
// borderLengths; the lengths of the others are uniform from 17 to 100 bytes. About
// half, chosen independently, have characters of 2, 3 or 4 bytes.
func longNames() []string {
	rng := splitMix64(longNamesKey)
	var set nameSet
	for len(set.names) < longNamesCount {
		length := 17 + rng.below(maxNameBytes-16)
		if rng.below(2) == 0 {
			length = borderLengths[rng.below(len(borderLengths))]
		}
		if rng.below(2) == 0 {
			set.add(makeForeignName(&rng, length, alphabets[rng.below(len(alphabets))].runes))
		} else {
			set.add(makeASCIIName(&rng, length))
		}
	}
	return set.names
}

const (
	families      = 64
	familyMembers = 64
	// sharedBytes is the least number of bytes that the names of a family share.
	sharedBytes = 32
	endBytes    = 8
)

// prefixLengths are the lengths of the prefixes that families share. The longest
// leaves room for a middle of 12 bytes and an end.
var prefixLengths = [...]int{sharedBytes, 33, 40, 56, 63, 64, 65, 80}

// sharedPrefixNames returns the names of profile "shared-prefix", family by family.
// The names of a family differ in one of three places, by turns:
//
//	in the end      prefix + 4 to 11 letters
//	in the middle   prefix + 4 to 11 letters + the same 8 bytes: such names
//	                have the same hash in the kernels
//	in the length   33 to 96 bytes of one text, each a prefix of the next
func sharedPrefixNames() []string {
	rng := splitMix64(sharedPrefixKey)
	var set nameSet
	for f := range families {
		if f%3 == 2 {
			text := makeASCIIName(&rng, maxNameBytes)
			for k := range familyMembers {
				set.add(text[:sharedBytes+1+k])
			}
			continue
		}
		prefix, end := makeName(&rng, prefixLengths[rng.below(len(prefixLengths))]), ""
		if f%3 == 1 {
			end = makeASCIIName(&rng, endBytes)
		}
		for len(set.names) < (f+1)*familyMembers {
			set.add(prefix + strings.ToLower(makeASCIIName(&rng, 4+rng.below(8))) + end)
		}
	}
	return set.names
}

// skewCells is the number of equal parts into which profile "skew" divides the rows.
// It is large enough for the rarest name to have one.
const (
	skewBits  = 17
	skewCells = 1 << skewBits
)

// divide assigns each of cells cells to one of the numbers below n, in ascending order.
// Number k gets a share proportional to weight(k). The weights are integers because
// floating point differs by platform; their sum must be below 2^63.
func divide(cells, n int, weight func(k int) uint64) []int {
	total := uint64(0)
	for k := range n {
		total += weight(k)
	}
	owners := make([]int, 0, cells)
	sum := uint64(0)
	for k := range n {
		sum += weight(k)
		high, low := bits.Mul64(sum, uint64(cells))
		end, _ := bits.Div64(high, low, total)
		for uint64(len(owners)) < end {
			owners = append(owners, k)
		}
	}
	return owners
}

// zipf assigns each of skewCells cells to one of names names. Name k, counted from
// 1, gets a share proportional to 1/k.
func zipf(names int) *[skewCells]uint16 {
	cells := new([skewCells]uint16)
	for i, k := range divide(skewCells, names, func(k int) uint64 { return 1 << 40 / uint64(k+1) }) {
		cells[i] = uint16(k)
	}
	return cells
}

// openSkew returns the blockFunc of profile "skew", which has the stations of profile
// "10k". The upper bits of the random number of a row choose a cell, and the lowest
// choose the quantile of the value.
func openSkew() blockFunc {
	names := names10k()
	s := newStations(len(names), 70, func(i int) (string, int) { return names[i], mean10k(i) })
	cells := zipf(len(names))
	words := valueWords()
	return func(dst []byte, b block) int {
		at := 0
		for n := b.first; n < b.first+int64(b.rows); n++ {
			r := random(b.key, n)
			station := int(cells[r>>(64-skewBits)])
			sum := int(s.offsets[uint16(r)]) + s.biasedMean(station)
			at += s.put(dst[at:], station)
			at += putTail(dst[at:], words[sum])
		}
		return at
	}
}

const (
	collideCount = 20_000
	// hashRotate is the rotation in kernel.HashName. For names of 16 bytes or more
	// the hash is a function of first ^ rotate(last, hashRotate), where first and
	// last are the first and the last 8 bytes.
	hashRotate = 29
	// collideFree has the bits of the last 8 bytes that differ between names.
	// After the rotation they are bits 5, 0, 1 and 2 of bytes of the first 8. In
	// both places a change of them turns most letters into other letters.
	collideFree = 0x3939393939393939
)

// collidingNames returns the names of profile "collide". All have the same hash in
// kernel.HashName, whatever that does with the word that it mixes: a change of the
// first 8 bytes undoes what a change of the last 8 bytes does to that word. Half of
// the names have 16 bytes, most others 17 to 32, and 1 in 16 has 33 to 100. Letters
// fill the middle.
func collidingNames() []string {
	rng := splitMix64(collideKey)
	first, last := binary.LittleEndian.Uint64([]byte("KhTrmWSi")), binary.LittleEndian.Uint64([]byte("eranTIdi"))
	var set nameSet
	for len(set.names) < collideCount {
		change := rng.next() & collideFree
		name := binary.LittleEndian.AppendUint64(nil, first^bits.RotateLeft64(change, hashRotate))
		length := 2 * 8
		switch p := rng.below(16); {
		case p == 15:
			length = 33 + rng.below(maxNameBytes-32)
		case p >= 8:
			length = 17 + rng.below(16)
		}
		for len(name) < length-8 {
			name = append(name, letters[rng.below(len(letters))])
		}
		name = binary.LittleEndian.AppendUint64(name, last^change)
		if strings.Trim(string(name), letters) == "" {
			set.add(string(name))
		}
	}
	return set.names
}

// scatteredNames returns the names of profile "scatter": those of "collide" with
// other letters in the first and the last 8 bytes, so that their hashes differ.
func scatteredNames() []string {
	rng := splitMix64(scatterKey)
	var set nameSet
	for i, name := range collidingNames() {
		for len(set.names) == i {
			other := []byte(name)
			for k := range 8 {
				other[k] = letters[rng.below(len(letters))]
				other[len(other)-1-k] = letters[rng.below(len(letters))]
			}
			set.add(string(other))
		}
	}
	return set.names
}

const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
