package table

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/require"

	"onebrc/engine/internal/kernel"
	"onebrc/engine/internal/memory"
	"onebrc/engine/internal/probing"
	"onebrc/parse"
)

// observation is a row.
type observation struct {
	name   string
	tenths int
}

func newTable(t testing.TB) *Table {
	t.Helper()
	table, err := New(memory.NewBudget(memory.NoLimit))
	require.NoError(t, err)
	t.Cleanup(table.Free)
	return table
}

// generic is the kernel in portable Go.
var generic = kernel.All()[len(kernel.All())-1]

// addAll adds rows one by one.
func addAll(t testing.TB, to *Table, rows []observation) {
	t.Helper()
	for _, r := range rows {
		ok, err := to.Add([]byte(r.name), r.tenths)
		if err != nil || !ok {
			t.Fatalf("Add(%q): %v, %v", r.name, ok, err)
		}
	}
}

// accumulateAll adds rows with the passes of generic.
func accumulateAll(t testing.TB, to *Table, rows []observation) {
	t.Helper()
	accumulateWith(t, generic, to, rows)
}

// accumulateWith adds rows with the passes of k.
func accumulateWith(t testing.TB, k *kernel.Kernel, to *Table, rows []observation) {
	t.Helper()
	var tile kernel.Tile
	memory := make([]byte, kernel.PadBefore, kernel.PadBefore+kernel.TileBytes+kernel.PadAfter)
	flush := func() {
		data := unsafe.Pointer(&memory[:cap(memory)][kernel.PadBefore])
		n := k.Index(data, len(memory)-kernel.PadBefore, &tile)
		require.True(t, k.Decode(data, n, &tile))
		done, err := to.Accumulate(k.Accumulate, data, &tile, n)
		require.NoError(t, err)
		require.Equal(t, n, done)
		memory = memory[:kernel.PadBefore]
	}
	for _, r := range rows {
		sign, v := "", r.tenths
		if v < 0 {
			sign, v = "-", -v
		}
		text := fmt.Sprintf("%s;%s%d.%d\n", r.name, sign, v/10, v%10)
		if len(memory)+len(text) > kernel.PadBefore+kernel.TileBytes {
			flush()
		}
		memory = append(memory, text...)
	}
	flush()
}

// inMap is the reference: it computes the statistics in a map, without names.
func inMap(rows []observation) map[string]Stats {
	all := map[string]Stats{}
	for _, r := range rows {
		s, ok := all[r.name]
		if !ok {
			s = Stats{Min: r.tenths, Max: r.tenths}
		}
		s.Min, s.Max = min(s.Min, r.tenths), max(s.Max, r.tenths)
		s.Sum += int64(r.tenths)
		s.Count++
		all[r.name] = s
	}
	return all
}

// statsOf returns the statistics of table, without names in them.
func statsOf(t testing.TB, table *Table) map[string]Stats {
	t.Helper()
	all := map[string]Stats{}
	slots, bytes := 0, 0
	for s := range table.Stats() {
		slots++
		bytes += len(s.Name)
		name := string(s.Name)
		s.Name = nil
		all[name] = s
	}
	require.Equal(t, slots, len(all), "a name has two slots")
	require.Equal(t, [2]int{slots, bytes}, [2]int{table.Len(), table.NamesBytes()})
	return all
}

// randomRows returns rows of names with random lengths and bytes.
func randomRows(r *rand.Rand, names, rows int) []observation {
	pool := make([]string, names)
	for i := range pool {
		b := make([]byte, 1+r.IntN(20))
		if i%10 == 0 {
			b = make([]byte, 1+r.IntN(parse.MaxNameBytes))
		}
		for k := range b {
			if b[k] = byte(r.Uint32()); b[k] == ';' || b[k] == '\n' {
				b[k] = 0
			}
		}
		if pool[i] = string(b); i%7 == 1 && len(pool[i-1]) < 99 {
			pool[i] = pool[i-1] + "\x00" // differs only in a NUL
		}
	}
	all := make([]observation, rows)
	for i := range all {
		all[i] = observation{pool[r.IntN(names)], parse.MinTenths + r.IntN(2*parse.MaxTenths+1)}
	}
	return all
}

func TestTableEqualsMap(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	for _, names := range []int{1, 2, 50, 3000, 40_000} {
		rows := randomRows(r, names, 60_000)
		want := inMap(rows)
		for _, fill := range []func(testing.TB, *Table, []observation){addAll, accumulateAll} {
			table := newTable(t)
			fill(t, table, rows[:len(rows)/2])
			require.Equal(t, inMap(rows[:len(rows)/2]), statsOf(t, table), "%d names, half", names)
			fill(t, table, rows[len(rows)/2:])
			require.Equal(t, want, statsOf(t, table), "%d names", names)
		}
	}
}

