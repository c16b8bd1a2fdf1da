package run

import (
	"onebrc/engine/internal/memory"
	"onebrc/engine/internal/partition"
	"onebrc/engine/internal/source"
	"onebrc/parse"
	"onebrc/parse/delimited"
)

// Plan is what a run computes from rows.
type Plan interface {
	// Syntax is how rows are divided, or nil if every LF ends a row.
	Syntax() *delimited.Syntax
	// Format is the format of the records that tables evict, or nil if tables are
	// never too large for memory, and grow.
	Format() partition.Format
	// NewTable returns an empty table that takes its memory from budget, without
	// touching that memory. Instead of growing too large, the table evicts its
	// groups to overflow, unless it is nil, as it is if Format is.
	NewTable(budget *memory.Budget, overflow *partition.Writer) (Table, error)
	// NewReader returns a reader that reads rows into t, a table of the plan, and
	// gives bad rows to sink.
	NewReader(t Table, sink Sink) Reader
	// TableBytes is the size of an empty table, ReaderBytes that of a reader.
	TableBytes() int64
	ReaderBytes() int64
}

// Table holds what is known about the rows that were read into it.
type Table interface {
	// Merge adds what other holds, a table of the same plan.
	Merge(other Table) error
	// Evict appends a record of every group to the overflow of the table, which is
	// empty afterwards.
	Evict() error
	// Large reports whether the table has so many groups that it takes less time to Evict
	// them, which workers do at once, than to Merge them.
	Large() bool
	// Free returns the table's memory. The table must not be used afterwards;
	// calling Free again is a no-op.
	Free()
}

// Reader reads the rows of chunks into the table of one worker.
type Reader interface {
	// Begin begins a chunk.
	Begin(c *source.Chunk)
	// Trim returns how many bytes of window to read, given that it ends before its
	// chunk does: the rest of the chunk is loaded with what was not read.
	Trim(window []byte) int
	// Tile reads rows at w.Data()[at:], which begins at offset in the input, and
	// returns how many bytes it has read. If there is no complete row, it reads
	// nothing, unless last is set. last means that the window ends where the
	// chunk does, final that the chunk, too, ends where the input does.
	Tile(w *source.Window, at int, offset int64, last, final bool) (n int, err error)
	// Counts returns how many rows and lines were read since Begin. The row of a
	// chunk that begins inside it is not counted, because the chunk in which the
	// row begins has counted it; its lines are.
	Counts() (rows, lines int64)
	// Dropped returns how many of the rows were left out although they are not bad.
	Dropped() int64
}

// Sink takes bad rows from a Reader, in their order.
type Sink interface {
	// BadRow takes a row, which is given without its LF and begins at offset in
	// the input. lines is how many lines precede it since Begin. Any more than
	// source.MaxBadRowBytes of the row are dropped. If BadRow returns an error,
	// the reader returns it.
	BadRow(row []byte, why parse.Reason, lines, offset int64) error
}
