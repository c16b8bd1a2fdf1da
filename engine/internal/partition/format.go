package partition

import "onebrc/engine/internal/memory"

// A record is what is known of some rows with the same key, and the key, in the form
// of a Format. It has at least one byte.

// Format says what is in records.
type Format interface {
	// Prefix returns a number that has the order of the keys: of two records with
	// different prefixes, the one with the lesser prefix has the lesser key.
	Prefix(record []byte) uint64
	// Compare compares the keys of two records, like bytes.Compare. Equal keys have
	// equal prefixes.
	Compare(a, b []byte) int
	// NewMerger returns an empty Merger that takes its memory from budget.
	NewMerger(budget *memory.Budget) (Merger, error)
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