// TestGrowth adds so many names that the table grows to 2^20 slots.
func TestGrowth(t *testing.T) {
	table := newTable(t)
	sizes := map[int]bool{}
	const names = 300_000
	for i := range names {
		addAll(t, table, []observation{{fmt.Sprint("name ", i), i%1999 - 999}})
		sizes[len(table.slots)] = true
		require.LessOrEqual(t, len(table.entries), table.limit)
		require.Equal(t, len(table.slots)*kernel.SlotBytes, int(table.array.Mask)+kernel.SlotBytes)
	}
	require.Len(t, sizes, 6, "2^10, 2^12, 2^16, 2^18 to 2^20")
	stats := statsOf(t, table)
	require.Len(t, stats, names)
	for i := range names {
		v := i%1999 - 999
		if got := stats[fmt.Sprint("name ", i)]; got.Min != v || got.Max != v || got.Sum != int64(v) || got.Count != 1 {
			t.Fatalf("name %d: %+v", i, got)
		}
	}
}

// TestFewNames merges tables of up to twice as many names as a new table has room for.
func TestFewNames(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 3))
	for n := range 2*fewNames + 1 {
		rows := randomRows(r, max(n, 1), 10*n)
		for _, fill := range []func(testing.TB, *Table, []observation){addAll, accumulateAll} {
			table := newTable(t)
			require.EqualValues(t, InitialBytes(), table.budget.Used())
			fill(t, table, rows)
			require.Equal(t, inMap(rows), statsOf(t, table))
			require.Equal(t, table.Len() > fewNames, len(table.slots) == initialSlots)
			for _, first := range []int{0, 1, fewNames, fewNames + 1} {
				to := newTable(t)
				before := randomRows(r, max(first, 1), 10*first)
				fill(t, to, before)
				require.NoError(t, to.Merge(table))
				require.Equal(t, inMap(append(before, rows...)), statsOf(t, to))
				require.EqualValues(t, InitialBytes(), to.budget.Used(), "it grows in its memory")
			}
		}
	}
}

// merged makes a table of each part, merges them in order, and returns the
// statistics.
func merged(t testing.TB, parts ...[]observation) map[string]Stats {
	t.Helper()
	to := newTable(t)
	for _, rows := range parts {
		from := newTable(t)
		addAll(t, from, rows)
		require.NoError(t, to.Merge(from))
		require.Equal(t, inMap(rows), statsOf(t, from), "Merge changed its argument")
	}
	return statsOf(t, to)
}

func TestMergeIsCommutativeAndAssociative(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, names := range []int{1, 40, 6000} {
		all := randomRows(r, names, 30_000)
		all = append(all, collidingRows(300, 3)...)
		a, b, c := all[:10_000], all[10_000:12_000], all[12_000:]
		want := inMap(all)
		for _, order := range [][][]observation{{a, b, c}, {a, c, b}, {b, a, c}, {b, c, a}, {c, a, b}, {c, b, a}} {
			require.Equal(t, want, merged(t, order...), names)
		}

		// a + (b + c)
		left, right, last := newTable(t), newTable(t), newTable(t)
		addAll(t, left, a)
		accumulateAll(t, right, b)
		addAll(t, last, c)
		require.NoError(t, right.Merge(last))
		require.NoError(t, left.Merge(right))
		require.Equal(t, want, statsOf(t, left))

		// Merging from or into an empty table changes nothing.
		require.NoError(t, left.Merge(newTable(t)))
		require.Equal(t, want, statsOf(t, left))
		empty := newTable(t)
		require.NoError(t, empty.Merge(left))
		require.Equal(t, want, statsOf(t, empty))
	}
}

// collidingRows returns rows of names of 28 bytes that differ only in the 12 in the
// middle, which kernel.HashName does not look at.
func collidingRows(names, rows int) []observation {
	var all []observation
	for k := range rows {
		for i := range names {
			all = append(all, observation{fmt.Sprintf("same____%012d____same", i), (i+k)%1999 - 999})
		}
	}
	return all
}

