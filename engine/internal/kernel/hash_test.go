package kernel_test

import (
	"bytes"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"onebrc/engine/internal/kernel"
	"onebrc/gen"
	"onebrc/parse"
)

func randomName(r *rand.Rand, n int) []byte {
	name := make([]byte, n)
	for i := range name {
		name[i] = byte(r.Uint32())
	}
	return name
}

// TestHashNameLooksAtNothingElse places a name at random in memory full of noise.
func TestHashNameLooksAtNothingElse(t *testing.T) {
	r := rand.New(rand.NewPCG(2, 2))
	for n := 1; n <= parse.MaxNameBytes; n++ {
		name := randomName(r, n)
		want := kernel.HashName(bytes.Clone(name))
		for range 20 {
			memory := randomName(r, 300)
			at := r.IntN(200)
			copy(memory[at:], name)
			require.Equal(t, want, kernel.HashName(memory[at:at+n]), "%q", name)
		}
	}
}

// TestHashNameCoversItsBytes flips each bit of a name. Outside the first 8 and the
// last 8 bytes the hash must stay the same. Inside, the hash and its upper bits must
// nearly always change.
func TestHashNameCoversItsBytes(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 3))
	flips, same, sameSlot := 0, 0, 0
	for n := 1; n <= parse.MaxNameBytes; n++ {
		name := randomName(r, n)
		want := kernel.HashName(name)
		for bit := range 8 * n {
			at := bit / 8
			name[at] ^= 1 << (bit % 8)
			got := kernel.HashName(name)
			name[at] ^= 1 << (bit % 8)
			if at >= 8 && at < n-8 {
				require.Equal(t, want, got, "byte %d of %d", at, n)
				continue
			}
			flips++
			if got == want {
				same++
			}
			if got>>17 == want>>17 {
				sameSlot++
			}
		}
	}
	require.Less(t, same, 1+flips/1000, "of %d", flips)
	require.Less(t, sameSlot, 1+flips/50, "of %d", flips)
}

// TestHashNameSpreads counts collisions among short names. Of k random hashes of 32
// bits, k²/2^33 pairs collide: here about 1.
func TestHashNameSpreads(t *testing.T) {
	seen := map[uint32]bool{}
	names := 0
	for a := byte('a'); a <= 'z'; a++ {
		for b := byte('a'); b <= 'z'; b++ {
			for c := byte('a'); c <= 'z'; c++ {
				for _, name := range []string{
					string([]byte{a, b, c}), "Saint " + string([]byte{a, b, c}) + " on Sea", string([]byte{a, b, c, 0}),
				} {
					seen[kernel.HashName([]byte(name))] = true
					names++
				}
			}
		}
	}
	require.GreaterOrEqual(t, len(seen), names-names/1000)
}

// TestHashNameOfCollide checks the promise of gen's profile "collide" that all of
// its names have the same hash.
func TestHashNameOfCollide(t *testing.T) {
	var data bytes.Buffer
	require.NoError(t, gen.Write(t.Context(), &data, gen.Options{Rows: 10_000, Profile: "collide"}))
	hashes := map[uint32]bool{}
	for row := range bytes.Lines(data.Bytes()) {
		name, _, _ := bytes.Cut(row, []byte(";"))
		hashes[kernel.HashName(name)] = true
	}
	require.Len(t, hashes, 1)
}
