package partition

import (
	"context"
	"fmt"
	"sync"
	"time"

	"onebrc/engine/internal/memory"
)

// merge is the state of Store.Merge.
type merge struct {
	store *Store
	crew  *crew

	mu   sync.Mutex
	next int // the first partition that was not taken
}

// Merge joins the records that all Writers have appended, with one goroutine for each
// worker. The Writers must not be used afterwards. After Merge, s holds the records in
// order, for Each. After an error, s can only be freed.
func (s *Store) Merge(ctx context.Context) error {
	if !s.Used() {
		return ctx.Err()
	}
	defer addSince(&s.stats.MergeSeconds, time.Now())
	m := &merge{store: s, crew: newCrew(ctx)}
	joiners := make([]*joiner, s.config.Workers)
	for i := range joiners {
		joiners[i] = newJoiner(m, i)
	}
	defer func() {
		for _, j := range joiners {
			j.free()
		}
	}()
	if err := m.prepare(); err != nil {
		return err
	}
	if err := joiners[0].first(); err != nil {
		return err
	}
	s.stats.Ranges = len(s.borders.keys) + 1
	m.crew.start(m.workers(joiners[0]), func(i int) error { return joiners[i].all() })
	if err := m.crew.finish(); err != nil {
		return err
	}
	for _, j := range joiners {
		if j.ranges == nil {
			continue
		}
		j.ranges.sealAll()
		s.ranges = append(s.ranges, j.ranges)
		for i := range j.ranges.logs {
			s.length += j.ranges.logs[i].records
		}
	}
	return nil
}

// mergerFactor is about how many times the size of a partition's records a Merger needs
// while it grows.
const mergerFactor = 6

// prepare seals the partitions. If too little memory is left to merge the largest one,
// it spills all.
func (m *merge) prepare() error {
	s, largest := m.store, int64(0)
	for _, w := range s.writers {
		if w.logs != nil {
			w.logs.sealAll()
		}
	}
	for i := range s.config.Partitions {
		largest = max(largest, m.bytes(i))
	}
	free := s.config.Budget.Limit() - s.config.Budget.Used()
	if !s.limited() || s.config.NoSpill || free >= int64(s.config.Workers)*mergerFactor*largest {
		return nil
	}
	m.crew.start(s.config.Workers, func(i int) error {
		if l := s.writers[i].logs; l != nil {
			if err := l.spill(); err != nil {
				return err
			}
		}
		s.pools[i].Trim()
		return m.crew.check()
	})
	return m.crew.finish()
}

// workers returns how many joiners may work at once. first has merged a partition.
func (m *merge) workers(first *joiner) int {
	s := m.store
	if !s.limited() {
		return s.config.Workers
	}
	used := first.budget.Used()
	free := s.config.Budget.Limit() - s.config.Budget.Used() + used
	each := 2*used + int64(len(first.ranges.logs)*s.pools[0].PieceBytes()) // other partitions are larger
	return int(max(min(free/each, int64(s.config.Workers)), 1))
}

// take returns a partition that was not taken.
func (m *merge) take() (int, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.next == m.store.config.Partitions {
		return 0, false
	}
	m.next++
	return m.next - 1, true
}

// bytes returns the size of the records of partition i.
func (m *merge) bytes(i int) int64 {
	n := int64(0)
	for _, w := range m.store.writers {
		if w.logs != nil {
			n += w.logs.logs[i].bytes
		}
	}
	return n
}

// joiner merges partitions on one goroutine.
type joiner struct {
	merge  *merge
	worker int
	budget *memory.Budget
	merger Merger // nil until it is needed
	ranges *logs
	buffer buffer // for records of files
	bytes  int64  // of records in the partition being merged
	err    error  // of reclaim
}

func newJoiner(m *merge, worker int) *joiner {
	j := &joiner{merge: m, worker: worker}
	j.budget = m.store.config.Budget.Reclaiming(j.reclaim)
	j.buffer = buffer{budget: j.budget, least: memory.PowerOfTwo(m.store.part(64), 4<<10, 1<<20)}
	return j
}

func (j *joiner) free() {
	if j.merger != nil {
		j.merger.Free()
	}
	j.buffer.free()
}

// all merges partitions until there are no more.
func (j *joiner) all() error {
	s := j.merge.store
	j.begin(len(s.borders.keys) + 1)
	for {
		i, ok := j.merge.take()
		if !ok {
			return nil
		}
		if err := j.join(i); err != nil {
			return err
		}
		err := j.merger.Drain(func(record []byte) error { return j.put(s.rangeOf(record), record) })
		if err != nil {
			return j.explain(i, err)
		}
		if err := j.merge.crew.check(); err != nil {
			return err
		}
	}
}

