package gen

import (
	"encoding/binary"
	"fmt"

	"onebrc/parse"
)

// The layout of a station's entry. It has 32 bytes so that two 16-byte moves copy
// a name, and so that 413 entries take 13 KiB of the L1 cache:
//
//	0..27   name, padded with zeros; for a longer name its index in long
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
	maxNameBytes = parse.MaxNameBytes
	// slackBytes is the number of bytes after its end that a row may write to: its
	// name or path is stored as a whole entry and its value as 8 bytes.
	slackBytes = max(entryBytes, logEntryBytes) + 8
	// The text after a name, ";0.0\n" to ";-99.9\n".
	minTailBytes = 1 + parse.MinValueBytes + 1
	maxTailBytes = 1 + parse.MaxValueBytes + 1
	maxRowBytes  = maxNameBytes + maxTailBytes
)

// stations is a data set whose rows choose a station uniformly. A value is the mean
// of its station plus Gaussian noise with a sigma that all stations share.
type stations struct {
	entries [][entryBytes]byte
	long    []string // names of more than inlineBytes bytes
	offsets *[quantiles]int16
	crlf    bool // rows end in CR LF and not in LF
}

// newStations returns n stations. station(i) is the name of station i and its mean
// in tenths. newStations panics if a name, a mean or sigma is outside the limits of
// the layout: profiles are constants, so that is a broken invariant.
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

// fill is a blockFunc. Each row uses one random number for its station and its
// value. The only branch that depends on data is the one for names of more than
// inlineBytes bytes. The stores of a row reach into the next row, which then
// overwrites them.
func (s *stations) fill(dst []byte, b block) int {
	entries, offsets, words, crlf := s.entries, s.offsets, valueWords(), s.crlf
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

// put writes the name of station i to the start of dst and returns its length. It
// may change up to entryBytes bytes of dst. fill has a copy of it, inlined.
func (s *stations) put(dst []byte, i int) int {
	e := &s.entries[i]
	if e[lengthAt] <= inlineBytes {
		*(*[entryBytes]byte)(dst) = *e
	} else {
		copy(dst, s.long[binary.LittleEndian.Uint32(e[:])])
	}
	return int(e[lengthAt])
}
