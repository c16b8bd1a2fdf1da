package group

import (
	"bytes"
	"math/big"
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"onebrc/engine/internal/fields"
	"onebrc/engine/internal/memory"
	"onebrc/engine/internal/partition"
)

// TestIntegerEncoding encodes integers of all lengths and decodes them.
func TestIntegerEncoding(t *testing.T) {
	check := func(x Integer) {
		t.Helper()
		b := appendInteger([]byte{1}, x)
		require.LessOrEqual(t, len(b), 1+46)
		got, rest := readInteger(append(b, 0xff, 7)[1:])
		require.Equal(t, x, got)
		require.Equal(t, []byte{0xff, 7}, rest)
		if v, ok := x.Int64(); ok {
			require.Equal(t, b, appendInt([]byte{1}, v))
			narrow, n := readInt(append(b, make([]byte, 9)...)[1:])
			if v < 1<<62 && v >= -1<<62 {
				require.Equal(t, v, narrow)
				require.Equal(t, len(b)-1, n)
			}
		}
	}
	for bit := range 319 {
		x := integerOf(1)
		for range bit {
			x = x.plus(x)
		}
		for near := int64(-2); near <= 2; near++ {
			y := x.plus(integerOf(near))
			check(y)
			check(y.minus())
		}
	}
	for v := int64(-10_000); v < 10_000; v++ {
		check(integerOf(v))
	}
	r := rand.New(rand.NewPCG(1, 1))
	for range 10_000 {
		x := Integer{r.Uint64(), r.Uint64(), r.Uint64(), r.Uint64(), r.Uint64()}
		check(x.shiftedRight(1 + r.UintN(63)))
		check(integerOf(int64(r.Uint64()) >> r.UintN(64)))
	}
}

// TestOrderedKeys checks that ordered keys are in the order of the contents of keys, and
// that the contents can be found in them.
func TestOrderedKeys(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	alphabet := []byte("\x00\x00\x01\x01\x02,\"\na\xff")
	for columns := range 4 {
		p := testPlan(generic, columns)
		type key struct {
			contents [][]byte
			ordered  []byte
		}
		var keys []key
		for range 2000 {
			var k key
			var stored []byte
			for i := range columns {
				content := make([]byte, r.IntN(4))
				for j := range content {
					content[j] = alphabet[r.IntN(len(alphabet))]
				}
				k.contents = append(k.contents, content)
				stored = p.AppendKey(stored, i, content)
			}
			k.ordered = p.appendOrdered(nil, stored)
			got := p.appendContents(nil, k.ordered)
			require.Len(t, got, columns)
			for i, content := range k.contents {
				require.Equal(t, string(content), string(got[i]))
			}
			keys = append(keys, k)
		}
		for i := range keys[1:] {
			a, b := keys[i], keys[i+1]
			require.Equal(t, slices.CompareFunc(a.contents, b.contents, bytes.Compare), bytes.Compare(a.ordered, b.ordered))
		}
	}
}

// sameStored checks that the records of s, of format f, are what m knows, in order.
func (m *model) sameStored(t *testing.T, f *Format, s *partition.Store) {
	t.Helper()
	p := f.plan
	require.EqualValues(t, len(m.rows), s.Len())
	seen, last := 0, []byte(nil)
	var record Record
	require.NoError(t, s.Each(t.Context(), nil, func(b *partition.Batch) error {
		for encoded := range b.All() {
			f.Decode(&record, encoded)
			key := string(record.Key[0])
			require.True(t, seen == 0 || bytes.Compare(last, record.Key[0]) < 0)
			last = append(last[:0], key...)
			seen++
			require.Equal(t, m.rows[key], record.Rows, "%q", key)
			for i, absent := range m.absent[key] {
				require.Equal(t, record.Rows-absent, record.Present[i])
			}
			for i, want := range m.numbers[key] {
				got := record.Numbers[i]
				require.Equal(t, m.scales[i], got.Scale)
				require.Equal(t, want.count, got.Count, "%q", key)
				if got.Count == 0 {
					continue
				}
				equal := func(wanted bool, want *big.Int, got Integer, scale int) {
					if wanted {
						require.Equal(t, want.String(), new(big.Int).Mul(got.Big(), power(scale)).String(), "%q, number %d", key, i)
					}
				}
				n, scale := p.Numbers[i], 18-got.Scale
				equal(n.Min, want.min, got.Min, scale)
				equal(n.Max, want.max, got.Max, scale)
				equal(n.Sum, want.sum, got.Sum, scale)
				equal(n.Squares, want.squares, got.Squares, 2*scale)
			}
		}
		return nil
	}))
	require.Equal(t, len(m.rows), seen)
}

