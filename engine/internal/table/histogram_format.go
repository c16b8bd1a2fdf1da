package table

import (
	"encoding/binary"

	"onebrc/engine/internal/memory"
	"onebrc/engine/internal/partition"
)

// HistogramFormat is the format of the records of tables that compute percentiles. It
// implements partition.Format.
type HistogramFormat struct {
	Format      // for the keys, which are the same
	Percentiles *Percentiles
}

// Key implements partition.Format.
func (HistogramFormat) Key(record []byte) []byte { return histogramName(record) }

// NewMerger implements partition.Format.
func (f HistogramFormat) NewMerger(budget *memory.Budget) (partition.Merger, error) {
	m, err := newMerger(budget)
	if err != nil {
		return nil, err
	}
	h := &histogramMerger{merger: m, percentiles: f.Percentiles}
	h.name.reset()
	return h, nil
}

// Decode returns the statistics in the record of a result, or of a row. Their name and
// percentiles are not to be changed.
func (f HistogramFormat) Decode(record []byte) Stats {
	name := histogramName(record)
	first := uint32(binary.LittleEndian.Uint16(record))
	if first < several {
		b := biased{first, first, uint64(first), 1}
		s := b.stats(name)
		s.Percentiles = f.Percentiles.single(first)
		return s
	}
	rest := record[valueBytes+len(name):]
	b := biased{min: uint32(binary.LittleEndian.Uint16(rest)), max: uint32(binary.LittleEndian.Uint16(rest[valueBytes:]))}
	rest = rest[2*valueBytes:]
	var size int
	b.count, size = binary.Uvarint(rest)
	rest = rest[size:]
	b.sum, size = binary.Uvarint(rest)
	s := b.stats(name)
	s.Percentiles = rest[size:]
	return s
}

// histogramName returns the name in a record.
func histogramName(record []byte) []byte {
	first := binary.LittleEndian.Uint16(record)
	if first < several {
		return record[valueBytes:]
	}
	return record[valueBytes:][:first&^several]
}
