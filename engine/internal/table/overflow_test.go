package table

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/require"

	"onebrc/engine/internal/kernel"
	"onebrc/engine/internal/memory"
	"onebrc/engine/internal/partition"
	"onebrc/parse"
)

// newStore returns a store for tables, and its budget.
func newStore(t testing.TB, workers int, limit int64) (*partition.Store, *memory.Budget) {
	t.Helper()
	budget := memory.NewBudget(limit)
	store := partition.New(partition.Config{
		Format: Format{}, Workers: workers, Budget: budget, TempDir: t.TempDir(), Partitions: 16,
	})
	t.Cleanup(store.Free)
	return store, budget
}

// stored merges store and returns its statistics, without names in them.
func stored(t testing.TB, store *partition.Store) map[string]Stats {
	t.Helper()
	require.NoError(t, store.Merge(context.Background()))
	all := map[string]Stats{}
	var last []byte
	require.NoError(t, store.Each(context.Background(), nil, func(b *partition.Batch) error {
		for record := range b.All() {
			s := Decode(record)
			require.Negative(t, Compare(last, s.Name))
			last = append(last[:0], s.Name...)
			s.Name = nil
			all[string(last)] = s
		}
		return nil
	}))
	require.EqualValues(t, len(all), store.Len())
	return all
}

// newOverflowing returns a table that has few names when it is full, and short periods.
func newOverflowing(t testing.TB, budget *memory.Budget, store *partition.Store, worker int) *Table {
	t.Helper()
	table, err := NewOverflowing(budget, store.Writer(worker))
	require.NoError(t, err)
	t.Cleanup(table.Free)
	table.spread()
	table.limit = 700
	o := table.overflow
	o.capped, o.largest, o.trial = len(table.slots), len(table.slots), 500
	return table
}

// phase is a number of rows with names from a set.
type phase struct{ rows, names int }

// phases returns rows for a table that overflows.
func phases(r *rand.Rand, phases ...phase) []observation {
	var rows []observation
	for _, p := range phases {
		first := r.IntN(1 << 20)
		for range p.rows {
			name := first + r.IntN(p.names)
			rows = append(rows, observation{fmt.Sprintf("%0*d", 1+name%2*40, name), parse.MinTenths + r.IntN(2*parse.MaxTenths+1)})
		}
	}
	return rows
}

// many is a number of names of which nearly none comes again.
const many = 1 << 30

// TestModes checks what a table does with rows that need it.
func TestModes(t *testing.T) {
	r := rand.New(rand.NewPCG(4, 2))
	const burst = 900
	var bursts []phase
	for range 40 {
		bursts = append(bursts, phase{burst, 100})
	}
	frequent := phases(r, phase{43_000, 650})
	for _, test := range []struct {
		name    string
		rows    []observation
		modes   []mode
		largest int // times the slots of a new table
		records int // at most
	}{
		{"few names", phases(r, phase{30_000, 600}), []mode{filling}, 1, 600},
		{"new names", phases(r, phase{30_000, many}), []mode{filling, frozen, logging}, 1, 30_000},
		{"new names, then few", phases(r, phase{10_000, many}, phase{60_000, 100}), []mode{filling, frozen, logging}, 1, 25_000},
		{"frequent and rare names", slices.Concat(
			frequent[:3000], mixed(frequent[3000:], phases(r, phase{10_000, many}))), []mode{filling, frozen}, 1, 12_000},
		{"bursts", phases(r, bursts...), []mode{filling, frozen}, 1, 20_000},
		{"names that come again", phases(r, phase{60_000, 2500}), []mode{filling, frozen}, 64, 20_000},
		{"names that do not fit", phases(r, phase{60_000, 20_000}), []mode{filling, frozen, logging}, 1, 60_000},
	} {
		t.Run(test.name, func(t *testing.T) {
			store, budget := newStore(t, 1, memory.NoLimit)
			table := newOverflowing(t, budget, store, 0)
			table.overflow.largest = test.largest * len(table.slots)
			seen := map[mode]bool{}
			for rows := range slices.Chunk(test.rows, 20) {
				accumulateAll(t, table, rows)
				seen[table.overflow.mode] = true
			}
			for _, m := range []mode{filling, frozen, logging} {
				require.Equal(t, slices.Contains(test.modes, m), seen[m], "mode %d", m)
			}
			require.Equal(t, test.largest > 1, len(table.slots) > initialSlots)
			require.NoError(t, table.Evict())
			require.LessOrEqual(t, int(store.Writer(0).Appended()), test.records)
			require.Equal(t, inMap(test.rows), stored(t, store))
		})
	}
}

// mixed returns rows of a and b in random order.
func mixed(a, b []observation) []observation {
	all := slices.Concat(a, b)
	rand.New(rand.NewPCG(4, 3)).Shuffle(len(all), func(i, k int) { all[i], all[k] = all[k], all[i] })
	return all
}

