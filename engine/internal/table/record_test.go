package table

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"onebrc/engine/internal/kernel"
	"onebrc/engine/internal/memory"
	"onebrc/engine/internal/partition"
	"onebrc/parse"
)

// recordOf returns the record of s.
func recordOf(s Stats) []byte {
	b := biased{
		min: uint32(s.Min + kernel.ValueBias), max: uint32(s.Max + kernel.ValueBias),
		sum: uint64(s.Sum + s.Count*kernel.ValueBias), count: uint64(s.Count),
	}
	var header [maxHeader]byte
	return append(header[:b.header(&header):maxHeader], s.Name...)
}

// TestRecords encodes and decodes statistics of all values and of all magnitudes.
func TestRecords(t *testing.T) {
	check := func(s Stats, size int) {
		record := recordOf(s)
		require.Equal(t, s, Decode(record))
		require.Equal(t, s.Name, nameIn(record))
		require.Len(t, record, size+len(s.Name))
		require.LessOrEqual(t, len(record), MaxRecordBytes)
	}
	long := bytes.Repeat([]byte("n"), parse.MaxNameBytes)
	for v := parse.MinTenths; v <= parse.MaxTenths; v++ {
		for _, name := range [][]byte{[]byte("a"), []byte("\x80\xff"), long} {
			check(Stats{Name: name, Min: v, Max: v, Sum: int64(v), Count: 1}, 2)
			check(Stats{Name: name, Min: parse.MinTenths, Max: v, Sum: int64(v + parse.MinTenths), Count: 2}, 5+1+min(1, (v+2*999-999)/128))
		}
	}
	for shift := range 53 {
		for _, v := range []int{parse.MinTenths, -1, 0, 1, parse.MaxTenths} {
			count := int64(1)<<shift + 1
			record := recordOf(Stats{Name: long, Min: v, Max: v, Sum: count * int64(v), Count: count})
			require.Equal(t, Stats{Name: long, Min: v, Max: v, Sum: count * int64(v), Count: count}, Decode(record))
			require.LessOrEqual(t, len(record), MaxRecordBytes)
		}
	}
}

// TestRecordBytes pins the format, which does not depend on the machine.
func TestRecordBytes(t *testing.T) {
	require.Equal(t, []byte("\xe8\x03name"), recordOf(Stats{Name: []byte("name"), Min: 1, Max: 1, Sum: 1, Count: 1}))
	require.Equal(t, []byte("\x00\x80\xce\x07\x02\xce\x0fname"), recordOf(Stats{Name: []byte("name"), Min: -999, Max: 999, Sum: 0, Count: 2}))
}

// orderedNames returns names in the order of UTF-16 code units.
func orderedNames() [][]byte {
	distinct := map[string]bool{}
	for _, start := range []string{"", "a", "name of", "name of ", "name of a", strings.Repeat("long ", 10)} {
		for _, end := range []string{"", "\x00", "\x00\x00", "A", "a", "\x7f", "\x80", "é", "\uD7FF", "\U00010000", "\U0010FFFF", "\uE000", "\uFFFF", "\xff"} {
			if start+end != "" {
				distinct[start+end] = true
			}
		}
	}
	var names [][]byte
	for name := range distinct {
		names = append(names, []byte(name))
	}
	slices.SortFunc(names, func(a, b []byte) int {
		for i := range min(len(a), len(b)) {
			if a[i] != b[i] {
				return int(ranks[a[i]]) - int(ranks[b[i]])
			}
		}
		return len(a) - len(b)
	})
	return names
}

// TestOrder compares each two of some names, and of their records, with one row and
// with several.
func TestOrder(t *testing.T) {
	names := orderedNames()
	for i, a := range names {
		for k, b := range names {
			want := 0
			switch {
			case i < k:
				want = -1
			case i > k:
				want = 1
			}
			about := fmt.Sprintf("%q, %q", a, b)
			require.Equal(t, want, Compare(a, b), about)
			if pa, pb := Prefix(a), Prefix(b); pa != pb {
				require.Equal(t, want < 0, pa < pb, about)
			}
			ra := recordOf(Stats{Name: a, Count: 1 + int64(i%3)})
			rb := recordOf(Stats{Name: b, Count: 1 + int64(k%2)})
			require.Equal(t, [2][]byte{a, b}, [2][]byte{Format{}.Key(ra), Format{}.Key(rb)}, about)
			// What follows a common start has the same order.
			n := 0
			for n < min(len(a), len(b)) && a[n] == b[n] {
				n++
				require.Equal(t, want, Compare(a[n:], b[n:]), about)
				if pa, pb := (Format{}).Prefix(a[n:]), (Format{}).Prefix(b[n:]); pa != pb {
					require.Equal(t, want < 0, pa < pb, about)
				}
			}
		}
	}
}

// framed appends a record after its length.
func framed(records partition.Records, record []byte) partition.Records {
	return append(binary.AppendUvarint(records, uint64(len(record))), record...)
}

// drained returns the statistics of all records of m, without names in them.
func drained(t testing.TB, m partition.Merger) map[string]Stats {
	t.Helper()
	all := map[string]Stats{}
	keys := m.Len()
	require.NoError(t, m.Drain(func(record []byte) error {
		s := Decode(record)
		name := string(s.Name)
		s.Name = nil
		if _, ok := all[name]; ok {
			t.Fatalf("two records of %q", name)
		}
		all[name] = s
		return nil
	}))
	require.Len(t, all, keys)
	require.Zero(t, m.Len())
	return all
}