// TestReseed adds colliding names. The table must take a seed, which bounds its
// probes.
func TestReseed(t *testing.T) {
	const names = 20_000
	rows := collidingRows(names, 3)
	require.Equal(t, kernel.HashName([]byte(rows[0].name)), kernel.HashName([]byte(rows[1].name)))
	want := inMap(rows)
	for way, fill := range []func(testing.TB, *Table, []observation){addAll, accumulateAll} {
		table := newTable(t)
		fill(t, table, rows[:1000])
		require.True(t, table.seeded, "way %d", way)
		seed := table.seed
		fill(t, table, rows[1000:])
		require.Equal(t, want, statsOf(t, table), "way %d", way)
		require.Equal(t, seed, table.seed, "a table takes a seed only once")
		require.NotZero(t, seed)
		// From there on it makes fewer probes than rows; without a seed there would
		// be about 10^8.
		require.Less(t, table.probes, int64(probing.MinProbes+2*len(rows)))

		// It merges with tables that have no seed or another one.
		other, plain := newTable(t), newTable(t)
		addAll(t, other, rows)
		addAll(t, plain, rows[:50])
		require.NotEqual(t, seed, other.seed)
		require.False(t, plain.seeded)
		require.NoError(t, plain.Merge(table))
		require.NoError(t, plain.Merge(other))
		require.Equal(t, inMap(append(append(rows[:50:50], rows...), rows...)), statsOf(t, plain))
	}
}

// TestNoReseedWithoutNeed checks that random names keep the fast hash.
func TestNoReseedWithoutNeed(t *testing.T) {
	table := newTable(t)
	r := rand.New(rand.NewPCG(1, 3))
	accumulateAll(t, table, randomRows(r, 10_000, 300_000))
	require.False(t, table.seeded)
}

// TestFlushBoundary adds the last rows that a packed count can hold and the rows
// after them, with the smallest and the largest value.
func TestFlushBoundary(t *testing.T) {
	for _, v := range []int{parse.MinTenths, 0, parse.MaxTenths} {
		for before := range 8 {
			for way, fill := range []func(testing.TB, *Table, []observation){addAll, accumulateAll} {
				table := newTable(t)
				rows := []observation{{"a", v}}
				addAll(t, table, rows)
				// Pretend that there have been this many rows of "a" since the last flush.
				already := kernel.RowsPerFlush - before
				s, err := table.find([]byte("a"), table.hash([]byte("a")))
				require.NoError(t, err)
				s.Packed = uint64(already)<<kernel.CountShift + uint64(already)*uint64(v+kernel.ValueBias)
				table.rows = already
				require.Equal(t, uint64(already), s.Packed>>kernel.CountShift, "the count overflows")

				fill(t, table, []observation{{"a", v}, {"a", v}, {"b", v}, {"a", v}})
				count := int64(already) + 3
				require.Equal(t, map[string]Stats{
					"a": {Min: v, Max: v, Sum: count * int64(v), Count: count},
					"b": {Min: v, Max: v, Sum: int64(v), Count: 1},
				}, statsOf(t, table), "way %d, %d left, value %d", way, before, v)
				require.LessOrEqual(t, table.rows, kernel.RowsPerFlush)
			}
		}
	}
}

// TestIllegalNames checks that Add and Accumulate refuse illegal names and leave
// the table as it is.
func TestIllegalNames(t *testing.T) {
	long := strings.Repeat("n", 120)
	illegal := []string{"", ";", "a;", ";a", "a;b", "legal;", long[:101], long, long[:30] + ";", long[:99] + ";", long[:100] + "\x00"}
	legal := []observation{{"a", 10}, {"legal", -20}, {long[:30], 30}, {long[:31], 40}, {long[:32], 50}, {long[:100], 60}}
	for _, seeded := range []bool{false, true} {
		table := newTable(t)
		addAll(t, table, legal)
		if seeded {
			require.NoError(t, table.reseed())
		}
		want := inMap(legal)
		for _, name := range illegal {
			ok, err := table.Add([]byte(name), 0)
			require.NoError(t, err)
			require.False(t, ok, "%q", name)
			require.Equal(t, want, statsOf(t, table), "%q", name)
		}
		for _, name := range illegal {
			data := make([]byte, kernel.PadBefore, 1024)
			data = append(data, "a;1.0\n"+name+";99.9\na;99.9\n"...)
			p := unsafe.Pointer(&data[kernel.PadBefore])
			var tile kernel.Tile
			rows := generic.Index(p, len(data)-kernel.PadBefore, &tile)
			require.True(t, generic.Decode(p, rows, &tile))
			done, err := table.Accumulate(generic.Accumulate, p, &tile, rows)
			require.NoError(t, err)
			require.Equal(t, 1, done, "%q", name)
			a := want["a"]
			a.Sum, a.Count = a.Sum+10, a.Count+1
			want["a"] = a
			require.Equal(t, want, statsOf(t, table), "%q", name)
		}
	}
}
