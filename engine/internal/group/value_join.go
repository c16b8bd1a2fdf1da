package group

import (
	"encoding/binary"
	"unsafe"

	"onebrc/engine/internal/memory"
	"onebrc/engine/internal/probing"
)

// valueJoin joins records of values with the same key. There can be very many of them,
// so that an entry is small: its count, the length of its key, and the key. They are in
// one piece of memory, after each other. A slot has the place of an entry, plus 1, and
// above placeBits a part of the hash.
type valueJoin struct {
	budget  *memory.Budget
	secret  *probing.Secret
	slots   []uint64
	used    int
	entries byteLog

	slotsMemory memory.Block
}

const (
	placeBits   = 40
	firstSlots  = 4 << 10
	entryCounts = 8 // bytes of the count of an entry
)

// newValueJoin returns an empty valueJoin.
func newValueJoin(budget *memory.Budget, secret *probing.Secret) *valueJoin {
	return &valueJoin{budget: budget, secret: secret, entries: byteLog{budget: budget}}
}

// free returns the memory.
func (j *valueJoin) free() {
	j.slotsMemory.Free()
	j.entries.free()
	*j = *newValueJoin(j.budget, j.secret)
}

// add adds rows to the value with a key.
func (j *valueJoin) add(key []byte, rows uint64) error {
	if 2*(j.used+1) > len(j.slots) {
		if err := j.growSlots(); err != nil {
			return err
		}
	}
	hash := probing.Hash64(key, j.secret)
	i := j.find(hash, key)
	if place := j.slots[i] & (1<<placeBits - 1); place != 0 {
		count := j.entries.data[place-1:][:entryCounts]
		binary.LittleEndian.PutUint64(count, binary.LittleEndian.Uint64(count)+rows)
		return nil
	}
	if err := j.entries.reserve(entryCounts + binary.MaxVarintLen32 + len(key)); err != nil {
		return err
	}
	if int64(len(j.entries.data)) >= 1<<placeBits-1 {
		return memory.ErrMemory
	}
	j.slots[i] = hash>>placeBits<<placeBits | uint64(len(j.entries.data)+1)
	j.used++
	b := binary.LittleEndian.AppendUint64(j.entries.data, rows)
	b = binary.AppendUvarint(b, uint64(len(key)))
	j.entries.data = append(b, key...)
	return nil
}

// find returns the slot of a key, or the empty one where it belongs.
func (j *valueJoin) find(hash uint64, key []byte) int {
	mask := len(j.slots) - 1
	for i := int(hash) & mask; ; i = (i + 1) & mask {
		slot := j.slots[i]
		if slot == 0 {
			return i
		}
		if (slot^hash)>>placeBits != 0 {
			continue
		}
		if _, other, _ := cutEntry(j.entries.data[slot&(1<<placeBits-1)-1:]); string(other) == string(key) {
			return i
		}
	}
}

// cutEntry returns the first of some entries, and the rest.
func cutEntry(b []byte) (rows uint64, key, rest []byte) {
	rows = binary.LittleEndian.Uint64(b)
	b = b[entryCounts:]
	size, n := binary.Uvarint(b)
	end := n + int(size)
	return rows, b[n:end], b[end:]
}

// growSlots makes more slots.
func (j *valueJoin) growSlots() error {
	size := max(firstSlots, 2*len(j.slots))
	block, err := j.budget.Allocate(size * 8)
	if err != nil {
		return err
	}
	old := j.slotsMemory
	j.slotsMemory, j.slots = block, unsafe.Slice((*uint64)(block.Base), size)
	at := 0
	for at < len(j.entries.data) {
		_, key, rest := cutEntry(j.entries.data[at:])
		hash := probing.Hash64(key, j.secret)
		i := int(hash) & (size - 1)
		for j.slots[i] != 0 {
			i = (i + 1) & (size - 1)
		}
		j.slots[i] = hash>>placeBits<<placeBits | uint64(at+1)
		at = len(j.entries.data) - len(rest)
	}
	old.Free()
	return nil
}

// drain calls yield for all values and removes them. It keeps the memory.
func (j *valueJoin) drain(yield func(key []byte, rows uint64) error) error {
	for rest := j.entries.data; len(rest) > 0; {
		var key []byte
		var rows uint64
		rows, key, rest = cutEntry(rest)
		if err := yield(key, rows); err != nil {
			return err
		}
	}
	clear(j.slots)
	j.entries.data, j.used = j.entries.data[:0], 0
	return nil
}
