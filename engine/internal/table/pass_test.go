//go:build unix

package table_test

import (
	"bytes"
	"fmt"
	"runtime/debug"
	"slices"
	"strings"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/require"

	"onebrc/engine/internal/enginetest"
	"onebrc/engine/internal/kernel"
	"onebrc/engine/internal/table"
)

// tileOf returns a row with the value 1.0 for each name, flush against a page that
// faults, and the Tile that k makes of them. If hash is not nil, it is the hash of
// all rows.
func tileOf(t testing.TB, k *kernel.Kernel, hash *uint32, names ...string) (unsafe.Pointer, *kernel.Tile) {
	t.Helper()
	text := strings.Join(names, ";1.0\n") + ";1.0\n"
	require.LessOrEqual(t, len(text), kernel.TileBytes)
	memory := enginetest.Guarded(t, kernel.PadBefore+len(text)+kernel.PadAfter, true)
	for i := range memory {
		memory[i] = ';'
	}
	copy(memory[kernel.PadBefore:], text)
	data, tile := unsafe.Pointer(&memory[kernel.PadBefore]), &kernel.Tile{}
	require.Equal(t, len(names), k.Index(data, len(text), tile))
	require.True(t, k.Decode(data, len(names), tile))
	for i := range names {
		if hash != nil {
			tile.Hash[i] = *hash
		}
	}
	return data, tile
}

// eachPass runs a test with every kernel and fails it if it faults.
func eachPass(t *testing.T, test func(t *testing.T, k *kernel.Kernel)) {
	t.Helper()
	for _, k := range kernel.All() {
		t.Run(k.Name, func(t *testing.T) {
			defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
			defer func() {
				if p := recover(); p != nil {
					t.Fatal(p)
				}
			}()
			test(t, k)
		})
	}
}

// newTable returns a table with one row of each name.
func newTable(t testing.TB, names ...string) *table.Table {
	t.Helper()
	to, err := table.New(nil)
	require.NoError(t, err)
	t.Cleanup(to.Free)
	for _, n := range names {
		ok, err := to.Add([]byte(n), 0)
		require.NoError(t, err)
		require.True(t, ok)
	}
	return to
}

// counts returns the number of rows of each name.
func counts(to *table.Table) map[string]int64 {
	all := map[string]int64{}
	for s := range to.Stats() {
		all[string(s.Name)] = s.Count
	}
	return all
}

// TestPassSubRanges runs a pass on every range of rows of a tile and checks that it
// counts exactly those.
func TestPassSubRanges(t *testing.T) {
	names := []string{"a", "bb", "a", "seven__", "eight___", "nine_____", "sixteen_________", "a", "seventeen________",
		strings.Repeat("x", 30), strings.Repeat("y", 31), "bb", "a\x00", "a", "\x00", "bb", "a", "zz"}
	eachPass(t, func(t *testing.T, k *kernel.Kernel) {
		data, tile := tileOf(t, k, nil, names...)
		for from := range len(names) + 1 {
			for to := from; to <= len(names); to++ {
				table := newTable(t, names...)
				want := counts(table)
				for _, n := range names[from:to] {
					want[n]++
				}
				require.Equal(t, to, table.RunPass(k.Accumulate, data, tile, from, to))
				require.Equal(t, want, counts(table), "%d to %d", from, to)
			}
		}
	})
}

// TestPassStops puts a row whose name has no slot at every index. The pass must
// count the rows before it, and none from there on.
func TestPassStops(t *testing.T) {
	eachPass(t, func(t *testing.T, k *kernel.Kernel) {
		for _, stranger := range []string{"b", "known\x00", "know", strings.Repeat("x", 31), strings.Repeat("x", 32), strings.Repeat("x", 100), ""} {
			for at := range 40 {
				names := make([]string, 40)
				for i := range names {
					names[i] = "known"
				}
				names[at] = stranger
				data, tile := tileOf(t, k, nil, names...)
				to := newTable(t, "known")
				require.Equal(t, at, to.RunPass(k.Accumulate, data, tile, 0, len(names)), "%q", stranger)
				require.Equal(t, at, to.RunPass(k.Accumulate, data, tile, at, len(names)), "%q", stranger)
				require.Equal(t, len(names), to.RunPass(k.Accumulate, data, tile, at+1, len(names)), "%q", stranger)
				require.Equal(t, map[string]int64{"known": int64(len(names))}, counts(to), "%q", stranger)
			}
		}
	})
}

// TestPassFindsArrangedNames checks that a pass finds each name of a table that has
// moved many, at every row of a step, and adds it to no other name.
func TestPassFindsArrangedNames(t *testing.T) {
	var names []string
	for i := range 900 {
		names = append(names, fmt.Sprintf("%d%s", i, strings.Repeat("n", i%7*i%97)))
	}
	eachPass(t, func(t *testing.T, k *kernel.Kernel) {
		for _, slots := range []int{0, 1 << 13, 1 << 14} { // 128, 256 and 512 buckets
			to := newTable(t, names...)
			if slots > 0 {
				require.NoError(t, to.Grow(slots))
			}
			require.Greater(t, to.Arranged(), 10, "buckets")
			want := counts(to)
			for at := 0; at < len(names); at += 30 {
				some := names[at:][:30]
				data, tile := tileOf(t, k, nil, some...)
				for _, ends := range [][2]int{{0, 30}, {1, 30}, {3, 29}, {6, 8}, {0, 1}, {29, 30}} {
					require.Equal(t, ends[1], to.RunPass(k.Accumulate, data, tile, ends[0], ends[1]), slots)
					for _, name := range some[ends[0]:ends[1]] {
						want[name]++
					}
				}
			}
			require.Equal(t, want, counts(to))
		}
	})
}

// TestPassTouchesOnlyItsSlot runs a pass on rows with names of every length, on an
// empty table and on one with another name in the slot of the row. It must not
// change a byte of the slots, which end at a page that faults. The slot of the row
// is the first one and the last one.
func TestPassTouchesOnlyItsSlot(t *testing.T) {
	memory := enginetest.Guarded(t, table.SlotsBytes+64, true)
	eachPass(t, func(t *testing.T, k *kernel.Kernel) {
		for _, hash := range []uint32{0, 0xffffffff} {
			to := newTable(t)
			// Accumulate inserts x into that slot.
			for _, x := range []string{"", "x", strings.Repeat("x", 31), strings.Repeat("x", 32), strings.Repeat("x", 100)} {
				if x != "" {
					to = newTable(t)
					data, tile := tileOf(t, k, &hash, x)
					done, err := to.Accumulate(k.Accumulate, data, tile, 1)
					require.NoError(t, err)
					require.Equal(t, 1, done)
				}
				to.MoveSlots(memory)
				before := to.Slots()
				for n := range 128 {
					for _, y := range []string{strings.Repeat("y", n), strings.Repeat("x", n), strings.Repeat("\x00", n), x + ";" + strings.Repeat("\x00", n)} {
						if y == x || len(y) > 127 { // its own slot, or decode refuses it
							continue
						}
						// A pass may have one loop for the first rows and another one for
						// the last.
						const rows = 9
						data, tile := tileOf(t, k, &hash, slices.Repeat([]string{y}, rows)...)
						for from := range rows {
							require.Equal(t, from, to.RunPass(k.Accumulate, data, tile, from, rows), "%q in the slot of %q", y, x)
						}
					}
				}
				require.True(t, bytes.Equal(before, to.Slots()), "a slot has changed")
			}
		}
	})
}
