package group

import (
	"math"
	"math/bits"
)

const (
	// narrowBits, laneBits: a number below 2^narrowBits is added to the low lane
	// of a sum as it is; a number below 2^laneBits is divided among low and high.
	// Other numbers are kept in records.
	narrowBits = 32
	laneBits   = 62
	// highBits: a high lane of 2^highBits or more is moved to a record. It grows
	// by less than 2^(laneBits-narrowBits) a row, so that rowsPerFlush rows and a
	// merge do not make it overflow.
	highBits = 60
	// rowsPerFlush is how many rows are added between two calls of Table.flush.
	// They change a low lane by less than 2^(30+narrowBits).
	rowsPerFlush = 1 << 30
	// squareBits is how many bits of a square are in the lower column.
	squareBits = 62

	// noMin and noMax are in the lanes of a slot that has no number yet.
	noMin = math.MaxInt64
	noMax = math.MinInt64
)

// exact is what a group knows of a Number, exactly.
type exact struct {
	any      bool // Min and Max are those of some number
	min, max Integer
	sum      Integer
	squares  Integer
}

// exactOf returns what is known of a single number.
func exactOf(v int64, squares bool) exact {
	number := integerOf(v)
	x := exact{any: true, min: number, max: number, sum: number}
	if squares {
		if v < 0 {
			number = number.minus()
		}
		x.squares = number.times(number[0])
	}
	return x
}

// add adds what y knows to x.
func (x *exact) add(y *exact) {
	switch {
	case !y.any:
	case !x.any:
		x.any, x.min, x.max = true, y.min, y.max
	default:
		if y.min.less(x.min) {
			x.min = y.min
		}
		if x.max.less(y.max) {
			x.max = y.max
		}
	}
	x.sum = x.sum.plus(y.sum)
	x.squares = x.squares.plus(y.squares)
}

// scale multiplies the numbers by 10^digits.
func (x *exact) scale(digits int) {
	if digits == 0 {
		return
	}
	x.min, x.max = x.min.scaled(digits), x.max.scaled(digits)
	x.sum, x.squares = x.sum.scaled(digits), x.squares.scaled(2*digits)
}

// fitsLane reports whether -2^laneBits < v < 2^laneBits.
func fitsLane(v int64) bool { return -1<<laneBits < v && v < 1<<laneBits }

// times returns v * 10^digits and whether it fits a lane. digits is at most 18.
func times(v int64, digits int) (int64, bool) {
	power := int64(powersOfTen[digits])
	limit := (1<<laneBits - 1) / power
	if v > limit || v < -limit {
		return 0, false
	}
	return v * power, true
}

// addTo adds v to a sum of two lanes: low + high<<narrowBits. v fits a lane.
func addTo(sum []int64, v int64) {
	sum[0] += int64(uint32(v))
	sum[1] += v >> narrowBits
}

// carry makes the low lane of a sum less than 2^narrowBits and not negative. It
// reports whether the high one is still small.
func carry(sum []int64) bool {
	sum[1] += sum[0] >> narrowBits
	sum[0] = int64(uint32(sum[0]))
	return -1<<highBits < sum[1] && sum[1] < 1<<highBits
}

// load returns a sum of two lanes.
func load(sum []int64) Integer {
	return integerOf(sum[1]).shiftedLeft(narrowBits).plus(integerOf(sum[0]))
}

// store sets a sum of two lanes. It reports whether x is small enough.
func store(sum []int64, x Integer) bool {
	high, ok := x.shiftedRight(narrowBits).Int64()
	sum[0], sum[1] = int64(uint32(x[0])), high
	return ok && -1<<highBits < high && high < 1<<highBits
}

// square returns the square of v in two parts of squareBits. v fits a lane.
func square(v int64) (lower, upper int64) {
	if v < 0 {
		v = -v
	}
	high, low := bits.Mul64(uint64(v), uint64(v))
	return int64(low & (1<<squareBits - 1)), int64(high<<(64-squareBits) | low>>squareBits)
}

// load returns what the lanes of a slot know of a Number.
func (l *lanes) load(slot []int64) exact {
	var x exact
	if l.min != 0 && slot[l.min] != noMin {
		x.any, x.min = true, integerOf(slot[l.min])
	}
	if l.max != 0 && slot[l.max] != noMax {
		x.any, x.max = true, integerOf(slot[l.max])
	}
	if l.sum != 0 {
		x.sum = load(slot[l.sum:])
	}
	if l.squares != 0 {
		x.squares = load(slot[l.squares+2:]).shiftedLeft(squareBits).plus(load(slot[l.squares:]))
	}
	return x
}

// clear sets the lanes of a Number to those of a new slot.
func (l *lanes) clear(slot []int64) {
	if l.min != 0 {
		slot[l.min] = noMin
	}
	if l.max != 0 {
		slot[l.max] = noMax
	}
	if l.sum != 0 {
		clear(slot[l.sum:][:2])
	}
	if l.squares != 0 {
		clear(slot[l.squares:][:4])
	}
}

// store sets the lanes of a Number, and reports whether x fits there. If it does
// not, the lanes are undefined.
func (l *lanes) store(slot []int64, x *exact) bool {
	l.clear(slot)
	low, ok := x.min.Int64()
	high, ok2 := x.max.Int64()
	if x.any && (!ok || !ok2 || !fitsLane(low) || !fitsLane(high)) {
		return false
	}
	if l.min != 0 && x.any {
		slot[l.min] = low
	}
	if l.max != 0 && x.any {
		slot[l.max] = high
	}
	if l.sum != 0 && !store(slot[l.sum:], x.sum) {
		return false
	}
	if l.squares != 0 {
		lower := x.squares
		lower[0] &= 1<<squareBits - 1
		clear(lower[1:])
		return store(slot[l.squares:], lower) && store(slot[l.squares+2:], x.squares.shiftedRight(squareBits))
	}
	return true
}

// carry carries the sums of a Number. It reports whether all are still small.
func (l *lanes) carry(slot []int64) bool {
	small := true
	if l.sum != 0 {
		small = carry(slot[l.sum:])
	}
	if l.squares != 0 {
		lower, upper := carry(slot[l.squares:]), carry(slot[l.squares+2:])
		small = small && lower && upper
	}
	return small
}

// add adds v, which fits a lane.
func (l *lanes) add(slot []int64, v int64) {
	if l.min != 0 {
		slot[l.min] = min(slot[l.min], v)
	}
	if l.max != 0 {
		slot[l.max] = max(slot[l.max], v)
	}
	if l.sum != 0 {
		addTo(slot[l.sum:], v)
	}
	if l.squares != 0 {
		lower, upper := square(v)
		addTo(slot[l.squares:], lower)
		addTo(slot[l.squares+2:], upper)
	}
}

// merge adds what the lanes of another slot know.
func (l *lanes) merge(slot, other []int64) {
	if l.min != 0 {
		slot[l.min] = min(slot[l.min], other[l.min])
	}
	if l.max != 0 {
		slot[l.max] = max(slot[l.max], other[l.max])
	}
	if l.sum != 0 {
		for i := l.sum; i < l.sum+2; i++ {
			slot[i] += other[i]
		}
	}
	if l.squares != 0 {
		for i := l.squares; i < l.squares+4; i++ {
			slot[i] += other[i]
		}
	}
}
