package gen

import "math/bits"

const (
	// DefaultNames is the number of names that 0 in Options.Names means.
	DefaultNames = 1_000_000
	// MaxNames is the largest Options.Names.
	MaxNames = 1_000_000_000

	// manyNamesKey is the seed of the names: ASCII "manynams". Name k is output k of
	// SplitMix64 in the form of profile "unique", so all names differ, and fewer
	// names are the first of more.
	manyNamesKey = 0x6d616e796e616d73
)

// A drawFunc maps the random number of a row to the number of its name, from 0, and
// to a random number for its value, which is independent of the name.
type drawFunc func(r uint64) (name int64, value uint64)

// openMany returns the blockFunc of a profile whose rows draw their names with draw.
func openMany(draw drawFunc) blockFunc {
	offsets := gaussianTenths(uniqueSigma)
	pairs := newNamePairs()
	words := valueWords()
	return func(dst []byte, b block) int {
		at := 0
		for n := b.first; n < b.first+int64(b.rows); n++ {
			name, value := draw(random(b.key, n))
			length, _ := pairs.put(dst[at:], random(manyNamesKey, name))
			at += length
			at += putTail(dst[at:], words[uniqueMean+int(offsets[uint16(value)])+valueBias])
		}
		return at
	}
}

// openUniform returns the blockFunc of profile "uniform".
func openUniform(names int64) blockFunc {
	return openMany(func(r uint64) (int64, uint64) {
		high, _ := bits.Mul64(r, uint64(names))
		return int64(high), mix64(r)
	})
}

// openZipf returns the blockFunc of profile "zipf".
func openZipf(names int64) blockFunc {
	span := zipfSpan(names)
	return openMany(func(r uint64) (int64, uint64) {
		rank, ok := zipfRank(r, span)
		for !ok {
			r = mix64(r + weyl)
			rank, ok = zipfRank(r, span)
		}
		return int64(rank) - 1, mix64(r)
	})
}

// octaveBits is the number of fractional bits of a place on the scale of zipfRank. An
// octave of ranks must not have more than 2^octaveBits of them.
const octaveBits = 32

// zipfSpan returns the length of the scale of zipfRank for names ranks.
func zipfSpan(names int64) uint64 {
	octave := bits.Len64(uint64(names)) - 1
	partial := uint64(names) + 1 - 1<<octave
	return uint64(octave)<<octaveBits + partial<<(octaveBits-octave)
}

// zipfRank draws a rank from 1 with a probability proportional to 1/rank from the
// random number r. In about 31 of 100 cases ok is false, and the caller tries again
// with the next random number. span is that of zipfSpan.
//
// This is rejection sampling on a scale on which each octave of ranks, 2^j to
// 2^(j+1)-1, has the length 1 and its ranks have equal parts of it:
//
//	rank   1       2   3     4 5 6 7   8 ...
//	place  0       1         2         3     ... span
//
// A uniform place on the scale finds rank k of octave j with a probability
// proportional to 1/2^j. Taking it with the probability 2^j/k makes that 1/k. Only
// integers take part, because floating point differs by platform, and there is no
// table that grows with the number of names.
func zipfRank(r, span uint64) (rank uint64, ok bool) {
	place, coin := bits.Mul64(r, span)
	octave := place >> octaveBits % 64
	rank = 1<<octave + place%(1<<octaveBits)>>(octaveBits-octave)
	high, _ := bits.Mul64(coin, rank)
	return rank, high < 1<<octave
}
