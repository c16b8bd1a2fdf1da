package partition_test

import (
	"bytes"
	"cmp"
	"encoding/binary"

	"onebrc/engine/internal/memory"
	"onebrc/engine/internal/partition"
)

// counts is a Format of records that count keys: 8 bytes of count, then the key.
type counts struct{}

func countRecord(record []byte, key string, n uint64) {
	binary.LittleEndian.PutUint64(record, n)
	copy(record[8:], key)
}

func (counts) Key(record []byte) []byte { return record[8:] }

func (counts) Prefix(key []byte) uint64 { return partition.BytesPrefix(key) }

func (counts) Compare(a, b []byte) int { return bytes.Compare(a, b) }

// ranked is counts with another order of bytes: those from 0x40 on come before the
// others, but after 0.
type ranked struct{ counts }

func rank(c byte) byte {
	switch {
	case c == 0:
		return 0
	case c < 0x40:
		return c + 0xc0
	}
	return c - 0x3f
}

func (ranked) Prefix(key []byte) uint64 {
	var first [8]byte
	for i := range min(len(key), 8) {
		first[i] = rank(key[i])
	}
	return binary.BigEndian.Uint64(first[:])
}

func (ranked) Compare(a, b []byte) int {
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			return cmp.Compare(rank(a[i]), rank(b[i]))
		}
	}
	return cmp.Compare(len(a), len(b))
}

func (counts) NewMerger(budget *memory.Budget) (partition.Merger, error) {
	return &countMerger{budget: budget, counts: map[string]uint64{}}, nil
}

// countMerger takes from its budget about what a real one would.
type countMerger struct {
	budget *memory.Budget
	taken  int64
	counts map[string]uint64
}

func (m *countMerger) Add(records partition.Records) error {
	for len(records) > 0 {
		var record []byte
		record, records = records.Next()
		if _, ok := m.counts[string(record[8:])]; !ok {
			bytes := int64(len(record) + 16)
			if err := m.budget.Take(bytes); err != nil {
				return err
			}
			m.taken += bytes
		}
		m.counts[string(record[8:])] += binary.LittleEndian.Uint64(record)
	}
	return nil
}

func (m *countMerger) Len() int { return len(m.counts) }

func (m *countMerger) Drain(put func([]byte) error) error {
	var record []byte
	for key, n := range m.counts {
		record = append(binary.LittleEndian.AppendUint64(record[:0], n), key...)
		if err := put(record); err != nil {
			return err
		}
	}
	m.Free()
	return nil
}

func (m *countMerger) Free() {
	m.budget.Give(m.taken)
	m.taken = 0
	clear(m.counts)
}
