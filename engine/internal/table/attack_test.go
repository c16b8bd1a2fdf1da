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
	"onebrc/engine/internal/memory"
	"onebrc/engine/internal/probing"
	"onebrc/engine/internal/table"
)

// colliding returns names of 20 to 92 bytes with the same hash: they agree in the
// first and the last 8 bytes.
func colliding(count int) []string {
	names := make([]string, count)
	for i := range names {
		names[i] = fmt.Sprintf("attacked%0*dattacked", 4+i%10*8, i/10)
	}
	return names
}

// sameSlot returns names with different hashes that belong to the same slot in a
// table of that many slots.
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

// feed adds a row of each name with the passes of k.
func feed(t *testing.T, k *kernel.Kernel, to *table.Table, names []string) {
	t.Helper()
	const perTile = 35 // rows of up to 105 bytes
	for len(names) > 0 {
		n := min(perTile, len(names))
		data, tile := tileOf(t, k, nil, names[:n]...)
		done, err := to.Accumulate(k.Accumulate, data, tile, n)
		require.NoError(t, err)
		require.Equal(t, n, done)
		names = names[n:]
	}
}

// TestAttack feeds colliding names to tables of several sizes. The probes must stay
// within what isAttacked allows, and the result must stay right.
func TestAttack(t *testing.T) {
	hash, slot := colliding(2000), sameSlot(150, 1<<15)
	eachPass(t, func(t *testing.T, k *kernel.Kernel) {
		for _, slots := range []int{1 << 15, 1 << 18, 1 << 19, 1 << 21} {
			for _, attack := range [][]string{hash, slot} {
				if len(attack) == len(slot) && slots != 1<<15 {
					continue // these names do not collide here
				}
				to := newTable(t)
				require.NoError(t, to.Grow(slots))
				const rounds = 4
				for range rounds {
					feed(t, k, to, attack)
				}
				probes, seeded := to.Probes()
				// A table of that few slots finds other ones for names of different hashes.
				require.Equal(t, len(attack) == len(hash), seeded, "%d slots", slots)
				require.Less(t, probes, int64(probing.MinProbes+rounds*len(attack)/4), "%d slots", slots)
				got := counts(to)
				require.Len(t, got, len(attack))
				for _, name := range attack {
					require.Equal(t, int64(rounds), got[name])
				}
			}
		}
	})
}

// TestAttackAfterGoodRows has few colliding names and many rows of one that a pass
// leaves to find.
func TestAttackAfterGoodRows(t *testing.T) {
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
		require.Less(t, probes, int64(probing.MinProbes+rows/4))
		require.Equal(t, int64(4001), counts(to)[names[3]])
	})
}

// swapped returns 64 names of 96 bytes that have the same wyhash whatever the seed:
// see probing.Hash.
func swapped() []string {
	constants := []uint64{0xa0761d6478bd642f, 0xe7037ed1a0b428db, 0x8ebc6af09c88c6e3, 0x589965cc75374cc3}
	pair := func(i int, swap bool) string { // returns the two words of pair i
		both := constants[i%2*2] ^ constants[i%2*2+1]
		if i >= 4 { // wyhash swaps the halves of the words in the last 32 bytes
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

// TestAttackOnWyhash feeds names that collide in wyhash with any seed to a seeded
// table.
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
		require.Less(t, probes-before, int64(probing.MinProbes))
		require.Equal(t, int64(100), counts(to)[attack[63]])
	})
}

// TestAttackOnMerge merges many tables, each of which has too few colliding names
// to notice the attack.
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
	require.Less(t, probes, int64(2*probing.MinProbes))
	require.Equal(t, expected, counts(all))

	// A table takes a seed if one that is merged into it has one.
	fresh := newTable(t)
	require.NoError(t, fresh.Merge(all))
	probes, seeded = fresh.Probes()
	require.True(t, seeded)
	require.Less(t, probes, int64(probing.MinProbes))
	require.Equal(t, expected, counts(fresh))
}

// TestHomeOfManySlots checks that find starts at the slot where a pass looks, and
// uses the bits of the hash that a pass drops if there are too many slots for it.
func TestHomeOfManySlots(t *testing.T) {
	for _, hash := range []uint32{0, 1, 63, 64, 0x12345678, 0xffffffff} {
		for log := 15; log <= 26; log++ {
			slots := 1 << log
			offset := uint64(hash) & ((uint64(slots) - 1) << 6) // as in a pass
			require.Equal(t, int(offset>>6), table.HomeOf(hash, slots), "%x in %d", hash, slots)
		}
		if bits.UintSize == 64 { // otherwise no table has this size
			shift := 32
			require.EqualValues(t, hash>>6|hash<<26, table.HomeOf(hash, 1<<shift))
		}
	}
}

// TestBudget makes tables grow until the budget is used up.
func TestBudget(t *testing.T) {
	const limit = 40 << 20
	budget := memory.NewBudget(limit)
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
	require.ErrorIs(t, err, memory.ErrMemory)
	require.ErrorContains(t, err, "slots: over the memory limit: ")
	require.ErrorIs(t, budget.Take(limit), memory.ErrMemory)
	for _, to := range tables {
		to.Free()
		to.Free() // a no-op
	}
	require.NoError(t, budget.Take(limit), "Free must return everything")
	require.ErrorIs(t, budget.Take(1), memory.ErrMemory)
	_, err = table.New(budget)
	require.ErrorIs(t, err, memory.ErrMemory)
	budget.Give(limit)
	require.NoError(t, budget.Take(limit))
}
