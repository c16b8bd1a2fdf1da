package fields

import (
	"math/bits"
	"unsafe"
)

// lanes is a line of lanes of any slot.
type lanes = [Lanes]int64

// accumulation is what the loops of the accumulate pass share.
type accumulation struct {
	line unsafe.Pointer // of the first slot
	at   []uint32
}

// accumulateGeneric is the accumulate pass in portable Go. It loops over the rows
// once for each lane, but once for all three of a column's minimum, maximum and sum.
func accumulateGeneric(s *Slots, at *uint32, rows int, l *Line) {
	a := accumulation{unsafe.Add(s.Base, uintptr(l.Unit)*SlotUnit), unsafe.Slice(at, rows)}
	count := l.Count
	for i := range l.Columns {
		op := l.Ops[i]
		values := unsafe.Slice(op.Values, rows)
		if bits.OnesCount64(op.Min) == 1 && bits.OnesCount64(op.Max) == 1 && bits.OnesCount64(op.Sum) == 1 {
			a.minMaxSum(values, lane(op.Min), lane(op.Max), lane(op.Sum))
			op.Min, op.Max, op.Sum = 0, 0, 0
		}
		for ; op.Min != 0; op.Min &= op.Min - 1 {
			a.min(values, lane(op.Min))
		}
		for ; op.Max != 0; op.Max &= op.Max - 1 {
			a.max(values, lane(op.Max))
		}
		for ; op.Sum != 0; op.Sum &= op.Sum - 1 {
			a.sum(values, lane(op.Sum))
		}
		for ; op.Low != 0; op.Low &= op.Low - 1 {
			a.low(values, lane(op.Low))
		}
		for ; op.High != 0; op.High &= op.High - 1 {
			a.high(values, lane(op.High))
		}
	}
	for ; count != 0; count &= count - 1 {
		a.count(lane(count))
	}
}

// lane returns the number of the lowest lane in mask.
func lane(mask uint64) int { return bits.TrailingZeros64(mask) % Lanes }

// lanes returns the lanes of the slot at.
func (a *accumulation) lanes(at uint32) *lanes {
	return (*lanes)(unsafe.Add(a.line, uintptr(at)*SlotUnit))
}

func (a *accumulation) minMaxSum(values []int64, low, high, sum int) {
	for i, at := range a.at {
		l, v := a.lanes(at), values[i]
		l[sum] += v
		if v < l[low] {
			l[low] = v
		}
		if v > l[high] {
			l[high] = v
		}
	}
}

func (a *accumulation) min(values []int64, lane int) {
	for i, at := range a.at {
		if l, v := a.lanes(at), values[i]; v < l[lane] {
			l[lane] = v
		}
	}
}

func (a *accumulation) max(values []int64, lane int) {
	for i, at := range a.at {
		if l, v := a.lanes(at), values[i]; v > l[lane] {
			l[lane] = v
		}
	}
}

func (a *accumulation) sum(values []int64, lane int) {
	for i, at := range a.at {
		a.lanes(at)[lane] += values[i]
	}
}

func (a *accumulation) low(values []int64, lane int) {
	for i, at := range a.at {
		a.lanes(at)[lane] += int64(uint32(values[i]))
	}
}

func (a *accumulation) high(values []int64, lane int) {
	for i, at := range a.at {
		a.lanes(at)[lane] += values[i] >> 32
	}
}

func (a *accumulation) count(lane int) {
	for _, at := range a.at {
		a.lanes(at)[lane]++
	}
}
