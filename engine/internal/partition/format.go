package partition

import (
	"encoding/binary"

	"onebrc/engine/internal/memory"
)

// A record is what is known of some rows with the same key, and the key, in the form
// of a Format. It has at least one byte.

// Format says what is in records. Their keys are ordered by the first byte in which they
// differ, in any order of bytes.
type Format interface {
	// Key returns the key of record, a part of it.
	Key(record []byte) []byte
	// Prefix returns a number that has the order of the keys: of two keys with
	// different prefixes, the one with the lesser prefix is less. That also holds for
	// what follows after keys begin with the same bytes. The prefix of an empty key is 0.
	Prefix(key []byte) uint64
	// Compare compares two keys, like bytes.Compare.
	Compare(a, b []byte) int
	// NewMerger returns an empty Merger that takes its memory from budget.
	NewMerger(budget *memory.Budget) (Merger, error)
}

// BytesPrefix returns the first 8 bytes of key as a number, with zeros after a shorter
// key: a prefix of keys in the order of bytes.Compare.
func BytesPrefix(key []byte) uint64 {
	if len(key) >= 8 {
		return binary.BigEndian.Uint64(key)
	}
	n := uint64(0)
	for i, c := range key {
		n |= uint64(c) << (56 - 8*i)
	}
	return n
}

// Merger joins the records of a partition. It belongs to one goroutine.
type Merger interface {
	// Add adds records, which it does not keep.
	Add(records Records) error
	// Len returns the number of different keys.
	Len() int
	// Drain calls put with a record for each key, in any order. The Merger is empty
	// afterwards and can be used again. A record is valid until put returns.
	Drain(put func(record []byte) error) error
	// Free returns the memory. Calling Free again is a no-op.
	Free()
}

// Records is a sequence of records, each after its length: one byte below 0x80, or
// as a varint of package encoding/binary.
type Records []byte

// Next returns the first record and the rest. There must be a record.
func (r Records) Next() (record []byte, rest Records) {
	if n := int(r[0]); n < 0x80 {
		return r[1 : 1+n : 1+n], r[1+n:]
	}
	return r.nextLong()
}

func (r Records) nextLong() (record []byte, rest Records) {
	n, width := binary.Uvarint(r)
	end := width + int(n)
	return r[width:end:end], r[end:]
}

// wholeBytes returns the size of the records of r whose last byte is in r.
func (r Records) wholeBytes() int {
	at := 0
	for at < len(r) {
		n, width := binary.Uvarint(r[at:])
		if width <= 0 || n > uint64(len(r)-at-width) {
			break
		}
		at += width + int(n)
	}
	return at
}

// framedBytes returns the size of a record of size bytes and its length.
func framedBytes(size int) int {
	n := 1
	for s := uint(size); s >= 0x80; s >>= 7 {
		n++
	}
	return n + size
}
