package partition_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"sync"
	"testing"
	"time"

	"onebrc/engine/internal/memory"
	"onebrc/engine/internal/partition"
	"onebrc/engine/internal/probing"
)

// dense is the Format counts with a Merger as a real one is: an index of tags and
// offsets beside records.
type dense struct{ counts }

func (dense) NewMerger(budget *memory.Budget) (partition.Merger, error) {
	return &denseMerger{budget: budget, index: make([]uint64, 1<<17)}, nil
}

type denseMerger struct {
	budget  *memory.Budget
	index   []uint64 // for each record: 32 bits of hash, 32 of its offset + 1
	records []byte   // 8 bytes of length, then the record
	count   int
	secret  probing.Secret
}

func (m *denseMerger) Add(records partition.Records) error {
	for len(records) > 0 {
		var record []byte
		record, records = records.Next()
		if 2*m.count > len(m.index) {
			old := m.index
			m.index = make([]uint64, 2*len(old))
			for _, e := range old {
				if e != 0 {
					m.index[m.slot(e)] = e
				}
			}
		}
		hash := probing.Hash64(record[8:], &m.secret)
		at := int(hash>>32) & (len(m.index) - 1)
		for ; m.index[at] != 0; at = (at + 1) & (len(m.index) - 1) {
			if m.index[at]>>32 == hash>>32 {
				old := m.records[uint32(m.index[at])-1:]
				old = old[8:][:binary.LittleEndian.Uint64(old)]
				if bytes.Equal(old[8:], record[8:]) {
					binary.LittleEndian.PutUint64(old, binary.LittleEndian.Uint64(old)+binary.LittleEndian.Uint64(record))
					record = nil
					break
				}
			}
		}
		if record != nil {
			m.index[at] = hash>>32<<32 | uint64(len(m.records)+1)
			m.records = binary.LittleEndian.AppendUint64(m.records, uint64(len(record)))
			m.records = append(m.records, record...)
			m.count++
		}
	}
	return nil
}

func (m *denseMerger) slot(e uint64) int {
	at := int(e>>32) & (len(m.index) - 1)
	for m.index[at] != 0 {
		at = (at + 1) & (len(m.index) - 1)
	}
	return at
}

func (m *denseMerger) Len() int { return m.count }

func (m *denseMerger) Drain(put func([]byte) error) error {
	for rest := m.records; len(rest) > 0; {
		n := int(binary.LittleEndian.Uint64(rest))
		if err := put(rest[8:][:n]); err != nil {
			return err
		}
		rest = rest[8+n:]
	}
	m.records, m.count = m.records[:0], 0
	clear(m.index)
	return nil
}

func (m *denseMerger) Free() {}

// fillKey writes the i-th of 16-byte keys.
func fillKey(kind string, key []byte, i uint64) {
	const digits = "0123456789abcdef"
	x := i * 0x9e3779b97f4a7c15
	if kind == "prefix" {
		x = i
	}
	for k := range 16 {
		if key[15-k] = digits[x>>(4*k)&15]; kind == "letters" {
			key[15-k] = 'a' + byte(x>>(4*k)&15)*25/15
		}
	}
}

// BenchmarkStore appends, merges and sorts unique keys of 16 bytes.
func BenchmarkStore(b *testing.B) {
	const mebibytes = 1 << 20
	for _, kind := range []string{"random", "prefix"} {
		for _, c := range []struct {
			n     int
			limit int64 // mebibytes; 0 means none
		}{{1e6, 0}, {1e7, 0}, {1e7, 256}, {1e7, 64}, {5e7, 0}, {5e7, 1024}, {5e7, 128}} {
			for _, workers := range []int{1, 2} {
				b.Run(fmt.Sprintf("keys=%s/n=%d/limit=%d/workers=%d", kind, c.n, c.limit, workers), func(b *testing.B) {
					limit := int64(memory.NoLimit)
					if c.limit > 0 {
						limit = c.limit * mebibytes
					}
					var phases [3]time.Duration
					spilled := int64(0)
					for range b.N {
						spilled = benchStore(b, kind, c.n, limit, workers, &phases)
					}
					for i, unit := range []string{"append-ns/key", "merge-ns/key", "each-ns/key"} {
						b.ReportMetric(float64(phases[i].Nanoseconds())/float64(c.n)/float64(b.N), unit)
					}
					b.ReportMetric(float64(spilled)/float64(c.n), "spilled-B/key")
				})
			}
		}
	}
}

func benchStore(b *testing.B, kind string, n int, limit int64, workers int, phases *[3]time.Duration) (spilled int64) {
	s := partition.New(partition.Config{Format: dense{}, Workers: workers, Budget: memory.NewBudget(limit), TempDir: b.TempDir()})
	defer s.Free()
	start := time.Now()
	lap := func(i int) {
		phases[i] += time.Since(start)
		start = time.Now()
	}
	var wait sync.WaitGroup
	for i := range workers {
		wait.Go(func() {
			w := s.Writer(i)
			var key [16]byte
			for k := i; k < n; k += workers {
				fillKey(kind, key[:], uint64(k))
				record, err := w.Append(probing.Hash64(key[:], w.Secret()), 24)
				if err != nil {
					panic(err)
				}
				binary.LittleEndian.PutUint64(record, 1)
				copy(record[8:], key[:])
			}
		})
	}
	wait.Wait()
	lap(0)
	if err := s.Merge(context.Background()); err != nil {
		b.Fatal(err)
	}
	lap(1)
	records := 0
	err := s.Each(context.Background(), nil, func(batch *partition.Batch) error {
		records += batch.Len()
		return nil
	})
	if err != nil || records != n || s.Len() != int64(n) {
		b.Fatal(err, records, s.Len())
	}
	lap(2)
	return s.Stats().SpilledBytes
}

// BenchmarkAppend appends records of 20 bytes, in batches of 1e6 for which memory is
// new: ns/op are of one record.
func BenchmarkAppend(b *testing.B) {
	hashes := make([]uint64, 1<<12)
	for i := range hashes {
		hashes[i] = uint64(i+1) * 0x9e3779b97f4a7c15
	}
	var key [20]byte
	var s *partition.Store
	var w *partition.Writer
	for i := range b.N {
		if i%1e6 == 0 {
			if s != nil {
				s.Free()
			}
			s = partition.New(partition.Config{Format: counts{}, Workers: 1})
			w = s.Writer(0)
		}
		record, err := w.Append(hashes[i%len(hashes)]*uint64(i|1), len(key))
		if err != nil {
			b.Fatal(err)
		}
		copy(record, key[:])
	}
	s.Free()
}
