package gen

import (
	"encoding/binary"
	"fmt"
)

// The layout of a station's entry, 32 bytes so that one copy of fixed size
// (two 16-byte moves) moves the name and 413 entries take 13 KiB of L1:
//
//	0..27   name, zero padded; for a longer name its index into long
//	28..29  mean in tenths plus valueBias
//	30      length of the name in bytes
//	31      0
const (
	entryBytes  = 32
	inlineBytes = 28
	meanAt      = 28
	lengthAt    = 30
)

const (
	// maxNameBytes is the challenge's limit of a name's length.
	maxNameBytes = 100
	// slackBytes is what a row may write behind its end: its name is stored
	// as a whole entry and its value as 8 bytes.
	slackBytes = entryBytes + 8
	// maxTailBytes is the longest text behind a name, ";-99.9\n".
	maxTailBytes = 7
	maxRowBytes  = maxNameBytes + maxTailBytes
)

// stations is a data set in which every row picks one station uniformly and
// adds Gaussian noise of one common sigma to the station's mean.
type stations struct {
	entries [][entryBytes]byte
	long    []string // names of more than inlineBytes bytes
	offsets *[quantiles]int16
	crlf    bool // rows end in CR LF
}

// newStations prepares n stations, station(i) giving the name and the mean in
// tenths of number i. It panics when a name or a number is outside the limits
// of the layout: profiles are constants, so that is a broken invariant.
func newStations(n int, sigmaTenths float64, station func(i int) (string, int)) *stations {
	s := &stations{
		entries: make([][entryBytes]byte, n),
		offsets: gaussianTenths(sigmaTenths),
	}
	if s.offsets[quantiles-1] > maxTenths {
		panic(fmt.Sprintf("gen: sigma of %v tenths is out of range", sigmaTenths))
	}
	for i := range s.entries {
		name, mean := station(i)
		if len(name) == 0 || len(name) > maxNameBytes || mean < -maxTenths || mean > maxTenths {
			panic(fmt.Sprintf("gen: station %q with mean %d is out of range", name, mean))
		}
		e := &s.entries[i]
		if len(name) <= inlineBytes {
			copy(e[:], name)
		} else {
			binary.LittleEndian.PutUint32(e[:], uint32(len(s.long)))
			s.long = append(s.long, name)
		}
		binary.LittleEndian.PutUint16(e[meanAt:], uint16(mean+valueBias))
		e[lengthAt] = byte(len(name))
	}
	return s
}

// fill is a blockFunc. One random number a row serves both choices; there is
// no data-dependent branch but the one for names over inlineBytes bytes. A
// row's stores overlap the next row's place, which is then written over.
func (s *stations) fill(dst []byte, b block) int {
	entries, offsets, words, crlf := s.entries, s.offsets, valueWords, s.crlf
	count := uint64(len(entries))
	state := b.key + uint64(b.first)*weyl
	at := 0
	for range b.rows {
		state += weyl
		r := mix64(state)
		e := &entries[r>>32*count>>32]
		sum := uint64(binary.LittleEndian.Uint16(e[meanAt:])) + uint64(offsets[uint16(r)])
		word := words[sum%valueCount]
		if e[lengthAt] <= inlineBytes {
			*(*[entryBytes]byte)(dst[at:]) = *e
		} else {
			copy(dst[at:], s.long[binary.LittleEndian.Uint32(e[:])])
		}
		at += int(e[lengthAt])
		binary.LittleEndian.PutUint64(dst[at:], word)
		at += int(word >> 56)
		if crlf {
			dst[at-1] = '\r'
			dst[at] = '\n'
			at++
		}
	}
	return at
}

// biasedMean returns the mean of station i in tenths plus valueBias.
func (s *stations) biasedMean(i int) int {
	return int(binary.LittleEndian.Uint16(s.entries[i][meanAt:]))
}

// put writes the name of station i, and what may be behind it, to the start of
// dst and returns its length. fill has it inline.
func (s *stations) put(dst []byte, i int) int {
	e := &s.entries[i]
	if e[lengthAt] <= inlineBytes {
		*(*[entryBytes]byte)(dst) = *e
	} else {
		copy(dst, s.long[binary.LittleEndian.Uint32(e[:])])
	}
	return int(e[lengthAt])
}
