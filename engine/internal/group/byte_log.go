package group

import (
	"math"
	"unsafe"

	"onebrc/engine/internal/memory"
)

// byteLog is bytes that are appended to one piece of memory.
type byteLog struct {
	budget *memory.Budget
	data   []byte
	memory memory.Block
}

// firstBytes is the first size of a byteLog.
const firstBytes = 64 << 10

// reserve makes room for size more bytes. Data moves.
func (l *byteLog) reserve(size int) error {
	if len(l.data)+size <= cap(l.data) {
		return nil
	}
	room := max(firstBytes, 2*cap(l.data), len(l.data)+size)
	if room > math.MaxInt/2 {
		return memory.ErrMemory
	}
	block, err := l.budget.Allocate(room)
	if err != nil {
		return err
	}
	data := unsafe.Slice((*byte)(block.Base), room)
	data = data[:copy(data, l.data)]
	l.memory.Free()
	l.memory, l.data = block, data
	return nil
}

// free returns the memory.
func (l *byteLog) free() {
	l.memory.Free()
	*l = byteLog{budget: l.budget}
}