// join adds s to what all has of its name.
func join(all map[string]Stats, s Stats) {
	name := string(s.Name)
	s.Name = nil
	if old, ok := all[name]; ok {
		s.Min, s.Max = min(s.Min, old.Min), max(s.Max, old.Max)
		s.Sum += old.Sum
		s.Count += old.Count
	}
	all[name] = s
}

// TestMerger joins records of one and of several rows in a merger, which is used
// again and again, and compares the result with a map.
func TestMerger(t *testing.T) {
	budget := memory.NewBudget(memory.NoLimit)
	m, err := Format{}.NewMerger(budget)
	require.NoError(t, err)
	r := rand.New(rand.NewPCG(3, 1))
	for _, names := range []int{1, 2, 15, 1000, 100_000, 3, 20_000} {
		want := map[string]Stats{}
		var records partition.Records
		rows := randomRows(r, names, 2*names+20)
		for i, row := range rows {
			s := Stats{Name: []byte(row.name), Min: row.tenths, Max: row.tenths, Sum: int64(row.tenths), Count: 1}
			if i%5 == 0 {
				s.Count = 2 + r.Int64N(1<<uint(r.IntN(40)))
				s.Min -= r.IntN(s.Min - parse.MinTenths + 1)
				s.Sum = int64(s.Min) + int64(s.Max)*(s.Count-1)
			}
			join(want, s)
			records = framed(records, recordOf(s))
			if r.IntN(1+names/10) == 0 || i == len(rows)-1 {
				require.NoError(t, m.Add(records))
				clear(records) // a merger keeps nothing of them
				records = records[:0]
			}
		}
		require.Equal(t, want, drained(t, m), "%d names", names)
	}
	m.Free()
	m.Free() // a no-op
	require.NoError(t, budget.Take(memory.NoLimit), "Free must return everything")
}

// TestMergerErrors stops Drain by an error, and lets a merger run out of memory.
func TestMergerErrors(t *testing.T) {
	const limit = 1 << 20
	budget := memory.NewBudget(limit)
	m, err := Format{}.NewMerger(budget)
	require.NoError(t, err)
	defer m.Free()
	var records partition.Records
	for i := range 1000 {
		records = framed(records, recordOf(Stats{Name: fmt.Appendf(nil, "name %d", i), Count: 1 + int64(i%2)}))
	}
	require.NoError(t, m.Add(records))
	failed := fmt.Errorf("failed")
	for range 2 {
		calls := 0
		require.Equal(t, failed, m.Drain(func([]byte) error {
			calls++
			if calls == 500 {
				return failed
			}
			return nil
		}))
	}
	for i := 0; err == nil; i++ {
		require.Less(t, i, 100_000)
		err = m.Add(framed(nil, recordOf(Stats{Name: fmt.Appendf(nil, "more %d", i), Count: 1})))
	}
	require.ErrorIs(t, err, memory.ErrMemory)
	require.ErrorContains(t, err, " of a partition: over the memory limit: ")
	m.Free()
	require.NoError(t, budget.Take(limit))
	_, err = Format{}.NewMerger(budget)
	require.ErrorIs(t, err, memory.ErrMemory)
}

// FuzzMerger compares a merger with a map.
func FuzzMerger(f *testing.F) {
	f.Add([]byte("a\x01b\x02a\x03"), 1)
	f.Add([]byte("name of several bytes"), 3)
	f.Fuzz(func(t *testing.T, data []byte, step int) {
		step = 1 + (step&0x7fffffff)%9
		m, err := Format{}.NewMerger(nil)
		require.NoError(t, err)
		defer m.Free()
		want := map[string]Stats{}
		for len(data) >= step+2 {
			v := int(data[0])*7 - 900
			s := Stats{Name: data[2 : 2+step], Min: v, Max: v, Count: 1 + int64(data[1]%3)}
			s.Sum = int64(v) * s.Count
			join(want, s)
			require.NoError(t, m.Add(framed(nil, recordOf(s))))
			data = data[2+step/2:]
		}
		require.Equal(t, want, drained(t, m))
	})
}

// BenchmarkMerger adds records of one row each, of as many names as there are records.
func BenchmarkMerger(b *testing.B) {
	for _, names := range []int{40_000, 200_000} {
		for _, rows := range []int{1, 4} {
			b.Run(fmt.Sprintf("names=%d/rows=%d", names, rows), func(b *testing.B) {
				r := rand.New(rand.NewPCG(3, 2))
				var records partition.Records
				all := make([]string, names)
				for i := range all {
					all[i] = fmt.Sprintf("%0*x", 13+r.IntN(8), r.Uint64())
				}
				for range rows {
					for _, name := range all {
						v := r.IntN(1000)
						records = framed(records, recordOf(Stats{Name: []byte(name), Min: v, Max: v, Sum: int64(v), Count: 1}))
					}
					r.Shuffle(len(all), func(i, k int) { all[i], all[k] = all[k], all[i] })
				}
				m, err := Format{}.NewMerger(nil)
				require.NoError(b, err)
				defer m.Free()
				size := 0
				for b.Loop() {
					if err := m.Add(records); err != nil {
						b.Fatal(err)
					}
					if err := m.Drain(func(record []byte) error { size += len(record); return nil }); err != nil {
						b.Fatal(err)
					}
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*names*rows), "ns/record")
			})
		}
	}
}
