package gen

// A name of profile "unique" has 13 characters that encode a random number, 5 bits
// in each and 4 in the last, and up to 7 more characters. Random numbers of different
// rows differ, because each is a bijection of the row's number, and so do the names.
const (
	uniqueCharacters = "abcdefghijklmnopqrstuvwxyz234567"
	uniqueBytes      = 13
	maxUniqueBytes   = uniqueBytes + 7
	// pairBits is the number of bits that two characters encode.
	pairBits = 10
	// uniqueMean is the mean of all values, in tenths.
	uniqueMean = 120
	// uniqueSigma is the standard deviation of all values, in tenths.
	uniqueSigma = 100
)

// namePairs has the two characters for each value of pairBits bits.
type namePairs [1 << pairBits][2]byte

func newNamePairs() *namePairs {
	pairs := new(namePairs)
	for i := range pairs {
		pairs[i] = [2]byte{uniqueCharacters[i%32], uniqueCharacters[i/32]}
	}
	return pairs
}

// put writes the name of the random number r to the start of dst and returns its
// length. It mixes r into a second random number, for the characters that encode
// nothing and for the caller, and returns that too:
//
//	bits 0..39   8 characters, of which at most 7 remain
//	bits 40..60  not used
//	bits 61..63  number of these characters in the name
func (p *namePairs) put(dst []byte, r uint64) (length int, more uint64) {
	more = mix64(r)
	p.encode(dst, r, (uniqueBytes+1)/2)
	p.encode(dst[uniqueBytes:], more, (maxUniqueBytes-uniqueBytes+1)/2)
	return uniqueBytes + int(more>>61), more
}

// encode writes count pairs for the lowest bits of r.
func (p *namePairs) encode(dst []byte, r uint64, count int) {
	for i := range count {
		copy(dst[2*i:2*i+2], p[r%(1<<pairBits)][:])
		r >>= pairBits
	}
}

// openUnique returns the blockFunc of profile "unique". Bits 40 to 55 of the second
// number that put returns are the quantile of the value.
func openUnique() blockFunc {
	offsets := gaussianTenths(uniqueSigma)
	pairs := newNamePairs()
	words := valueWords()
	return func(dst []byte, b block) int {
		at := 0
		for n := b.first; n < b.first+int64(b.rows); n++ {
			length, more := pairs.put(dst[at:], random(b.key, n))
			at += length
			at += putTail(dst[at:], words[uniqueMean+int(offsets[uint16(more>>40)])+valueBias])
		}
		return at
	}
}