// begin makes empty ranges, if there are none.
func (j *joiner) begin(ranges int) {
	if j.ranges == nil {
		j.ranges = newLogs(j.merge.store, j.worker, ranges, j.merge.store.part(2))
		j.ranges.reclaim = j.reclaimPartitions
	}
}

// put appends record to a range.
func (j *joiner) put(i int, record []byte) error {
	to, err := j.ranges.append(i, len(record))
	copy(to, record)
	return err
}

// rangeOf returns the range of record.
func (s *Store) rangeOf(record []byte) int { return s.borders.find(s.config.Format.Key(record)) }

// first merges the first partition that has records and sets the borders of ranges.
func (j *joiner) first() error {
	s, m := j.merge.store, j.merge
	i, _ := m.take()
	for m.bytes(i) == 0 {
		i, _ = m.take()
	}
	bytes, total := m.bytes(i), int64(0)
	for p := i; p < s.config.Partitions; p++ {
		total += m.bytes(p)
	}
	if err := j.join(i); err != nil {
		return err
	}
	sorted := newLogs(s, j.worker, 1, s.part(4))
	j.ranges = sorted
	if err := j.merger.Drain(func(record []byte) error { return j.put(0, record) }); err != nil {
		return j.explain(i, err)
	}
	sorted.sealAll()
	j.ranges = nil
	batch := &Batch{format: s.config.Format}
	defer batch.free()
	err := batch.allocate(j.budget, []*logs{sorted}, 0, false)
	if err == nil {
		err = batch.load([]*logs{sorted}, 0)
	}
	if err != nil {
		return j.explain(i, err)
	}
	batch.sort()
	joined := float64(sorted.logs[0].bytes) / float64(bytes)
	s.borders = newBorders(s.config.Format, batch, s.countRanges(float64(total)*joined, batch.Len()))
	j.begin(len(s.borders.keys) + 1)
	for k := range batch.Len() {
		record := batch.Record(k)
		if err := j.put(s.rangeOf(record), record); err != nil {
			return j.explain(i, err)
		}
	}
	sorted.drop(0)
	return nil
}

const (
	// rangeBytes is the size of a range that its worker sorts in the L2 cache.
	rangeBytes    = 1 << 20
	minRangeBytes = 64 << 10
	// keysPerBorder makes the borders those of a good sample: ranges differ in
	// size by about a quarter.
	keysPerBorder = 16
)

// countRanges returns the number of ranges for records of bytes bytes, of whose keys a
// sample is known.
func (s *Store) countRanges(bytes float64, sample int) int {
	want := min(max(bytes/float64(8*s.config.Workers), minRangeBytes), rangeBytes, float64(max(s.part(32), 1)))
	most := sample / keysPerBorder
	if s.limited() {
		most = int(min(int64(most), s.share/4/int64(s.pools[0].PieceBytes())))
	}
	return max(min(int(bytes/want), most), 1)
}

// join adds all records of partition i to the empty merger of j, and frees them.
func (j *joiner) join(i int) error {
	j.bytes = j.merge.bytes(i)
	if j.merger == nil {
		merger, err := j.merge.store.config.Format.NewMerger(j.budget)
		if err != nil {
			return j.explain(i, err)
		}
		j.merger = merger
	}
	for _, w := range j.merge.store.writers {
		if w.logs == nil {
			continue
		}
		err := w.logs.eachPart(i, &j.buffer, func(part Records) error {
			if err := j.merge.crew.check(); err != nil {
				return err
			}
			return j.merger.Add(part)
		})
		if err != nil {
			return j.explain(i, err)
		}
	}
	return nil
}

// explain says what failed with an error.
func (j *joiner) explain(i int, err error) error {
	s := j.merge.store
	if j.err != nil {
		return j.err
	}
	return fmt.Errorf("partition: joining partition %d of %d, %d bytes: %w", i, s.config.Partitions, j.bytes, err)
}

// reclaim frees memory for the merger of j. It reports whether that was possible.
func (j *joiner) reclaim() bool {
	if j.merge.store.config.NoSpill {
		return false
	}
	if j.ranges == nil || j.ranges.memory == 0 {
		return j.reclaimPartitions()
	}
	j.err = j.ranges.spill()
	j.ranges.pool.Trim()
	return j.err == nil
}

// reclaimPartitions spills the partitions that were not taken yet.
func (j *joiner) reclaimPartitions() bool {
	m, s := j.merge, j.merge.store
	if s.config.NoSpill {
		return false
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	file, before := s.files[j.worker], s.files[j.worker].end
	for _, w := range s.writers {
		for i := m.next; w.logs != nil && i < s.config.Partitions; i++ {
			if j.err = w.logs.spillLog(i, file); j.err != nil {
				return false
			}
		}
	}
	trimmed := false
	for _, p := range s.pools {
		trimmed = p.Trim() || trimmed
	}
	if j.err = file.flush(); j.err != nil {
		return false
	}
	return trimmed || file.end > before
}
