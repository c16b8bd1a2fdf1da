package probing

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestHash64 checks that each byte of a key and its length count, and that the upper,
// the middle and the lower bits of hashes of similar keys are spread evenly.
func TestHash64(t *testing.T) {
	secret, err := NewSecret()
	require.NoError(t, err)
	seen := map[uint64]string{}
	put := func(key []byte) {
		hash := Hash64(key, &secret)
		if old, ok := seen[hash]; ok && old != string(key) {
			t.Fatalf("%q and %q have the same hash", old, key)
		}
		seen[hash] = string(key)
	}
	r := rand.New(rand.NewPCG(6, 1))
	for n := range 130 {
		random := make([]byte, n)
		for i := range random {
			random[i] = byte(r.Uint32())
		}
		for _, key := range [][]byte{make([]byte, n), random} {
			put(key)
			for i := range key {
				for bit := range 8 {
					other := slices.Clone(key)
					other[i] ^= 1 << bit
					put(other)
				}
			}
			for i := 0; i+16 <= n; i++ { // swap words
				other := slices.Clone(key)
				copy(other[i:], key[i+8:i+16])
				copy(other[i+8:], key[i:i+8])
				put(other)
			}
		}
	}
	for _, format := range []string{"%d", "name %06d", "a name of %06d", "a long name, as long as 32 %06d", "name %05d of more than thirty-two bytes"} {
		const keys, buckets = 1 << 16, 256
		for _, shift := range []int{56, 28, 0} {
			var count [buckets]int
			for i := range keys {
				count[Hash64(fmt.Appendf(nil, format, i), &secret)>>shift%buckets]++
			}
			// Of 256 buckets with 256 +- 16 keys, none is 7 deviations off by chance.
			require.Greater(t, slices.Min(count[:]), keys/buckets-7*16, format)
			require.Less(t, slices.Max(count[:]), keys/buckets+7*16, format)
		}
	}
}

func BenchmarkHash64(b *testing.B) {
	secret := Secret{1 << 60, 3}
	for _, n := range []int{4, 13, 20, 40} {
		b.Run(fmt.Sprintf("bytes=%d", n), func(b *testing.B) {
			key, sum := make([]byte, n), uint64(0)
			for b.Loop() {
				sum += Hash64(key, &secret)
			}
		})
	}
}
