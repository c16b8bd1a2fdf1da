package table

import (
	"encoding/binary"

	"onebrc/engine/internal/kernel"
	"onebrc/engine/internal/memory"
	"onebrc/engine/internal/partition"
	"onebrc/parse"
)

// A record has the statistics of a name, in biased values, and the name. Numbers of
// 16 bits are little-endian, the others varints. Most records are of a single row.
//
//	a row   │value│name…
//	rows    │several + minimum│maximum│count│sum│name…
const (
	valueBytes = 2
	several    = 1 << 15 // no value is as large
	// maxHeader is the largest size of a record without its name, MaxRecordBytes
	// that of a record.
	maxHeader      = 2*valueBytes + 2*binary.MaxVarintLen64
	MaxRecordBytes = maxHeader + parse.MaxNameBytes
)

// biased are the statistics of a name in biased values.
type biased struct {
	min, max   uint32
	sum, count uint64
}

// add adds the statistics of other.
func (b *biased) add(other biased) {
	b.min, b.max = min(b.min, other.min), max(b.max, other.max)
	b.sum += other.sum
	b.count += other.count
}

// stats returns b as the statistics of name.
func (b *biased) stats(name []byte) Stats {
	return Stats{
		Name: name,
		Min:  int(b.min) - kernel.ValueBias, Max: int(b.max) - kernel.ValueBias,
		Sum: int64(b.sum) - int64(b.count)*kernel.ValueBias, Count: int64(b.count),
	}
}

// header writes what precedes the name in the record of b and returns its size.
func (b *biased) header(to *[maxHeader]byte) int {
	if b.count == 1 {
		binary.LittleEndian.PutUint16(to[:], uint16(b.min))
		return valueBytes
	}
	binary.LittleEndian.PutUint16(to[:], uint16(b.min)|several)
	binary.LittleEndian.PutUint16(to[valueBytes:], uint16(b.max))
	n := 2 * valueBytes
	n += binary.PutUvarint(to[n:], b.count)
	return n + binary.PutUvarint(to[n:], b.sum)
}

// split returns the statistics and the name of a record.
func split(record []byte) (b biased, name []byte) {
	first := uint32(binary.LittleEndian.Uint16(record))
	if first < several {
		return biased{first, first, uint64(first), 1}, record[valueBytes:]
	}
	b.min, b.max = first&^several, uint32(binary.LittleEndian.Uint16(record[valueBytes:]))
	n := 2 * valueBytes
	count, size := binary.Uvarint(record[n:])
	n += size
	sum, size := binary.Uvarint(record[n:])
	b.count, b.sum = count, sum
	return b, record[n+size:]
}

// Decode returns the statistics in a record. Their name is a part of it.
func Decode(record []byte) Stats {
	b, name := split(record)
	return b.stats(name)
}

// nameIn returns the name in a record.
func nameIn(record []byte) []byte {
	if record[valueBytes-1] < several>>8 {
		return record[valueBytes:]
	}
	_, name := split(record)
	return name
}

// Format is the format of the records that tables evict. It implements
// partition.Format. The keys are the names.
type Format struct{}

// Key implements partition.Format.
func (Format) Key(record []byte) []byte { return nameIn(record) }

// Prefix implements partition.Format.
func (Format) Prefix(name []byte) uint64 { return Prefix(name) }

// Compare implements partition.Format.
func (Format) Compare(a, b []byte) int { return Compare(a, b) }

// NewMerger implements partition.Format.
func (Format) NewMerger(budget *memory.Budget) (partition.Merger, error) { return newMerger(budget) }
