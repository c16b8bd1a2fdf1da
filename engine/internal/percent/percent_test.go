package percent

import (
	"fmt"
	"math/big"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestParse(t *testing.T) {
	for text, want := range map[string]Percent{
		"0": 0, "1": One, "50": 50 * One, "050": 50 * One, "100": All, "100.000": All,
		"99.9": 99*One + One/10*9, "0.000000000000001": 1,
	} {
		p, err := Parse(text)
		require.NoError(t, err)
		require.Equal(t, want, p, text)
	}
	for _, text := range []string{
		"", ".", ".5", "5.", "-1", "+1", "101", "100.1", "1e2", "0x1", "1000", "0000", " 1", "1 ", "1,5", "1.2.3", "nan", "9:", "0.0000000000000001",
		"100.000000000000001",
	} {
		_, err := Parse(text)
		require.EqualError(t, err, fmt.Sprintf("must be a number from 0 to 100 with at most 15 decimals, got %q", text))
	}
}

// TestRanks tests ranks of percentiles against rational numbers.
func TestRanks(t *testing.T) {
	p, err := Parse("99.9")
	require.NoError(t, err)
	require.EqualValues(t, 999, p.Rank(1000), "not 1000, as with the float64 nearest to 99.9")
	require.EqualValues(t, 2, (All / 2).Rank(4), "the lower middle value")

	integer := func(n uint64) *big.Rat { return new(big.Rat).SetInt(new(big.Int).SetUint64(n)) }
	check := func(p Percent, count uint64) {
		part := new(big.Rat).Quo(integer(uint64(p)), integer(uint64(All)))
		rank, place := p.Rank(count), new(big.Rat).Mul(part, integer(count))
		require.True(t, rank == 1 || integer(rank-1).Cmp(place) < 0, "%d of %d: %d", p, count, rank)
		require.GreaterOrEqual(t, integer(rank).Cmp(place), 0, "%d of %d: %d", p, count, rank)

		rank, rest := p.Between(count)
		require.Less(t, rest, uint64(All))
		got := new(big.Rat).Quo(integer(rest), integer(uint64(All)))
		require.Zero(t, place.Mul(part, integer(count-1)).Cmp(got.Add(got, integer(rank-1))), "%d of %d: %d, %d", p, count, rank, rest)
		require.LessOrEqual(t, rank, count)
	}
	for _, p := range []Percent{0, 1, One, All / 2, All - 1, All} {
		for _, count := range []uint64{1, 2, 3, 100, 1<<62 + 1, 1<<63 - 1} {
			check(p, count)
		}
	}
	r := rand.New(rand.NewPCG(31, 32))
	for range 10_000 {
		check(Percent(r.Uint64N(uint64(All)+1)), 1+r.Uint64N(1<<(1+r.IntN(62))))
	}
}
