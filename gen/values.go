package gen

// The profiles in this file have stations with chosen means. Their rows come in
// groups. The random number of a group chooses a station for all its rows, and the
// values of these rows add up to what the mean of the station needs.

// tieCount is the number of ties, which are the middles between two tenths: -99.85
// to 99.85.
const tieCount = 2 * maxTenths

// openTies returns the blockFunc of profile "ties". There is a station for each tie:
// the mean of station i is i - maxTenths + 1/2 tenths. A group has two rows, one as
// far below the tie as the other is above it. If the number of rows is odd, the last
// row is alone.
func openTies() blockFunc {
	s := newValueStations(tieCount)
	words := valueWords()
	return func(dst []byte, b block) int {
		at := 0
		for n := b.first; n < b.first+int64(b.rows); n++ {
			r := random(b.key, n/2)
			station := int(r >> 32 * tieCount >> 32)
			below := station - maxTenths
			reach := min(station, tieCount-1-station, maxTieReach)
			distance := int(r & 0xffff * uint64(reach+1) >> 16)
			tenths := below - distance
			if n&1 != int64(r>>16&1) {
				tenths = below + 1 + distance
			}
			at += s.put(dst[at:], station)
			at += putTail(dst[at:], words[tenths+valueBias])
		}
		return at
	}
}

// maxTieReach is the largest distance of a value from its tie, in tenths.
const maxTieReach = 400

// minusZeroCount is the number of stations of profile "minus-zero".
const minusZeroCount = 400

// minusZero is the text after the name in a row with the value -0.0.
var minusZero = tailWord([]byte(";-0.0\n"))

// openMinusZero returns the blockFunc of profile "minus-zero". The number of a
// station modulo 4 is its kind. A group has four rows:
//
//	0  -0.0, -0.0, -0.0, -0.0
//	1  -0.0 or 0.0, at random
//	2  -0.1, -0.1, -0.0, 0.0        the mean is a tie, -0.05
//	3  -a - 0.1, a, -0.0, 0.0       the mean is -0.025; a is 0.0 to 99.8
//
// A group starts with any of these values and goes on in a circle. If the number of
// rows is not a multiple of 4, the last group is incomplete.
func openMinusZero() blockFunc {
	s := newValueStations(minusZeroCount)
	words := valueWords()
	word := func(tenths int) uint64 { return words[tenths+valueBias] }
	return func(dst []byte, b block) int {
		at := 0
		for n := b.first; n < b.first+int64(b.rows); n++ {
			r := random(b.key, n/4)
			station := int(r >> 32 * minusZeroCount >> 32)
			a := int(r & 0xffff * maxTenths >> 16)
			place := (uint64(n) + r>>16) & 3
			tail := minusZero
			switch kind := station & 3; {
			case kind == 0:
			case kind == 1 && r>>(20+n&3)&1 == 0:
			case kind == 1:
				tail = word(0)
			case place == 3:
				tail = word(0)
			case place == 2:
			case kind == 2:
				tail = word(-1)
			case place == 0:
				tail = word(-a - 1)
			default:
				tail = word(a)
			}
			at += s.put(dst[at:], station)
			at += putTail(dst[at:], tail)
		}
		return at
	}
}

// newValueStations returns n stations with the first n names of profile "10k". Only
// their names are used.
func newValueStations(n int) *stations {
	names := names10k()
	return newStations(n, 0, func(i int) (string, int) { return names[i], 0 })
}
