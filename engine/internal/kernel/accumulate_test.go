package kernel_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/require"

	"onebrc/engine/internal/kernel"
	"onebrc/engine/internal/table"
	"onebrc/parse"
)

// maxDecodedBytes is the length of the longest name that decode may accept. A tile
// with a longer name does not reach the accumulate pass.
const maxDecodedBytes = kernel.MaskedNames - 1

// accumulation adds rows to a table with a kernel, and to a map.
type accumulation struct {
	*lab
	table    *table.Table
	hash     func(name []byte) uint32
	expected map[string]table.Stats // without Name
	stops    int                    // of the pass before the last row of a tile
	slots    *kernel.Slots          // of the last pass
	tiles    int
	entries  map[string]uint32 // of the names, as the count pass knows them
	names    map[uint32]string
}

func newAccumulation(l *lab) *accumulation {
	l.t.Helper()
	to, err := table.New(nil)
	require.NoError(l.t, err)
	l.t.Cleanup(to.Free)
	return &accumulation{lab: l, table: to, hash: kernel.HashName, expected: map[string]table.Stats{}, entries: map[string]uint32{}, names: map[uint32]string{}}
}

// expect adds a row to the map.
func (a *accumulation) expect(name string, tenths int) {
	s, ok := a.expected[name]
	if !ok {
		s.Min, s.Max = tenths, tenths
	}
	s.Min, s.Max = min(s.Min, tenths), max(s.Max, tenths)
	s.Sum += int64(tenths)
	s.Count++
	a.expected[name] = s
}

// pass is the kernel's accumulate pass, or, for every second tile, its count pass. It
// counts stops.
func (a *accumulation) pass(slots *kernel.Slots, data unsafe.Pointer, tile *kernel.Tile, from, to int) (done int) {
	a.slots = slots
	if a.tiles%2 == 0 {
		done = a.kernel.Accumulate(slots, data, tile, from, to)
	} else {
		for i := range tile.Counter {
			tile.Counter[i] = 0xfeedface
		}
		done = a.kernel.Count(slots, data, tile, from, to)
		a.checkCounters(data, tile, from, done)
	}
	if done < to {
		a.stops++
	}
	return done
}

// checkCounters checks the counters of the rows from to to-1, and that no other entry of
// the tile was written.
func (a *accumulation) checkCounters(data unsafe.Pointer, tile *kernel.Tile, from, to int) {
	for i, counter := range tile.Counter {
		if i < from || i >= to {
			if counter != 0xfeedface {
				a.t.Fatalf("%s: the counter of row %d was written, which is not one of %d to %d", a.kernel.Name, i, from, to-1)
			}
			continue
		}
		name := string(unsafe.Slice((*byte)(unsafe.Add(data, int(tile.Starts[i]))), tile.Len[i]))
		entry, value := counter/kernel.Counters, counter%kernel.Counters
		known, isKnown := a.names[entry]
		had, hadOne := a.entries[name]
		if entry == 0 || value != tile.Value[i] || isKnown && known != name || hadOne && had != entry {
			a.t.Fatalf("%s: %q with value %d has counter %d of entry %d, which is that of %q; it had %d",
				a.kernel.Name, name, tile.Value[i], value, entry, known, had)
		}
		if !isKnown {
			a.names[entry], a.entries[name] = name, entry
		}
	}
}

// add adds the rows of a tile, which all have a good value. If one of them has an
// illegal name, the kernel must stop there; add then adds the rows after it as
// another tile. The Tile comes from the kernel's own passes, other than the hashes.
func (a *accumulation) add(data []byte) {
	a.t.Helper()
	for i := 0; len(data) > 0; i++ {
		p := &a.places[i%2]
		placed := p.put(a.lab, data)
		e := reference(placed)
		fill(p.tile, 0xfeedface)
		a.checkIndex(placed, p.tile, e)
		if !a.checkDecode(placed, p.tile, e) {
			a.t.Fatalf("%s: decode refused %q", a.kernel.Name, placed)
		}
		legal := len(e.rows)
		for i, r := range e.rows {
			name := placed[r.start:][:r.length]
			p.tile.Hash[i] = a.hash(name)
			if legal == len(e.rows) && !parse.ValidName(name) {
				legal = i
			}
			if i < legal {
				a.expect(string(name), r.value)
			}
		}
		var done int
		var err error
		a.noFault(placed, func() {
			done, err = a.table.Accumulate(a.pass, unsafe.Pointer(unsafe.SliceData(placed)), p.tile, len(e.rows))
		})
		a.tiles++
		require.NoError(a.t, err)
		require.Equalf(a.t, legal, done, "%s: rows added of %q", a.kernel.Name, placed)
		if legal == len(e.rows) {
			return
		}
		data = data[e.starts[legal+1]:]
	}
}

