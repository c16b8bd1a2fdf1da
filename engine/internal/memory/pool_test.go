package memory_test

import (
	"bytes"
	"math/rand/v2"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"onebrc/engine/internal/memory"
)

// TestPool gets and puts pieces at random. It checks that no two pieces overlap.
func TestPool(t *testing.T) {
	const pieceBytes, regionBytes = 1 << 10, 10 << 10
	budget := memory.NewBudget(memory.NoLimit)
	p := memory.NewPool(budget, pieceBytes, regionBytes)
	require.Zero(t, budget.Used())
	r := rand.New(rand.NewPCG(1, 1))
	type owned struct {
		piece memory.Piece
		mark  byte
	}
	pieces := []owned{}
	most := 0
	for step := range 20_000 {
		if r.IntN(200) < 100+step%1000/10-50 && len(pieces) > 0 {
			i := r.IntN(len(pieces))
			o := pieces[i]
			require.Equal(t, len(o.piece.Data), bytes.Count(o.piece.Data, []byte{o.mark}))
			o.piece.Data = o.piece.Data[:r.IntN(len(o.piece.Data))]
			p.Put(o.piece)
			pieces[i] = pieces[len(pieces)-1]
			pieces = pieces[:len(pieces)-1]
			continue
		}
		size := pieceBytes
		get := p.Get
		if r.IntN(50) == 0 {
			size = 2000 + r.IntN(400_000)
			get = func() (memory.Piece, error) { return p.GetLarge(size) }
		}
		piece, err := get()
		require.NoError(t, err)
		require.Len(t, piece.Data, size)
		mark := byte(r.Uint32())
		for k := range piece.Data {
			piece.Data[k] = mark
		}
		pieces = append(pieces, owned{piece, mark})
		most = max(most, len(pieces))
	}
	require.Greater(t, most, 100)
	require.NotZero(t, budget.Used())
	for _, o := range pieces {
		p.Put(o.piece)
	}
	require.True(t, p.Trim())
	require.Zero(t, budget.Used())
	require.False(t, p.Trim())
	_, err := p.Get()
	require.NoError(t, err)
	_, err = p.GetLarge(3000)
	require.NoError(t, err)
	require.EqualValues(t, regionBytes+3000, budget.Used())
	require.False(t, p.Trim())
	p.Free()
	require.Zero(t, budget.Used())
}

// TestPoolReuses checks that pieces that were put back are used before new memory.
func TestPoolReuses(t *testing.T) {
	budget := memory.NewBudget(10 << 10)
	p := memory.NewPool(budget, 1<<10, 5<<10)
	defer p.Free()
	var wait sync.WaitGroup
	for range 4 {
		wait.Go(func() {
			for range 1000 {
				a, err := p.Get()
				if err != nil {
					panic(err)
				}
				b, err := p.Get()
				if err != nil {
					panic(err)
				}
				p.Put(a)
				p.Put(b)
			}
		})
	}
	wait.Wait()
	pieces := []memory.Piece{}
	for range 10 {
		piece, err := p.Get()
		require.NoError(t, err)
		pieces = append(pieces, piece)
	}
	_, err := p.Get()
	require.ErrorIs(t, err, memory.ErrMemory)
	_, err = p.GetLarge(1)
	require.ErrorIs(t, err, memory.ErrMemory)
	_, err = p.GetLarge(1 << 20)
	require.ErrorIs(t, err, memory.ErrMemory)
	p.Put(pieces[3])
	piece, err := p.Get()
	require.NoError(t, err)
	require.Same(t, &pieces[3].Data[0], &piece.Data[0])
}

// TestReclaiming checks that memory is reclaimed until there is enough, or no more.
func TestReclaiming(t *testing.T) {
	budget := memory.NewBudget(100)
	require.NoError(t, budget.Take(90))
	left := 3
	reclaiming := budget.Reclaiming(func() bool {
		if left == 0 {
			return false
		}
		left--
		budget.Give(20)
		return true
	})
	require.EqualValues(t, 100, reclaiming.Limit())
	require.Zero(t, reclaiming.Used())
	require.NoError(t, reclaiming.Take(50))
	require.Equal(t, 1, left)
	require.EqualValues(t, 100, budget.Used())
	require.EqualValues(t, 50, reclaiming.Used())
	require.ErrorIs(t, reclaiming.Take(50), memory.ErrMemory)
	require.Zero(t, left)
	reclaiming.Give(50)
	require.Zero(t, reclaiming.Used())
	require.EqualValues(t, 30, budget.Used())

	var none *memory.Budget
	require.NoError(t, none.Reclaiming(nil).Take(1<<60))
	require.Equal(t, int64(memory.NoLimit), none.Limit())
	require.Zero(t, none.Used())
}

func TestPowerOfTwo(t *testing.T) {
	for n, want := range map[int64]int{-1: 8, 0: 8, 7: 8, 8: 8, 9: 8, 15: 8, 16: 16, 31: 16, 63: 32, 64: 64, 65: 64, 1 << 62: 64} {
		require.Equal(t, want, memory.PowerOfTwo(n, 8, 64), n)
	}
}

// TestReserve checks that a reserve is there whatever others take, and that all is given
// back in any order.
func TestReserve(t *testing.T) {
	b := memory.NewBudget(100)
	r, err := b.Reserve(40)
	require.NoError(t, err)
	require.EqualValues(t, 40, b.Used())
	require.EqualValues(t, 100, r.Limit())
	require.NoError(t, b.Take(50))
	require.NoError(t, r.Take(30))
	require.ErrorIs(t, r.Take(21), memory.ErrMemory)
	require.EqualValues(t, 30, r.Used())
	require.NoError(t, r.Take(20))
	require.EqualValues(t, 100, b.Used())
	require.ErrorIs(t, b.Take(1), memory.ErrMemory)
	r.Give(5)
	require.EqualValues(t, 95, b.Used())
	r.Give(25)
	require.EqualValues(t, 90, b.Used())
	require.NoError(t, b.Take(10))
	require.NoError(t, r.Take(20), "the reserve is there again")
	require.ErrorIs(t, r.Take(1), memory.ErrMemory)
	r.Give(40)
	for range 2 {
		r.Release()
		require.EqualValues(t, 60, b.Used())
	}
	_, err = b.Reserve(41)
	require.ErrorIs(t, err, memory.ErrMemory)
	require.EqualValues(t, 60, b.Used())

	var none *memory.Budget
	r, err = none.Reserve(1)
	require.NoError(t, err)
	require.Nil(t, r)
	r.Release()
}
