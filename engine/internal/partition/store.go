package partition

import (
	"cmp"
	"sync/atomic"
	"time"

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
	TableBytes int64          // of a worker's share of Budget, what its table takes at least
	Budget     *memory.Budget // of all memory of the Store, its Writers and its Mergers
	TempDir    string         // for temporary files; "" means os.TempDir()
	NoSpill    bool           // fail with memory.ErrMemory instead of writing files
	SpillAll   bool           // write to files whenever a block is full, for tests
}

// Store holds the records of all workers. A new Store has no memory and no files.
type Store struct {
	config Config
	secret probing.Secret
	err    error // of New
	share  int64 // of a worker in the memory, or memory.NoLimit
	spare  int64 // what tables leave of share

	used    atomic.Bool
	pools   []*memory.Pool // one for each worker if memory is limited, else the same for all
	files   []*file        // one for each worker
	writers []*Writer
	borders borders
	ranges  []*logs // of each worker, after Merge
	length  int64
	freed   bool

	stats Stats
}

// unlimitedPieces is about how many bytes the blocks at the ends of a log have
// together if memory is not limited: with many workers, they have smaller blocks.
const unlimitedPieces = 64 << 10

const (
	minPieceBytes  = 1 << 10
	maxPieceBytes  = 16 << 10
	maxRegionBytes = 8 << 20
)

// MinBytes returns the part of a limited Budget that the Store has to itself for each
// worker, given Config.Partitions: with it, a worker can append and spill records of up to
// as many bytes as it has partitions, times minPieceBytes.
func MinBytes(partitions int) int64 {
	partitions = cmp.Or(partitions, DefaultPartitions)
	return int64(partitions*(logBytes+minPieceBytes) + minSample*sampleBytes + fileBufferBytes)
}

// New returns an empty Store.
func New(c Config) *Store {
	if c.Partitions == 0 {
		c.Partitions = DefaultPartitions
	}
	if c.Partitions < 1 || c.Partitions > MaxPartitions || c.Partitions&(c.Partitions-1) != 0 || c.Workers < 1 {
		panic("partition: bad Config")
	}
	s := &Store{config: c, share: memory.NoLimit, spare: memory.NoLimit}
	s.secret, s.err = probing.NewSecret()
	workers := int64(c.Workers)
	piece := memory.PowerOfTwo(unlimitedPieces/workers, 4*minPieceBytes, maxPieceBytes)
	region := maxRegionBytes
	if limit := c.Budget.Limit(); limit != memory.NoLimit {
		s.share = max(limit-c.Budget.Used(), 0) / workers
		s.spare = max(s.share-c.TableBytes, 0)
		piece = memory.PowerOfTwo(s.spare/int64(16*c.Partitions), minPieceBytes, piece)
		region = memory.PowerOfTwo(min(s.share/32, s.spare/4), piece, maxRegionBytes)
	}
	for i := range c.Workers {
		budget := c.Budget
		if s.limited() && s.err == nil {
			if budget, s.err = c.Budget.Reserve(MinBytes(c.Partitions)); s.err != nil {
				budget = c.Budget
			}
		}
		if i == 0 || s.limited() {
			s.pools = append(s.pools, memory.NewPool(budget, piece, region))
		} else {
			s.pools = append(s.pools, s.pools[0])
		}
		s.files = append(s.files, &file{store: s})
		s.writers = append(s.writers, newWriter(s, i, budget))
	}
	return s
}

// limited reports whether memory is limited.
func (s *Store) limited() bool { return s.share != memory.NoLimit }

// part returns a part of the share of a worker, and NoLimit if there is no limit.
func (s *Store) part(of int64) int64 {
	if !s.limited() {
		return memory.NoLimit
	}
	return s.share / of
}

// Writer returns the Writer of a worker, from 0. It belongs to one goroutine.
func (s *Store) Writer(worker int) *Writer { return s.writers[worker] }

// Used reports whether a record was appended by any Writer. It may be called by
// several goroutines at once.
func (s *Store) Used() bool { return s.used.Load() }

// Len returns the number of keys after Merge.
func (s *Store) Len() int64 { return s.length }

// Free returns all memory and closes the temporary files, which the operating system
// has already forgotten where it can. Calling Free again is a no-op.
func (s *Store) Free() {
	if s.freed {
		return
	}
	s.stats, s.freed = s.Stats(), true
	for i := range s.config.Workers {
		s.pools[i].Free()
		s.files[i].free()
		s.writers[i].free()
	}
	s.writers, s.ranges = nil, nil
}

// Stats returns what s has done so far. It may be called after Free, and not during
// the calls of other methods.
func (s *Store) Stats() Stats {
	if s.freed {
		return s.stats
	}
	stats := s.stats
	for i, w := range s.writers {
		stats.Appended += w.appended
		stats.SpilledBytes += s.files[i].end
	}
	if s.Used() {
		stats.Partitions = s.config.Partitions
	}
	return stats
}

// Stats says what a Store did.
type Stats struct {
	Partitions   int   // 0 if no record was appended
	Ranges       int   // of keys
	Appended     int64 // records that Writers appended
	SpilledBytes int64 // written to temporary files
	MergeSeconds float64
	SortSeconds  float64 // wall time of Each without deliver
}

// addSince adds the seconds since start.
func addSince(seconds *float64, start time.Time) { *seconds += time.Since(start).Seconds() }
