package partition

import (
	"encoding/binary"
	"fmt"

	"onebrc/engine/internal/memory"
)

// logs holds the records of one worker: a log for each partition, or for each range.
type logs struct {
	store *Store
	pool  *memory.Pool
	file  *file // where the logs are spilled
	// most is how many bytes of blocks the logs may have in memory.
	most, memory int64
	// reclaim frees memory that others have, if that is possible.
	reclaim func() bool

	tails []tail
	logs  []log
}

// tail is the block at the end of a log, to which records are appended.
type tail struct {
	data          []byte
	used, records int32 // bytes and records in data
}

// log is a sequence of records, of which the last are in a tail. Records do not cross
// the border of blocks or extents.
type log struct {
	tail    memory.Piece
	blocks  []memory.Piece // full of records
	extents []extent       // the last one in each file

	records int64 // without those in the tail
	bytes   int64 // of these records in blocks and extents, with their lengths
	spilled int64 // bytes in extents
}

// extent is a part of a file: records, and after them a link, which has the offset and the
// size of the extent of the same log before it in the file. Size 0 means that there is
// none. With links, the memory for a log does not grow with the number of its extents.
type extent struct {
	file         *file
	offset, size int64 // without the link
}

// linkBytes is the size of a link.
const linkBytes = 2 * 8

func newLogs(s *Store, worker, count int, most int64) *logs {
	switch {
	case s.config.NoSpill:
		most = memory.NoLimit
	case s.config.SpillAll:
		most = 0
	}
	return &logs{
		store: s, pool: s.pools[worker], file: s.files[worker], most: most,
		tails: make([]tail, count), logs: make([]log, count),
	}
}

// append adds a record of size bytes to log i and returns its memory.
func (l *logs) append(i, size int) ([]byte, error) {
	t := &l.tails[i]
	data := t.data[t.used:]
	if size >= 0x80 || size >= len(data) {
		return l.appendSlow(i, size)
	}
	t.used += int32(size) + 1
	t.records++
	data[0] = byte(size)
	return data[1 : 1+size : 1+size], nil
}

// appendSlow is append for long records and for those that need a new block.
func (l *logs) appendSlow(i, size int) ([]byte, error) {
	framed := framedBytes(size)
	t := &l.tails[i]
	if framed > l.pool.PieceBytes() {
		piece, err := l.get(framed)
		if err != nil {
			return nil, err
		}
		o := &l.logs[i]
		o.blocks = append(o.blocks, piece)
		o.records++
		o.bytes += int64(framed)
		return piece.Data[binary.PutUvarint(piece.Data, uint64(size)):], nil
	}
	if framed > len(t.data)-int(t.used) {
		l.seal(i)
		piece, err := l.get(l.pool.PieceBytes())
		if err != nil {
			return nil, err
		}
		l.logs[i].tail = piece
		t.data = piece.Data
	}
	data := t.data[t.used:][:framed]
	t.used += int32(framed)
	t.records++
	return data[binary.PutUvarint(data, uint64(size)):], nil
}

// seal makes the tail of log i a block.
func (l *logs) seal(i int) {
	t, o := &l.tails[i], &l.logs[i]
	if o.tail.Data == nil {
		return
	}
	o.tail.Data = o.tail.Data[:t.used]
	o.blocks = append(o.blocks, o.tail)
	o.bytes += int64(t.used)
	o.records += int64(t.records)
	o.tail, *t = memory.Piece{}, tail{}
}

// sealAll seals the tails of all logs.
func (l *logs) sealAll() {
	for i := range l.logs {
		l.seal(i)
	}
}

// get returns a block of size bytes. If there is no memory for it, get spills what l has
// in memory, the tails included.
func (l *logs) get(size int) (memory.Piece, error) {
	if l.memory+int64(size) > l.most && l.memory > 0 {
		if err := l.spill(); err != nil {
			return memory.Piece{}, err
		}
	}
	piece, err := l.tryGet(size)
	if err != nil && l.memory > 0 && !l.store.config.NoSpill {
		if err := l.spill(); err != nil {
			return memory.Piece{}, err
		}
		l.pool.Trim()
		piece, err = l.tryGet(size)
	}
	for err != nil && l.reclaim != nil && l.reclaim() {
		piece, err = l.tryGet(size)
	}
	if err != nil {
		return memory.Piece{}, fmt.Errorf("partition: %d bytes for records: %w", size, err)
	}
	l.memory += int64(size)
	return piece, nil
}

func (l *logs) tryGet(size int) (memory.Piece, error) {
	if size > l.pool.PieceBytes() {
		return l.pool.GetLarge(size)
	}
	return l.pool.Get()
}