// TestEvictEqualsModel adds random rows to tables that evict their groups often, joins the
// records, and compares the result with the model.
func TestEvictEqualsModel(t *testing.T) {
	defer EvictEarly(0)
	for _, k := range fields.All() {
		for seed, width := range [][2]int{{4, 0}, {9, 2}, {18, 0}, {18, 18}, {3, 18}} {
			for n, p := range plans(k, 1) {
				for _, early := range []int{0, 1, 3, 50} {
					r := rand.New(rand.NewPCG(uint64(n), uint64(seed+early)))
					names := keyNames(r, 1+r.IntN(200))
					EvictEarly(early)
					format, budget := newFormat(p), memory.NewBudget(memory.NoLimit)
					store := partition.New(partition.Config{Format: format, Workers: 3, Partitions: 1 << r.IntN(9), Budget: budget, TempDir: t.TempDir()})
					all := newModel(p)
					for i := range 3 {
						to, err := NewOverflowing(p, budget, store.Writer(i))
						require.NoError(t, err)
						for range 5 {
							require.NoError(t, to.Reserve(Need{Rows: 40, KeyBytes: 40 * 5000, Missing: true, Wide: 40}))
							fill(t, r, to, all, names[:1+r.IntN(len(names))], width[0], width[1]*i/2, 20)
							if r.IntN(3) == 0 {
								require.NoError(t, to.flush())
							}
						}
						require.NoError(t, to.Evict())
						require.Zero(t, to.count)
						to.Free()
					}
					require.NoError(t, store.Merge(t.Context()))
					all.sameStored(t, format, store)
					store.Free()
					require.Zero(t, budget.Used())
				}
			}
		}
	}
}

// TestLevelsOff adds keys in random order, of which a table takes all although it becomes
// larger than capBytes, and keys of which each comes a few times in succession.
func TestLevelsOff(t *testing.T) {
	plan := testPlan(generic, 1, Number{Field: 1, Min: true})
	const keys = 120_000
	slots := slotsBytes(plan, 2*keys)
	require.Greater(t, slots, int64(capBytes), "a test of large tables")
	r := rand.New(rand.NewPCG(7, 8))
	for _, c := range []struct {
		name  string
		key   func(row int) int
		large bool
	}{
		{"random", func(int) int { return r.IntN(keys) }, true},
		{"in succession", func(row int) int { return row / 5 }, false},
		{"random, too many", func(int) int { return r.IntN(10 * keys) }, false},
	} {
		budget := memory.NewBudget(memory.NoLimit)
		store := partition.New(partition.Config{Format: newFormat(plan), Workers: 1, Budget: budget, TempDir: t.TempDir()})
		table, err := NewOverflowing(plan, budget, store.Writer(0))
		require.NoError(t, err)
		for row := range 6 * keys {
			require.NoError(t, table.Reserve(Need{Rows: 1, KeyBytes: 20}))
			at, err := table.Slot(strconv.AppendInt(nil, int64(c.key(row)), 10))
			require.NoError(t, err)
			require.NoError(t, table.AddRow(at))
		}
		require.Equal(t, c.large, table.evictions == 0, c.name)
		table.Free()
		store.Free()
	}
}
