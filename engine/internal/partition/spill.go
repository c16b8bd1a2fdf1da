package partition

import (
	"encoding/binary"
	"fmt"
	"slices"
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
	return l.file.flush()
}

// spillLog writes the blocks of log i to f and frees them. The caller flushes f.
func (l *logs) spillLog(i int, f *file) error {
	o := &l.logs[i]
	if len(o.blocks) == 0 {
		return nil
	}
	at := slices.IndexFunc(o.extents, func(x extent) bool { return x.file == f })
	if at < 0 {
		at = len(o.extents)
		o.extents = append(o.extents, extent{file: f})
	}
	x := extent{file: f, offset: f.end}
	for _, block := range o.blocks {
		if err := f.write(block.Data); err != nil {
			return err
		}
		l.pool.Put(block)
	}
	x.size = f.end - x.offset
	o.blocks = nil
	o.spilled += x.size
	last := o.extents[at]
	o.extents[at] = x
	var link [linkBytes]byte
	binary.LittleEndian.PutUint64(link[:8], uint64(last.offset))
	binary.LittleEndian.PutUint64(link[8:], uint64(last.size))
	return f.write(link[:])
}

// before returns the extent that a link is about.
func (x extent) before(link []byte) extent {
	return extent{x.file, int64(binary.LittleEndian.Uint64(link)), int64(binary.LittleEndian.Uint64(link[8:]))}
}

// drop frees log i, which must be sealed, and whose extents were read.
func (l *logs) drop(i int) {
	for _, block := range l.logs[i].blocks {
		l.pool.Put(block)
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
		for x.size > 0 {
			before, err := x.eachPart(b, use)
			if err != nil {
				return err
			}
			x.discard()
			x = before
		}
	}
	*o = log{}
	return nil
}

// eachPart calls use with all records of x, as many as b has room for at a time. It returns
// the extent before x.
func (x extent) eachPart(b *buffer, use func(Records) error) (before extent, err error) {
	kept := 0 // bytes of a record of which the end is missing
	for offset, left := x.offset, x.size+linkBytes; ; {
		if len(b.data)-kept <= linkBytes {
			if err := b.grow(); err != nil {
				return before, err
			}
		}
		n := min(int64(len(b.data)-kept), left)
		if rest := left - n; 0 < rest && rest < linkBytes {
			n = left - linkBytes // the link is read as a whole
		}
		if err := x.file.read(b.data[kept:][:n], offset); err != nil {
			return before, err
		}
		offset += n
		left -= n
		part := Records(b.data[:kept+int(n)])
		if left == 0 {
			end := len(part) - linkBytes
			return x.before(part[end:]), use(part[:end])
		}
		whole := part.wholeBytes()
		if err := use(part[:whole]); err != nil {
			return before, err
		}
		kept = copy(b.data, part[whole:])
	}
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
