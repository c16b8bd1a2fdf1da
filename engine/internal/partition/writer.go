package partition

import (
	"math/bits"

	"onebrc/engine/internal/memory"
	"onebrc/engine/internal/probing"
)

// Writer takes the records of one worker.
type Writer struct {
	logs     *logs // nil until the first record
	shift    int   // of a hash, to its partition
	appended int64
	sample   sample

	store  *Store
	worker int
	budget *memory.Budget // of the worker, with MinBytes reserved if memory is limited
	taken  int64          // bytes of budget, for what is on the Go heap
}

func newWriter(s *Store, worker int, budget *memory.Budget) *Writer {
	return &Writer{store: s, worker: worker, budget: budget, shift: 64 - bits.TrailingZeros(uint(s.config.Partitions))}
}

// Append adds a record of size bytes to the partition of hash, the probing.Hash64 of
// its key with the Secret of w. It returns the memory of the record, which the caller
// fills before it calls another method.
func (w *Writer) Append(hash uint64, size int) ([]byte, error) {
	if hash&w.sample.mask == 0 {
		if err := w.add(hash); err != nil {
			return nil, err
		}
	}
	w.appended++
	return w.logs.append(int(hash>>w.shift), size)
}

// add adds hash to the sample. It is called for the first record, as the mask of a new
// sample is 0.
func (w *Writer) add(hash uint64) error {
	if w.logs == nil {
		if err := w.start(); err != nil {
			return err
		}
	}
	w.sample.add(hash)
	return nil
}

// logBytes is about what a log needs beside its blocks: a partition is spilled to the file
// of its worker, and perhaps to others when partitions are joined.
const logBytes = 192

// start takes what w needs beside blocks.
func (w *Writer) start() error {
	s := w.store
	if s.err != nil {
		return s.err
	}
	w.sample.most = int(max(min(s.spare/256, maxSample), minSample))
	bytes := int64(s.config.Partitions*logBytes + w.sample.most*sampleBytes)
	if s.limited() {
		bytes += fileBufferBytes
	}
	if err := w.budget.Take(bytes); err != nil {
		return err
	}
	w.taken = bytes
	// Other workers need their shares, even if they begin later.
	most := max(min(s.part(2), (s.spare-bytes)/4*3), int64(s.config.Partitions*minPieceBytes))
	w.logs = newLogs(s, w.worker, s.config.Partitions, most)
	s.used.Store(true)
	return nil
}

func (w *Writer) free() {
	w.budget.Give(w.taken)
	if w.store.limited() {
		w.budget.Release()
	}
	w.taken, w.logs, w.sample = 0, nil, sample{}
}

// Secret returns the secret of the hashes. It is the same for all Writers of a Store.
func (w *Writer) Secret() *probing.Secret { return &w.store.secret }

// Format returns the Format of the records.
func (w *Writer) Format() Format { return w.store.config.Format }

// Appended returns the number of records that w has taken.
func (w *Writer) Appended() int64 { return w.appended }

// Distinct returns an estimate of the number of different keys among the records that
// w has taken. If it is far below Appended, keys come again, and a larger table would
// join more of their rows.
func (w *Writer) Distinct() int64 { return w.sample.distinct() }

// TableLimit returns how many bytes the table of the worker may have, so that the
// memory limit leaves room for records.
func (w *Writer) TableLimit() int64 { return w.store.part(4) }

// sample is a set of those hashes whose bits in mask are 0.
type sample struct {
	mask  uint64
	most  int // entries
	count int
	slots []uint64 // a power of two, at most half of them used; 0 means free
}

const (
	// maxSample is the largest number of hashes in a sample: enough for an error of about
	// 1 % in the estimate, and few enough for the L2 cache.
	maxSample = 8 << 10
	// minSample is the smallest one, which has an error of about 4 %.
	minSample = 512
	// sampleBytes is what a hash in a sample needs: two slots, and two while it grows.
	sampleBytes = 4 * 8
)

// add adds hash, whose bits in mask are 0.
func (s *sample) add(hash uint64) {
	for 2*(s.count+1) > len(s.slots) {
		s.resize()
		if hash&s.mask != 0 {
			return
		}
	}
	at := s.find(hash)
	if s.slots[at] == 0 && hash != 0 {
		s.slots[at] = hash
		s.count++
	}
}

// find returns the index of the slot of hash. Bits above the lowest ones are random.
func (s *sample) find(hash uint64) int {
	mask := len(s.slots) - 1
	at := int(hash>>32) & mask
	for s.slots[at] != 0 && s.slots[at] != hash {
		at = (at + 1) & mask
	}
	return at
}

// resize makes room for another hash: it doubles the slots or, if there are as many as
// there may be, leaves out half of the hashes.
func (s *sample) resize() {
	old := s.slots
	size := max(64, 2*len(old))
	if size > 2*s.most && len(old) > 0 {
		s.mask, size = 2*s.mask+1, len(old)
	}
	s.slots, s.count = make([]uint64, size), 0
	for _, hash := range old {
		if hash != 0 && hash&s.mask == 0 {
			s.slots[s.find(hash)] = hash
			s.count++
		}
	}
}

func (s *sample) distinct() int64 { return int64(s.count) * int64(s.mask+1) }
