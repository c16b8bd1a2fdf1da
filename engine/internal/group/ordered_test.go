package group

import (
	"bytes"
	"encoding/binary"
	"math/big"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestNumbers tests the form of numbers in keys against rational numbers: its order, that
// equal numbers have the same, and that they can be read again.
func TestNumbers(t *testing.T) {
	r := rand.New(rand.NewPCG(21, 22))
	type number struct {
		v     *big.Rat
		bytes []byte
	}
	var numbers []number
	add := func(v int64, decimals int) {
		power := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(decimals)), nil)
		n := number{new(big.Rat).SetFrac(big.NewInt(v), power), appendNumber(nil, v, decimals)}
		numbers = append(numbers, n)
		for _, scale := range []int{decimals, 18} {
			want := new(big.Rat).Mul(n.v, new(big.Rat).SetInt(new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(scale)), nil)))
			require.True(t, want.IsInt())
			require.Equal(t, want.Num().String(), readNumber(n.bytes, scale).Big().String(), "%d, %d decimals, scale %d", v, decimals, scale)
		}
	}
	for decimals := range 19 {
		for _, v := range []int64{0, 1, 9, 10, 99, 100, 101, 1000, 1e18 - 1, 1e18, 1<<62 - 1, 123456789012345678} {
			add(v, decimals)
			add(-v, decimals)
		}
	}
	for range 500 {
		v := r.Int64N(1 << (1 + r.IntN(61)))
		if r.IntN(2) == 0 {
			v = -v
		}
		add(v, r.IntN(19))
	}
	for i, a := range numbers {
		for _, b := range numbers[:i] {
			require.Equal(t, a.v.Cmp(b.v), bytes.Compare(a.bytes, b.bytes), "%v, %v: % x, % x", a.v, b.v, a.bytes, b.bytes)
		}
	}
}

// TestValueJoin tests joining records of values against a map.
func TestValueJoin(t *testing.T) {
	m, err := newFormat(NewPlan(Plan{Values: []Values{{Number: -1}}})).NewMerger(nil)
	require.NoError(t, err)
	defer m.Free()
	r := rand.New(rand.NewPCG(23, 24))
	for round := range 3 {
		want := map[string]int64{}
		var records []byte
		for range 60_000 {
			key := append([]byte{0}, bytes.Repeat([]byte{byte(r.IntN(256))}, r.IntN(3)*r.IntN(100))...)
			key = append(key, byte(r.IntN(256)), byte(r.IntN(100*round+1)))
			count := 1 + r.Int64N(1<<r.IntN(40))
			want[string(key)] += count
			record := appendValueRecord(nil, key, count)
			records = append(binary.AppendUvarint(records, uint64(len(record))), record...)
		}
		m.(*merger).format.separate.Store(true)
		require.NoError(t, m.Add(records))
		require.Equal(t, len(want), m.Len())
		got := map[string]int64{}
		f := m.(*merger).format
		require.NoError(t, m.Drain(func(record []byte) error {
			v, ok := f.Value(record)
			require.True(t, ok)
			got["\x00"+string(v.Bytes)] = v.Count
			return nil
		}))
		require.Equal(t, want, got)
	}
}
