package gen

// A name of profile "unique" has 13 characters that encode the random number of its
// row, 5 bits in each and 4 in the last, and up to 7 more characters. The random
// number is a bijection of the row's number, so all names differ.
const (
	uniqueCharacters = "abcdefghijklmnopqrstuvwxyz234567"
	uniqueBytes      = 13
	maxUniqueBytes   = uniqueBytes + 7
	// pairBits is the number of bits that two characters encode.
	pairBits = 10
	// uniqueMean is the mean of all values, in tenths.
	uniqueMean = 120
)

// openUnique returns the blockFunc of profile "unique". It mixes the random number
// of a row into a second one, for the value and the characters that encode nothing:
//
//	bits 0..39   8 characters, of which at most 7 remain
//	bits 40..55  quantile of the value
//	bits 61..63  number of these characters in the name
func openUnique() blockFunc {
	offsets := gaussianTenths(100)
	pairs := new([1 << pairBits][2]byte)
	for i := range pairs {
		pairs[i] = [2]byte{uniqueCharacters[i%32], uniqueCharacters[i/32]}
	}
	put := func(dst []byte, r uint64, count int) {
		for i := range count {
			copy(dst[2*i:2*i+2], pairs[r%(1<<pairBits)][:])
			r >>= pairBits
		}
	}
	return func(dst []byte, b block) int {
		at := 0
		for n := b.first; n < b.first+int64(b.rows); n++ {
			r := random(b.key, n)
			more := mix64(r)
			put(dst[at:], r, (uniqueBytes+1)/2)
			at += uniqueBytes
			put(dst[at:], more, (maxUniqueBytes-uniqueBytes+1)/2)
			at += int(more >> 61)
			at += putTail(dst[at:], valueWords[uniqueMean+int(offsets[uint16(more>>40)])+valueBias])
		}
		return at
	}
}