// TestOverflowEqualsMap fills tables that overflow, with each kernel, with little memory
// and with enough, and compares what the store has with a map.
func TestOverflowEqualsMap(t *testing.T) {
	r := rand.New(rand.NewPCG(4, 1))
	rows := phases(r, phase{30_000, many}, phase{30_000, 300}, phase{30_000, 10_000}, phase{5000, many}, phase{5000, 1})
	rows = append(rows, randomRows(r, 4000, 20_000)...)
	rows = append(rows, collidingRows(9000, 1)...)
	want := inMap(rows)
	ways := []func(*Table, []observation){func(to *Table, rows []observation) { addAll(t, to, rows) }}
	for _, k := range kernel.All() {
		ways = append(ways, func(to *Table, rows []observation) { accumulateWith(t, k, to, rows) })
	}
	for way, fill := range ways {
		for _, limit := range []int64{memory.NoLimit, 5 << 20} {
			store, budget := newStore(t, 2, limit)
			for i := range 2 {
				to := newOverflowing(t, budget, store, i)
				fill(to, rows[i*len(rows)/2:(i+1)*len(rows)/2])
				require.NoError(t, to.Evict())
				require.Zero(t, to.Len())
				to.Free()
			}
			require.Equal(t, want, stored(t, store), "way %d, limit %d", way, limit)
			require.Equal(t, limit != memory.NoLimit, store.Stats().SpilledBytes > 0)
			store.Free()
			require.Zero(t, budget.Used())
		}
	}
}

// TestOverflowOfSeeded makes a table take a seed, in each mode, while it overflows.
func TestOverflowOfSeeded(t *testing.T) {
	r := rand.New(rand.NewPCG(4, 4))
	for _, m := range []mode{filling, frozen, logging} {
		store, budget := newStore(t, 1, memory.NoLimit)
		table := newOverflowing(t, budget, store, 0)
		rows := collidingRows(600, 40)
		accumulateAll(t, table, rows)
		require.True(t, table.seeded)
		accumulateAll(t, table, rows)
		table.overflow.begin(m, 2000)
		table.limit = table.Len()
		more := append(collidingRows(5000, 3), phases(r, phase{5000, many})...)
		accumulateAll(t, table, more)
		require.NoError(t, table.Evict())
		require.Equal(t, inMap(slices.Concat(rows, rows, more)), stored(t, store))
	}
}

// TestIllegalNamesOverflow checks that illegal names are refused in each mode, and that
// the rows before them are kept.
func TestIllegalNamesOverflow(t *testing.T) {
	long := strings.Repeat("n", parse.MaxNameBytes+1)
	for _, m := range []mode{filling, frozen, logging} {
		for _, name := range []string{"", ";", "a;", ";a", "a;b", long} {
			store, budget := newStore(t, 1, memory.NoLimit)
			table := newOverflowing(t, budget, store, 0)
			table.limit = 1
			addAll(t, table, []observation{{"a", 1}})
			table.overflow.begin(m, 1000)
			ok, err := table.Add([]byte(name), 0)
			require.NoError(t, err)
			require.False(t, ok, "%q", name)

			data := make([]byte, kernel.PadBefore, 1024)
			data = append(data, "a;0.2\nb;0.3\n"+name+";99.9\na;99.9\n"...)
			p := unsafe.Pointer(&data[kernel.PadBefore])
			var tile kernel.Tile
			rows := generic.Index(p, len(data)-kernel.PadBefore, &tile)
			require.True(t, generic.Decode(p, rows, &tile))
			done, err := table.Accumulate(generic.Accumulate, p, &tile, rows)
			require.NoError(t, err)
			require.Equal(t, 2, done, "%q", name)
			require.NoError(t, table.Evict())
			require.Equal(t, inMap([]observation{{"a", 1}, {"a", 2}, {"b", 3}}), stored(t, store))
		}
	}
}

// TestMergeOverflows merges tables of which the first overflows while it is merged.
func TestMergeOverflows(t *testing.T) {
	r := rand.New(rand.NewPCG(4, 5))
	for _, m := range []mode{filling, frozen, logging} {
		store, budget := newStore(t, 3, memory.NoLimit)
		var all []observation
		var tables []*Table
		for i := range 3 {
			rows := phases(r, phase{690, many})
			all = append(all, rows...)
			to := newOverflowing(t, budget, store, i)
			addAll(t, to, rows)
			tables = append(tables, to)
		}
		tables[0].overflow.begin(m, 10)
		require.False(t, store.Used())
		require.NoError(t, tables[0].Merge(tables[1]))
		require.True(t, store.Used())
		require.NoError(t, tables[0].Merge(tables[2]))
		require.NoError(t, tables[0].Evict())
		require.Equal(t, inMap(all), stored(t, store))
	}
}

// TestFlushAfterEviction evicts in the middle of a tile, and then adds as many rows as
// a packed count can hold.
func TestFlushAfterEviction(t *testing.T) {
	store, budget := newStore(t, 1, memory.NoLimit)
	table := newOverflowing(t, budget, store, 0)
	table.limit, table.overflow.evictions = 1, 1
	rows := []observation{{"b", 0}}
	for range 500 {
		rows = append(rows, observation{"a", parse.MaxTenths})
	}
	accumulateAll(t, table, rows)
	require.Equal(t, 1, table.Len())
	s, err := table.find([]byte("a"), table.hash([]byte("a")))
	require.NoError(t, err)
	// Pretend that the rows of "a" went on until the next flush.
	missing := kernel.RowsPerFlush - table.rows
	s.Packed += uint64(missing)<<kernel.CountShift + uint64(missing)*(parse.MaxTenths+kernel.ValueBias)
	table.rows += missing
	accumulateAll(t, table, rows[1:])
	require.NoError(t, table.Evict())
	a := stored(t, store)["a"]
	count := int64(len(rows) - 1 + missing + len(rows) - 1)
	require.Equal(t, Stats{Min: parse.MaxTenths, Max: parse.MaxTenths, Sum: count * parse.MaxTenths, Count: count}, a)
}
