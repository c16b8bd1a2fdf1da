package gen

import (
	"encoding/binary"
	"math/bits"
	"strings"
)

// The starts of the sequences of names: ASCII "longname", "sharedpr",
// "collide!" and "scatter!".
const (
	longNamesKey    = 0x6c6f6e676e616d65
	sharedPrefixKey = 0x7368617265647072
	collideKey      = 0x636f6c6c69646521
	scatterKey      = 0x7363617474657221
)

// nameSet collects different names.
type nameSet struct {
	names []string
	seen  map[string]bool
}

// add adds name unless it is there already.
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

// borderLengths are the lengths, in bytes, around those of a vector register,
// of a table's slot and of a cache line, and the limit.
var borderLengths = [...]int{31, 32, 33, 63, 64, 65, maxNameBytes}

// longNames builds the names of profile "long-names": one half has the lengths
// of borderLengths, the other 17 to 100 bytes, uniform. Every other name has
// characters of 2, 3 or 4 bytes.
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
	// sharedBytes is the least that the names of a family share.
	sharedBytes = 32
	endBytes    = 8
)

// prefixLengths are the lengths of what a family shares. The longest leaves
// room for a middle of 12 bytes and an end.
var prefixLengths = [...]int{sharedBytes, 33, 40, 56, 63, 64, 65, 80}

// sharedPrefixNames builds the names of profile "shared-prefix", family by
// family. The families take turns in how their names differ:
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

// skewCells is how many equal parts the rows of profile "skew" are dealt in:
// enough for one or more for the rarest name.
const (
	skewBits  = 17
	skewCells = 1 << skewBits
)

// zipf deals skewCells out to names names: name k, counted from 1, gets a share
// proportional to 1/k. In integers, as floating point differs by platform.
func zipf(names int) (cells []int) {
	const one = 1 << 40
	total := uint64(0)
	for k := range names {
		total += one / uint64(k+1)
	}
	sum := uint64(0)
	for k := range names {
		sum += one / uint64(k+1)
		high, low := bits.Mul64(sum, skewCells)
		end, _ := bits.Div64(high, low, total)
		for uint64(len(cells)) < end {
			cells = append(cells, k)
		}
	}
	return cells
}

// openSkew deals the rows out to the stations of profile "10k": the upper bits
// of a row's random number choose a cell, the lowest the value's quantile.
func openSkew() blockFunc {
	names := names10k()
	s := newStations(len(names), 70, func(i int) (string, int) { return names[i], mean10k(i) })
	cells := new([skewCells]uint16)
	for i, k := range zipf(len(names)) {
		cells[i] = uint16(k)
	}
	return func(dst []byte, b block) int {
		at := 0
		for n := b.first; n < b.first+int64(b.rows); n++ {
			r := random(b.key, n)
			station := int(cells[r>>(64-skewBits)])
			sum := int(s.offsets[uint16(r)]) + s.biasedMean(station)
			at += s.put(dst[at:], station)
			at += putTail(dst[at:], valueWords[sum])
		}
		return at
	}
}

const (
	collideCount = 20_000
	// hashRotate is how kernel.HashName, of names of 16 bytes or more, sets
	// the last 8 bytes apart: the hash is a function of
	// first ^ rotate(last, hashRotate).
	hashRotate = 29
	// collideFree are the bits of each of the last 8 bytes that differ
	// between names. Rotated, they are bits 5, 0, 1 and 2 of the first 8: in
	// both places they make another letter of a letter, in most cases.
	collideFree = 0x3939393939393939
)

// collidingNames builds the names of profile "collide". All have the same hash
// in kernel.HashName, and would have in any function of the word that it mixes:
// what a change of the last 8 bytes does to that word, a change of the first 8
// undoes. Half of the names have 16 bytes, most others 17 to 32, and 1 in 16 up
// to 100, with letters between those words.
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

// scatteredNames builds the names of profile "scatter": those of "collide" with
// other letters in the first and the last 8 bytes, and so with other hashes.
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
