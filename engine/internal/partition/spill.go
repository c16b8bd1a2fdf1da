package partition

import (
	"fmt"
	"unsafe"

	"onebrc/engine/internal/memory"
)

// spill writes what l has in memory, the tails included, to its file.
func (l *logs) spill() error {
	for i := range l.logs {
		l.seal(i)
		if err := l.spillLog(i, l.file); err != nil {
			return err
		}
	}
	l.memory = 0
	return l.file.flush(l.pool)
}

// spillLog writes the blocks of log i to f and frees them. The caller flushes f, after
// all logs: then there is memory for the lists of extents.
func (l *logs) spillLog(i int, f *file) error {
	o := &l.logs[i]
	if len(o.blocks) == 0 {
		return nil
	}
	x := extent{file: f, offset: f.end}
	for _, block := range o.blocks {
		if err := f.write(block.Data); err != nil {
			return err
		}
		l.pool.Put(block)
	}
	x.size = f.end - x.offset
	o.extents, o.blocks = append(o.extents, x), nil
	f.uncounted++
	o.spilled += x.size
	return nil
}

// drop frees log i, which must be sealed.
func (l *logs) drop(i int) {
	for _, block := range l.logs[i].blocks {
		l.pool.Put(block)
	}
	for _, x := range l.logs[i].extents {
		x.discard()
	}
	l.logs[i] = log{}
}

// eachPart calls use with all records of log i, which must be sealed, part by part, and
// frees them.
func (l *logs) eachPart(i int, b *buffer, use func(Records) error) error {
	o := &l.logs[i]
	for len(o.blocks) > 0 {
		block := o.blocks[0]
		if err := use(Records(block.Data)); err != nil {
			return err
		}
		o.blocks = o.blocks[1:]
		l.pool.Put(block)
	}
	for _, x := range o.extents {
		if err := x.eachPart(b, use); err != nil {
			return err
		}
		x.discard()
	}
	*o = log{}
	return nil
}

// eachPart calls use with all records of x, as many as b has room for at a time.
func (x extent) eachPart(b *buffer, use func(Records) error) error {
	kept := 0 // bytes of a record of which the end is missing
	for x.size > 0 {
		if kept == len(b.data) {
			if err := b.grow(); err != nil {
				return err
			}
		}
		n := min(int64(len(b.data)-kept), x.size)
		if err := x.file.read(b.data[kept:][:n], x.offset); err != nil {
			return err
		}
		x.offset += n
		x.size -= n
		part := Records(b.data[:kept+int(n)])
		whole := len(part)
		if x.size > 0 {
			whole = part.wholeBytes()
		}
		if err := use(part[:whole]); err != nil {
			return err
		}
		kept = copy(b.data, part[whole:])
	}
	return nil
}

// buffer holds records of an extent.
type buffer struct {
	budget *memory.Budget
	least  int // the first size
	memory memory.Block
	data   []byte
}

// grow makes b longer and keeps what it holds.
func (b *buffer) grow() error {
	size := max(2*len(b.data), b.least)
	block, err := b.budget.Allocate(size)
	if err != nil {
		return fmt.Errorf("%d bytes for records of a temporary file: %w", size, err)
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
