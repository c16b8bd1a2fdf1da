package gen

// Profiles whose stations have means of a chosen kind. Their rows come in
// groups: all rows of a group are of the station that the group's random number
// picks, and their values add up to what the station's mean needs.

// tieCount is the number of ties between two tenths from -99.85 to 99.85.
const tieCount = 2 * maxTenths

// openTies has a station for each tie: the mean of station i, in tenths, is
// i - maxTenths + 1/2. A group is two rows, as far below the tie as above it.
// The last of an odd number of rows is alone.
func openTies() blockFunc {
	s := newValueStations(tieCount)
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
			at += putTail(dst[at:], valueWords[tenths+valueBias])
		}
		return at
	}
}

// maxTieReach is the largest distance of a value from its tie, in tenths.
const maxTieReach = 400

// minusZeroCount is the number of stations of profile "minus-zero".
const minusZeroCount = 400

// minusZero is the end of a row with the value -0.0.
var minusZero = tailWord([]byte(";-0.0\n"))

// openMinusZero has four kinds of stations, by their number modulo 4. A group
// is four rows:
//
//	0  -0.0, -0.0, -0.0, -0.0
//	1  -0.0 or 0.0, each by chance
//	2  -0.1, -0.1, -0.0, 0.0        the mean is a tie, -0.05
//	3  -a - 0.1, a, -0.0, 0.0       the mean is -0.025; a is 0.0 to 99.8
//
// A group starts with any of them and goes on in a circle. If the number of
// rows is no multiple of 4, the last group is not complete.
func openMinusZero() blockFunc {
	s := newValueStations(minusZeroCount)
	word := func(tenths int) uint64 { return valueWords[tenths+valueBias] }
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

// newValueStations makes n stations, of which only the names are of use: the
// first n of profile "10k".
func newValueStations(n int) *stations {
	names := names10k()
	return newStations(n, 0, func(i int) (string, int) { return names[i], 0 })
}
