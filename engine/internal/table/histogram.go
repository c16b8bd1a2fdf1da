package table

import (
	"cmp"
	"encoding/binary"
	"math"
	"slices"

	"onebrc/engine/internal/kernel"
	"onebrc/engine/internal/percent"
	"onebrc/parse"
)

// histogramValues is more than the number of values. It is a power of two, so that a
// remainder saves the check of an index.
const histogramValues = 1 << 11

var _ [histogramValues - 1 - (parse.MaxTenths + kernel.ValueBias)]struct{}

// histogram says how often each value of a name occurs. The zero value must be reset
// before it is used.
type histogram struct {
	counts   [histogramValues]uint64 // by biased value
	min, max uint32                  // of the values that occur; min > max if there is none
}

// reset removes all values.
func (h *histogram) reset() {
	if h.min <= h.max {
		clear(h.counts[h.min%histogramValues : h.max%histogramValues+1])
	}
	h.min, h.max = math.MaxUint32, 0
}

// add adds a value that occurs count times, which is not 0.
func (h *histogram) add(value uint32, count uint64) {
	h.counts[value%histogramValues] += count
	h.min, h.max = min(h.min, value), max(h.max, value)
}

// biased returns the statistics of the values.
func (h *histogram) biased() biased {
	b := biased{min: h.min, max: h.max}
	for value := h.min; value <= h.max; value++ {
		n := h.counts[value%histogramValues]
		b.count += n
		b.sum += n * uint64(value)
	}
	return b
}

// Percentiles are the percentiles that a table computes, in the order of the result.
type Percentiles struct {
	percents []percent.Percent
	order    []int  // of percents, from the least one
	singles  []byte // by biased value, the percentiles of a name with a single row
}

// percentileBytes is the size of a percentile in a result: a biased value,
// little-endian.
const percentileBytes = 2

// NewPercentiles returns the Percentiles of percents.
func NewPercentiles(percents []percent.Percent) *Percentiles {
	p := &Percentiles{percents: percents, order: make([]int, len(percents))}
	for i := range percents {
		p.order[i] = i
	}
	slices.SortFunc(p.order, func(a, b int) int { return cmp.Compare(percents[a], percents[b]) })
	for v := range uint16(parse.MaxTenths + kernel.ValueBias + 1) {
		for range percents {
			p.singles = binary.LittleEndian.AppendUint16(p.singles, v)
		}
	}
	return p
}

// Bytes returns the size of the percentiles of a name. It is 0 for a nil p.
func (p *Percentiles) Bytes() int {
	if p == nil {
		return 0
	}
	return percentileBytes * len(p.percents)
}

// appendTo appends the percentiles of h, which has count values, to b.
func (p *Percentiles) appendTo(b []byte, h *histogram, count uint64) []byte {
	at := len(b)
	b = append(b, make([]byte, p.Bytes())...)
	value, below := h.min, uint64(0) // how many values are less than value
	for _, i := range p.order {
		rank := p.percents[i].Rank(count)
		for below+h.counts[value%histogramValues] < rank {
			below += h.counts[value%histogramValues]
			value++
		}
		binary.LittleEndian.PutUint16(b[at+percentileBytes*i:], uint16(value))
	}
	return b
}

// single returns the percentiles of a name with a single row.
func (p *Percentiles) single(value uint32) []byte {
	return p.singles[int(value)*p.Bytes():][:p.Bytes()]
}

// PercentileAt returns percentile i, in tenths, of Stats.Percentiles.
func PercentileAt[T ~string | ~[]byte](percentiles T, i int) int {
	at := percentileBytes * i
	return int(percentiles[at]) + int(percentiles[at+1])<<8 - kernel.ValueBias
}

// A record of several rows has the histogram of the name, without the values that do not
// occur, or what is known in the end. A record of a row is that of Format.
//
//	rows      │several + length│name…│gap│count│gap│count│…
//	result    │several + length│name…│minimum│maximum│count│sum│percentile│percentile│…
//
// Counts, sums and gaps are varints. A gap is how far a value is above the one before it,
// or above -1.

// appendRecord appends the record of rows to b.
func (h *histogram) appendRecord(b, name []byte) []byte {
	b = binary.LittleEndian.AppendUint16(b, several|uint16(len(name)))
	b = append(b, name...)
	last := uint32(math.MaxUint32) // -1
	for value := h.min; value <= h.max; value++ {
		if n := h.counts[value%histogramValues]; n > 0 {
			b = binary.AppendUvarint(b, uint64(value-last))
			b = binary.AppendUvarint(b, n)
			last = value
		}
	}
	return b
}

// addRecord adds the values of a record of a row or of rows.
func (h *histogram) addRecord(record []byte) {
	first := uint32(binary.LittleEndian.Uint16(record))
	if first < several {
		h.add(first, 1)
		return
	}
	value := uint32(math.MaxUint32) // -1
	for rest := record[valueBytes+int(first&^several):]; len(rest) > 0; {
		gap, size := binary.Uvarint(rest)
		rest = rest[size:]
		count, size := binary.Uvarint(rest)
		rest = rest[size:]
		value += uint32(gap)
		h.add(value, count)
	}
}

// appendResult appends the record of the result of h to b. A name with a single row keeps
// its record.
func (p *Percentiles) appendResult(b, name []byte, h *histogram) []byte {
	s := h.biased()
	if s.count == 1 {
		b = binary.LittleEndian.AppendUint16(b, uint16(s.min))
		return append(b, name...)
	}
	b = binary.LittleEndian.AppendUint16(b, several|uint16(len(name)))
	b = append(b, name...)
	b = binary.LittleEndian.AppendUint16(b, uint16(s.min))
	b = binary.LittleEndian.AppendUint16(b, uint16(s.max))
	b = binary.AppendUvarint(b, s.count)
	b = binary.AppendUvarint(b, s.sum)
	return p.appendTo(b, h, s.count)
}
