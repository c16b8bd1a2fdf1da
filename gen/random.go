package gen

import (
	"encoding/binary"
	"math"
	"sync"

	"onebrc/parse"
)

// weyl is the increment of SplitMix64: 2^64 divided by the golden ratio, made odd.
// See "Fast Splittable Pseudorandom Number Generators", OOPSLA 2014.
const weyl = 0x9e3779b97f4a7c15

// mix64 is the output function of SplitMix64, a bijection. Its constants are those
// of the public-domain splitmix64.c (variant 13 of "Better Bit Mixing").
func mix64(z uint64) uint64 {
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// random returns the random number of row n: output n of the sequence of key.
func random(key uint64, n int64) uint64 { return mix64(key + uint64(n+1)*weyl) }

// splitMix64 is the sequential form, which builds names. The loop over rows keeps
// the state in a register instead.
type splitMix64 uint64

func (s *splitMix64) next() uint64 {
	*s += weyl
	return mix64(uint64(*s))
}

// below returns a number in [0, n) by multiply and shift. See "Fast Random Integer
// Generation in an Interval", 2019. Without the rejection step of that paper, the
// bias is below n / 2^32.
func (s *splitMix64) below(n int) int {
	return int(s.next() >> 32 * uint64(n) >> 32)
}

// quantiles is the number of entries of a Gaussian table: one for each value of 16
// random bits.
const quantiles = 1 << 16

// gaussianTenths returns a table of a normal distribution with mean 0 and the given
// standard deviation, both in tenths. Entry i is the quantile at (i + 1/2) / 65,536,
// rounded half away from zero. A random index makes this inversion sampling with a
// precomputed inverse: see L. Devroye, "Non-Uniform Random Variate Generation",
// 1986, chapter II.2. The tails end at the first and the last quantile, ±4.33
// standard deviations.
//
// The lower half mirrors the upper half, so the mean is exactly 0. No entry is so
// near a rounding tie that the math library of another platform could change it; a
// test checks the distance.
func gaussianTenths(sigmaTenths float64) *[quantiles]int16 {
	table := new([quantiles]int16)
	for i := quantiles / 2; i < quantiles; i++ {
		tenths := int16(math.Round(gaussianQuantile(i, sigmaTenths)))
		table[i] = tenths
		table[quantiles-1-i] = -tenths
	}
	return table
}

// gaussianQuantile returns entry i of gaussianTenths before it is rounded.
func gaussianQuantile(i int, sigmaTenths float64) float64 {
	p := (float64(i) + 0.5) / quantiles
	return sigmaTenths * math.Sqrt2 * math.Erfinv(2*p-1)
}

const (
	maxTenths = parse.MaxTenths
	// A sum in tenths plus valueBias is an index into valueWords. Means and
	// Gaussian offsets are within ±999, which newStations checks, so that every sum
	// is within ±2,048, and an index modulo 4,096 needs no bounds check.
	valueBias  = 2048
	valueCount = 2 * valueBias
)

// valueWords has the text after the name of a row, for every sum in tenths plus
// valueBias: ';', the value clamped to ±99.9, and LF. These are 5 to 7 bytes in
// little-endian order. The highest byte is the length of the text. It is stored with
// the text, and the next row overwrites it. A program that only imports this package
// does not make them.
var valueWords = sync.OnceValue(makeValueWords)

func makeValueWords() *[valueCount]uint64 {
	words := new([valueCount]uint64)
	for i := range words {
		tenths := min(max(i-valueBias, -maxTenths), maxTenths)
		b := make([]byte, 0, maxTailBytes)
		b = append(b, ';')
		if tenths < 0 {
			b = append(b, '-')
			tenths = -tenths
		}
		if tenths >= 100 {
			b = append(b, byte('0'+tenths/100))
		}
		words[i] = tailWord(append(b, byte('0'+tenths/10%10), '.', byte('0'+tenths%10), '\n'))
	}
	return words
}

// tailWord returns the word of valueWords for a text.
func tailWord(tail []byte) uint64 {
	var text [8]byte
	text[7] = byte(copy(text[:maxTailBytes], tail))
	return binary.LittleEndian.Uint64(text[:])
}

// putTail writes a word of valueWords to the start of dst and returns the
// length of its text.
func putTail(dst []byte, word uint64) int {
	binary.LittleEndian.PutUint64(dst, word)
	return int(word >> 56)
}
