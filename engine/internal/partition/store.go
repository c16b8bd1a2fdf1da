package partition

import (
	"context"
	"iter"

	"onebrc/engine/internal/memory"
	"onebrc/engine/internal/probing"
)

const (
	// DefaultPartitions is the number of partitions if Config does not say it.
	DefaultPartitions = 256
	// MaxPartitions is the largest number of partitions.
	MaxPartitions = 4096
)

// Config says how a Store works.
type Config struct {
	Format     Format
	Workers    int
	Partitions int            // a power of two; 0 means DefaultPartitions
	Budget     *memory.Budget // of all memory of the Store, its Writers and its Mergers
	TempDir    string         // for temporary files; "" means os.TempDir()
	NoSpill    bool           // fail with memory.ErrMemory instead of writing files
}

// Store holds the records of all workers. A new Store has no memory and no files.
type Store struct{}

// New returns an empty Store.
func New(c Config) *Store { panic("not yet") }

// Writer returns the Writer of a worker, from 0. It belongs to one goroutine.
func (s *Store) Writer(worker int) *Writer { panic("not yet") }

// Used reports whether a record was appended by any Writer. It may be called by
// several goroutines at once.
func (s *Store) Used() bool { panic("not yet") }

// Merge joins the records that all Writers have appended, with one goroutine for each
// worker. The Writers must not be used afterwards. After Merge, s holds the records in
// order, for Each. After an error, s can only be freed.
func (s *Store) Merge(ctx context.Context) error { panic("not yet") }

// Len returns the number of keys after Merge.
func (s *Store) Len() int64 { panic("not yet") }

// Each goes once through all records, in the order of their keys. It calls convert for
// each batch, for several batches at once on several goroutines, and then deliver, in
// order, on the goroutine of the caller. A nil convert does nothing. Each returns the
// first error of convert or deliver, or of ctx. It frees what it has delivered.
func (s *Store) Each(ctx context.Context, convert, deliver func(*Batch) error) error {
	panic("not yet")
}

// Free returns all memory and closes the temporary files, which the operating system
// has already forgotten where it can. Calling Free again is a no-op.
func (s *Store) Free() { panic("not yet") }

// Stats returns what s has done so far. It may be called after Free.
func (s *Store) Stats() Stats { panic("not yet") }

// Stats says what a Store did.
type Stats struct {
	Partitions   int   // 0 if no record was appended
	Ranges       int   // of keys
	Appended     int64 // records that Writers appended
	SpilledBytes int64 // written to temporary files
	MergeSeconds float64
	SortSeconds  float64 // wall time of Each without deliver
}

// Batch is a part of the records in the order of their keys.
type Batch struct {
	// Out is for convert: it is empty, and what convert leaves in it reaches deliver.
	Out []byte
}

// Len returns the number of records.
func (b *Batch) Len() int { panic("not yet") }

// All returns the records in order. They are valid until deliver returns.
func (b *Batch) All() iter.Seq[[]byte] { panic("not yet") }

// Writer takes the records of one worker.
type Writer struct{}

// Append adds a record of size bytes to the partition of hash, the probing.Hash64 of
// its key with the Secret of w. It returns the memory of the record, which the caller
// fills before it calls another method.
func (w *Writer) Append(hash uint64, size int) ([]byte, error) { panic("not yet") }

// Secret returns the secret of the hashes. It is the same for all Writers of a Store.
func (w *Writer) Secret() *probing.Secret { panic("not yet") }

// Appended returns the number of records that w has taken.
func (w *Writer) Appended() int64 { panic("not yet") }

// Distinct returns an estimate of the number of different keys among the records that
// w has taken. If it is far below Appended, keys come again, and a larger table would
// join more of their rows.
func (w *Writer) Distinct() int64 { panic("not yet") }

// TableLimit returns how many bytes the table of the worker may have, so that the
// memory limit leaves room for records.
func (w *Writer) TableLimit() int64 { panic("not yet") }

// Next returns the first record and the rest.
func (r Records) Next() (record []byte, rest Records) { panic("not yet") }
