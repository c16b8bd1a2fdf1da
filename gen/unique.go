package gen

// The names of profile "unique": 13 characters that encode a row's random
// number, 5 bits each and 4 in the last, and up to 7 more. As the random number
// is a bijection of the row's number, no name comes twice.
const (
	uniqueCharacters = "abcdefghijklmnopqrstuvwxyz234567"
	uniqueBytes      = 13
	maxUniqueBytes   = uniqueBytes + 7
	// pairBits is what two characters encode.
	pairBits = 10
	// uniqueMean is the mean of all values, in tenths.
	uniqueMean = 120
)

// openUnique draws a second random number of the first, for the length, the
// characters that encode nothing, and the value:
//
//	bits 0..39   8 characters, one of them written over
//	bits 40..55  the value's quantile
//	bits 61..63  how many of the characters
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
