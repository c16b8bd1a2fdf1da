//go:build unix

package table_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"maps"
	"math/bits"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/dgryski/go-wyhash"
	"github.com/stretchr/testify/require"

	"onebrc/engine/internal/kernel"
	"onebrc/engine/internal/table"
)

// colliding returns names of 20 to 92 bytes with one hash: it covers the first
// and the last 8 bytes of a name.
func colliding(count int) []string {
	names := make([]string, count)
	for i := range names {
		names[i] = fmt.Sprintf("attacked%0*dattacked", 4+i%10*8, i/10)
	}
	return names
}

// sameSlot returns names that share their slot in a table of so many slots, and
// have hashes that differ.
func sameSlot(count, slots int) []string {
	var names []string
	for i := 0; len(names) < count; i++ {
		name := fmt.Sprintf("%x", i)
		if table.HomeOf(kernel.HashName([]byte(name)), slots) == 7 {
			names = append(names, name)
		}
	}
	return names
}

// feed adds a row of each name, by way of the passes of k.
func feed(t *testing.T, k *kernel.Kernel, to *table.Table, names []string) {
	t.Helper()
	const perTile = 35 // of up to 105 bytes
	for len(names) > 0 {
		n := min(perTile, len(names))
		data, tile := tileOf(t, k, nil, names[:n]...)
		done, err := to.Accumulate(k.Accumulate, data, tile, n)
		require.NoError(t, err)
		require.Equal(t, n, done)
		names = names[n:]
	}
}

// TestAttack feeds names that collide to tables of several sizes: the probes
// stay within what isAttacked allows, and the answer stays the same.
func TestAttack(t *testing.T) {
	hash, slot := colliding(2000), sameSlot(150, 1<<15)
	eachPass(t, func(t *testing.T, k *kernel.Kernel) {
		for _, slots := range []int{1 << 15, 1 << 18, 1 << 19, 1 << 21} {
			for _, attack := range [][]string{hash, slot} {
				if len(attack) == len(slot) && slots != 1<<15 {
					continue // they have slots of their own here
				}
				to := newTable(t)
				require.NoError(t, to.Grow(slots))
				const rounds = 4
				for range rounds {
					feed(t, k, to, attack)
				}
				probes, seeded := to.Probes()
				require.True(t, seeded, "%d slots", slots)
				require.Less(t, probes, int64(table.MinProbes+rounds*len(attack)/4), "%d slots", slots)
				got := counts(to)
				require.Len(t, got, len(attack))
				for _, name := range attack {
					require.Equal(t, int64(rounds), got[name])
				}
			}
		}
	})
}

// TestAttackBehindGoodRows has few names that collide, of which the rows are
// those that find has to look for.
func TestAttackBehindGoodRows(t *testing.T) {
	eachPass(t, func(t *testing.T, k *kernel.Kernel) {
		to, names := newTable(t), colliding(4)
		feed(t, k, to, names)
		rows := 4
		for range 2000 {
			feed(t, k, to, []string{"good", names[3], "good", names[3]})
			rows += 4
		}
		probes, seeded := to.Probes()
		require.True(t, seeded)
		require.Less(t, probes, int64(table.MinProbes+rows/4))
		require.Equal(t, int64(4001), counts(to)[names[3]])
	})
}

// swapped returns 64 names of 96 bytes that have one wyhash whatever its seed:
// it multiplies the words of a pair, each xor a constant and the seed.
func swapped() []string {
	constants := []uint64{0xa0761d6478bd642f, 0xe7037ed1a0b428db, 0x8ebc6af09c88c6e3, 0x589965cc75374cc3}
	pair := func(i int, swap bool) string { // of the words of pair i
		both := constants[i%2*2] ^ constants[i%2*2+1]
		if i >= 4 { // the last 32 bytes are read with the halves of a word swapped
			both = bits.RotateLeft64(both, 32)
		}
		for r := rand.NewPCG(uint64(i), 3); ; {
			a, b := r.Uint64(), r.Uint64()
			plain := binary.LittleEndian.AppendUint64(binary.LittleEndian.AppendUint64(nil, a), b)
			other := binary.LittleEndian.AppendUint64(binary.LittleEndian.AppendUint64(nil, b^both), a^both)
			switch {
			case bytes.ContainsAny(append(plain, other...), ";\n"):
			case swap:
				return string(other)
			default:
				return string(plain)
			}
		}
	}
	names := make([]string, 64)
	for i := range names {
		for p := range 6 {
			names[i] += pair(p, i>>p&1 == 1)
		}
	}
	return names
}

