package partition

import (
	"errors"
	"unsafe"

	"onebrc/engine/internal/memory"
)

// file is the temporary file of a worker.
type file struct {
	store *Store
	end   int64
}

func (f *file) free() {}

// spill writes all blocks of l to its file and frees them.
func (l *logs) spill() error { return errors.New("partition: temporary files are not there yet") }

// buffer is memory for records that are read from a file.
type buffer struct {
	memory memory.Block
	data   []byte
}

// grow makes b at least size bytes long and keeps what it holds.
func (b *buffer) grow(budget *memory.Budget, size int) error {
	if size <= len(b.data) {
		return nil
	}
	block, err := budget.Allocate(size)
	if err != nil {
		return err
	}
	data := unsafe.Slice((*byte)(block.Base), size)
	copy(data, b.data)
	b.memory.Free()
	b.memory, b.data = block, data
	return nil
}

func (b *buffer) free() {
	b.memory.Free()
	b.data = nil
}

// eachPart calls use with all records of log i, which must be sealed, part by part, and
// frees them.
func (l *logs) eachPart(i int, budget *memory.Budget, b *buffer, use func(Records) error) error {
	o := &l.logs[i]
	for _, block := range o.blocks {
		if err := use(Records(block.Data)); err != nil {
			return err
		}
		l.put(block)
	}
	*o = log{}
	return nil
}

// drop frees the blocks of log i.
func (l *logs) drop(i int) {
	for _, block := range l.logs[i].blocks {
		l.put(block)
	}
	l.logs[i] = log{}
}

// load reads range i of all logs, which must be sealed, into b.
func (b *Batch) load(budget *memory.Budget, all []*logs, i int) error {
	records := int64(0)
	for _, l := range all {
		records += l.logs[i].records
	}
	if _, err := b.allocate(budget, int(records), 0); err != nil {
		return err
	}
	for _, l := range all {
		for _, block := range l.logs[i].blocks {
			b.add(Records(block.Data))
		}
	}
	return nil
}