// addRows adds rows, as many to a tile as fit.
func (a *accumulation) addRows(rows []string) {
	a.t.Helper()
	var tile []byte
	for _, r := range rows {
		if len(tile)+len(r) > kernel.TileBytes {
			a.add(tile)
			tile = tile[:0]
		}
		tile = append(tile, r...)
	}
	a.add(tile)
}

func (a *accumulation) requireEqual() {
	a.t.Helper()
	got := map[string]table.Stats{}
	require.Equal(a.t, len(a.expected), a.table.Len())
	for s := range a.table.Stats() {
		name := string(s.Name)
		s.Name = nil
		got[name] = s
	}
	require.Equal(a.t, a.expected, got, a.kernel.Name)
}

// shuffled returns, in random order, a row for each name and each of values.
func shuffled(r *rand.Rand, names []string) []string {
	var rows []string
	for _, n := range names {
		for _, v := range values {
			rows = append(rows, n+";"+v+"\n")
		}
	}
	r.Shuffle(len(rows), func(i, k int) { rows[i], rows[k] = rows[k], rows[i] })
	return rows
}

// TestAccumulateNames adds sets of names that are easily mistaken for each other.
func TestAccumulateNames(t *testing.T) {
	long := strings.Repeat("0123456789abcdef", 9)
	sets := map[string][]string{}
	add := func(set string, names ...string) { sets[set] = append(sets[set], names...) }
	for n := 1; n <= maxDecodedBytes; n++ {
		base := name(n)
		add("lengths", base)
		add("lengths of one byte", strings.Repeat("x", n))
		add("padded with NUL", "a"+strings.Repeat("\x00", n-1))
		add("NULs", strings.Repeat("\x00", n))
		for _, shared := range []int{0, 1, 7, 8, 15, 16, 23, 30, 31, 32, 33, 48} {
			if shared < n && n <= 100 {
				add("shared prefixes", long[:shared]+strings.Repeat("~", n-shared))
			}
		}
		for _, at := range []int{0, 1, 7, 8, 9, 15, 16, 23, 24, 29, 30, 31, 32, 47, 48, 99} {
			if at < n {
				add("a byte", long[:at]+"~"+long[at+1:n], long[:at]+"\x00"+long[at+1:n], long[:at]+"\xff"+long[at+1:n])
				add("a ';'", long[:at]+";"+long[at+1:n], long[:at], long[:n])
			}
		}
	}
	for n := 29; n <= 34; n++ {
		for c := range 256 {
			if c != '\n' {
				add("border", name(n-1)+string([]byte{byte(c)}))
			}
		}
	}
	eachKernel(t, func(t *testing.T, l *lab) {
		for set, names := range sets {
			if testing.Short() {
				names = slices.DeleteFunc(slices.Clone(names), func(n string) bool { return len(n)%3 != 1 })
			}
			l.noise = "\n;0"[len(names)%3]
			a := newAccumulation(l)
			r := rand.New(rand.NewPCG(3, 1))
			a.addRows(shuffled(r, names))
			a.addRows(shuffled(r, names))
			a.requireEqual()
			require.NotEmpty(t, a.expected, set)
		}
	})
}

// TestAccumulateComparesNames gives all names the same hash, so that a row meets
// the slot of a name that differs in one byte, in length, or after a ';'.
func TestAccumulateComparesNames(t *testing.T) {
	eachKernel(t, func(t *testing.T, l *lab) {
		for n := 1; n <= 100; n += step(9) + n/40*5 {
			for _, hash := range []uint32{0, 0x12345678, 0xffffffff} { // the first, some and the last slot
				a := newAccumulation(l)
				a.hash = func([]byte) uint32 { return hash }
				x := name(n)
				for i, y := range similar(x) {
					before, after := strings.Repeat(x+";1.0\n", 1+i%9), strings.Repeat(x+";3.0\n", 9)
					a.add([]byte(before + y + ";-2.0\n" + after))
				}
				a.requireEqual()
			}
		}
	})
}

// TestAccumulateFindsNames checks that the pass itself finds a name in the slot where it
// belongs and in the next one. The table would make up for a pass that does not.
func TestAccumulateFindsNames(t *testing.T) {
	eachKernel(t, func(t *testing.T, l *lab) {
		for n := 1; n <= parse.MaxNameBytes; n++ {
			for _, hash := range []uint32{0, 0x12345678, 0xffffffff} { // the first, some and the last slot
				a := newAccumulation(l)
				a.hash = func([]byte) uint32 { return hash }
				x := name(n)
				tile := []byte(strings.Repeat(x+";1.0\n"+x[:n-1]+"~;-2.0\n", 5))
				a.add(tile)
				require.Equal(t, 2, a.stops, "new names")
				a.add(tile)
				require.Equal(t, 2, a.stops, "names of %d bytes", n)
				a.requireEqual()
			}
		}
	})
}