// TestAttackOnWyhash has names that collide in wyhash with any seed, and a table
// that is seeded already.
func TestAttackOnWyhash(t *testing.T) {
	attack := swapped()
	for _, seed := range []uint64{0, 1, 1 << 63, 0x0123456789abcdef} {
		for _, name := range attack {
			require.Equal(t, wyhash.Hash([]byte(attack[0]), seed), wyhash.Hash([]byte(name), seed))
		}
	}
	eachPass(t, func(t *testing.T, k *kernel.Kernel) {
		to := newTable(t)
		feed(t, k, to, colliding(2000))
		before, seeded := to.Probes()
		require.True(t, seeded)
		for range 100 {
			feed(t, k, to, attack)
		}
		probes, _ := to.Probes()
		require.Less(t, probes-before, int64(table.MinProbes))
		require.Equal(t, int64(100), counts(to)[attack[63]])
	})
}

// TestAttackOnMerge has tables that have too few of the colliding names to see
// that, and so many tables that all of them together collide.
func TestAttackOnMerge(t *testing.T) {
	attack := colliding(5000)
	all := newTable(t)
	expected := map[string]int64{}
	for from := 0; from < len(attack); from += 50 {
		part := newTable(t, attack[from:][:50]...)
		_, seeded := part.Probes()
		require.False(t, seeded)
		require.NoError(t, all.Merge(part))
		maps.Copy(expected, counts(part))
	}
	probes, seeded := all.Probes()
	require.True(t, seeded)
	require.Less(t, probes, int64(2*table.MinProbes))
	require.Equal(t, expected, counts(all))

	// A table that has seen the attack tells the one that it is merged into.
	fresh := newTable(t)
	require.NoError(t, fresh.Merge(all))
	probes, seeded = fresh.Probes()
	require.True(t, seeded)
	require.Less(t, probes, int64(table.MinProbes))
	require.Equal(t, expected, counts(fresh))
}

// TestHomeOfManySlots holds find to the slot that a pass looks at, and to all
// bits of the hash where a pass can't see them.
func TestHomeOfManySlots(t *testing.T) {
	for _, hash := range []uint32{0, 1, 63, 64, 0x12345678, 0xffffffff} {
		for log := 15; log <= 26; log++ {
			slots := 1 << log
			offset := uint64(hash) & ((uint64(slots) - 1) << 6) // as in a pass
			require.Equal(t, int(offset>>6), table.HomeOf(hash, slots), "%x in %d", hash, slots)
		}
		if bits.UintSize == 64 { // else there is no table of this size
			shift := 32
			require.EqualValues(t, hash>>6|hash<<26, table.HomeOf(hash, 1<<shift))
		}
	}
}

// TestBudget has tables grow within a budget, and up to its end.
func TestBudget(t *testing.T) {
	const limit = 40 << 20
	budget := table.NewBudget(limit)
	var tables []*table.Table
	var err error
	for names := 0; err == nil; names++ {
		if names%10_000 == 0 {
			to, err := table.New(budget)
			require.NoError(t, err)
			tables = append(tables, to)
		}
		name := fmt.Sprintf("%d %s", names, strings.Repeat("n", names%80))
		_, err = tables[len(tables)-1].Add([]byte(name), 0)
		require.Less(t, names, 1_000_000)
	}
	require.ErrorIs(t, err, table.ErrMemory)
	require.ErrorContains(t, err, "slots: over the memory limit: ")
	require.ErrorIs(t, budget.Take(limit), table.ErrMemory)
	for _, to := range tables {
		to.Free()
		to.Free() // once is enough
	}
	require.NoError(t, budget.Take(limit), "all was given back")
	require.ErrorIs(t, budget.Take(1), table.ErrMemory)
	_, err = table.New(budget)
	require.ErrorIs(t, err, table.ErrMemory)
	budget.Give(limit)
	require.NoError(t, budget.Take(limit))
}
