package group

// A number in the key of a record has a form whose bytes have the order of the numbers,
// and which depends on nothing but the number. It consists of pairs of digits, of which
// the first is not 00 and the last one is not, either:
//
//	zero      = 0x80
//	positive  = 0x80+n pair+1 { pair+1 }
//	negative  = the complement of that of the absolute value, without the highest bit
//	            of the first byte, and 0xFF
//
// where n is exponentBias plus the number of pairs before the point, which is negative
// if pairs of zeros follow the point.

const (
	zeroNumber = 0x80
	// exponentBias makes n positive: a number is at least 1e-18, so that no more than 8
	// pairs of zeros follow the point.
	exponentBias = 9
	maxPairs     = 10 // of the digits of an int64, wherever the point is
)

// appendNumber appends v * 10^-decimals.
func appendNumber(b []byte, v int64, decimals int) []byte {
	if v == 0 {
		return append(b, zeroNumber)
	}
	u, flip := uint64(v), byte(0)
	if v < 0 {
		u, flip = -u, 0xFF
	}
	var pairs [maxPairs + 1]byte
	first, fraction := len(pairs), (decimals+1)/2
	if decimals&1 != 0 {
		first--
		pairs[first] = byte(u % 10 * 10)
		u /= 10
	}
	for ; u > 0; u /= 100 {
		first--
		pairs[first] = byte(u % 100)
	}
	last := len(pairs) - 1
	for pairs[last] == 0 {
		last--
	}
	head := byte(exponentBias + len(pairs) - first - fraction)
	if v > 0 {
		b = append(b, zeroNumber+head)
	} else {
		b = append(b, zeroNumber-head)
	}
	for _, pair := range pairs[first : last+1] {
		b = append(b, (pair+1)^flip)
	}
	if v < 0 {
		b = append(b, 0xFF)
	}
	return b
}

// readNumber returns the number in b times 10^scale, which must be an integer.
func readNumber(b []byte, scale int) Integer {
	head, pairs, flip := int(b[0])-zeroNumber, b[1:], byte(0)
	switch {
	case head == 0:
		return Integer{}
	case head < 0:
		head, pairs, flip = -head, pairs[:len(pairs)-1], 0xFF
	}
	var x Integer
	power := scale + 2*(head-exponentBias-len(pairs)) // of ten, of the last pair
	for i, c := range pairs {
		pair := uint64(c^flip) - 1
		if i == len(pairs)-1 && power < 0 { // -1: the last digit is a zero after the scale
			x, power = x.times(10).plus(Integer{pair / 10}), 0
			break
		}
		x = x.times(100).plus(Integer{pair})
	}
	x = x.scaled(power)
	if flip != 0 {
		x = x.minus()
	}
	return x
}