// TestAccumulatePreparesRows checks that the AVX-512 passes prepare the rows of a tile whose
// names are few, and no others. Results are the same without.
func TestAccumulatePreparesRows(t *testing.T) {
	for _, test := range []struct {
		names    int
		prepared bool
	}{{20, true}, {1000, true}, {5000, false}} {
		l := newLab(t, kernel.All()[0])
		if l.kernel.Name != "avx512" {
			t.Skipf("the best kernel is %s, not avx512", l.kernel.Name)
		}
		a := newAccumulation(l)
		var rows []string
		for i := range test.names {
			rows = append(rows, fmt.Sprintf("%d;1.0\n", i))
		}
		a.addRows(rows)
		tile := a.places[0].tile
		clear(tile.Prepared[:])
		last := rows[max(0, len(rows)-100):]
		a.addRows(last)
		groups := (len(last) + kernel.GroupRows - 1) / kernel.GroupRows
		for i, got := range tile.Prepared {
			want := uint64(0)
			if test.prepared && i < groups*kernel.GroupRows {
				want = uint64(a.slots.Product(tile.Hash[i]))&a.slots.Mask<<32 | uint64(tile.Fields[i])
			}
			require.Equal(t, want, got, "%d names, row %d", test.names, i)
		}
		a.requireEqual()
	}
}

// similar returns legal and illegal names that are easily mistaken for x.
func similar(x string) []string {
	all := []string{
		"", x + "\x00", x + "\x00\x00", x + ";", x + ";;", x + ";1.0", x + ";" + x, x + "y", x + name(32), x + ";" + name(20),
		x + ";" + strings.Repeat("\x00", 31), x + "\x00;", x + strings.Repeat("\x00", 100), x + ";" + name(120),
		x[1:], x[:len(x)-1], ";" + x, "\x00" + x,
	}
	for at := range x {
		for _, c := range "\x00;~\r" {
			if y := x[:at] + string(c) + x[at+1:]; y != x {
				all = append(all, y)
			}
		}
	}
	return slices.DeleteFunc(all, func(y string) bool { return len(y) > maxDecodedBytes })
}

func TestAccumulateEveryValue(t *testing.T) {
	var rows []string
	for v := parse.MinTenths; v <= parse.MaxTenths; v++ {
		sign, n := "", v
		if v < 0 {
			sign, n = "-", -v
		}
		digits := string([]byte{'0' + byte(n/100), '0' + byte(n/10%10), '.', '0' + byte(n%10)})
		rows = append(rows, digits+";"+sign+digits+"\n", "all;"+sign+digits+"\n")
	}
	eachKernel(t, func(t *testing.T, l *lab) {
		r := rand.New(rand.NewPCG(3, 2))
		for range 5 {
			a := newAccumulation(l)
			r.Shuffle(len(rows), func(i, k int) { rows[i], rows[k] = rows[k], rows[i] })
			a.addRows(rows)
			a.requireEqual()
		}
	})
}

// TestAccumulateManyNames adds so many names that the table grows and names
// collide.
func TestAccumulateManyNames(t *testing.T) {
	eachKernel(t, func(t *testing.T, l *lab) {
		r := rand.New(rand.NewPCG(3, 3))
		names := make([]string, 20_000)
		for i := range names {
			names[i] = strings.ReplaceAll(string(randomBytes(r, 1+r.IntN(40), 1e6)), ";", "_")
			names[i] = strings.ReplaceAll(names[i], "\n", "_")
		}
		a := newAccumulation(l)
		var rows []string
		for range 60_000 {
			rows = append(rows, names[r.IntN(len(names))]+";"+values[r.IntN(4)]+"\n")
		}
		a.addRows(rows)
		a.requireEqual()
	})
}

// TestAccumulateRowCounts adds tiles of many sizes whose last row has a new name.
func TestAccumulateRowCounts(t *testing.T) {
	eachKernel(t, func(t *testing.T, l *lab) {
		for rows := 1; rows <= kernel.TileRows; rows += 1 + rows/40 {
			a := newAccumulation(l)
			a.add([]byte(strings.Repeat("a;1.0\n", rows)))
			a.add([]byte(strings.Repeat("a;2.0\n", rows-1) + "b;9.9\n"))
			a.requireEqual()
		}
	})
}
