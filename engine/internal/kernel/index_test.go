package kernel_test

import (
	"bytes"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"onebrc/engine/internal/kernel"
)

// checkIndexOnly runs the index pass alone, at both places.
func (l *lab) checkIndexOnly(data []byte) {
	l.t.Helper()
	e := startsOf(data)
	for i := range l.places {
		p := &l.places[i]
		l.checkIndex(p.put(l, data), p.tile, e)
	}
}

// startsOf returns the part of reference that the index pass finds.
func startsOf(data []byte) expected {
	e := expected{starts: []uint32{0}}
	for at := 0; ; {
		n := bytes.IndexByte(data[at:], '\n') + 1
		if n == 0 {
			return e
		}
		at += n
		e.starts = append(e.starts, uint32(at))
	}
}

// randomBytes returns n bytes. One in every is an LF; half of the others are close
// to LF in value or differ from it in one bit.
func randomBytes(r *rand.Rand, n, every int) []byte {
	data := make([]byte, n)
	for i := range data {
		switch {
		case r.IntN(every) == 0:
			data[i] = '\n'
		case r.IntN(2) == 0:
			data[i] = "\x00\x09\x0b\x0d\x8a\x1a\x0e\x08\x2a\x4a\x80\xff;"[r.IntN(13)]
		default:
			data[i] = byte(r.Uint32())
		}
	}
	return data
}

func TestIndexEveryLength(t *testing.T) {
	eachKernel(t, func(t *testing.T, l *lab) {
		r := rand.New(rand.NewPCG(1, 1))
		for n := 0; n <= kernel.TileBytes; n += step(7) {
			l.noise = "\n;0"[n%3] // an LF after the data does not count
			for _, every := range []int{2, 13, 400} {
				l.checkIndexOnly(randomBytes(r, n, every))
			}
		}
	})
}

func TestIndexExtremes(t *testing.T) {
	eachKernel(t, func(t *testing.T, l *lab) {
		for n := 0; n <= kernel.TileBytes; n += 1 + n%7 {
			l.checkIndexOnly(bytes.Repeat([]byte("\n"), n))
			l.checkIndexOnly(bytes.Repeat([]byte("x"), n))
			l.checkIndexOnly(bytes.Repeat([]byte{0}, n))
			l.checkIndexOnly(bytes.Repeat([]byte{0xff}, n))
			l.checkIndexOnly(bytes.Repeat([]byte{'\n' | 0x80}, n))
		}
		l.checkIndexOnly(bytes.Repeat([]byte("\n"), kernel.TileBytes))
	})
}

// TestIndexEveryByte puts each value at each position of two blocks, and an LF among
// bytes of each value.
func TestIndexEveryByte(t *testing.T) {
	eachKernel(t, func(t *testing.T, l *lab) {
		for c := range 256 {
			for at := range 2 * kernel.BlockBytes {
				data := bytes.Repeat([]byte("x"), 2*kernel.BlockBytes)
				data[at] = byte(c)
				l.checkIndexOnly(data)
				data = bytes.Repeat([]byte{byte(c)}, 2*kernel.BlockBytes)
				data[at] = '\n'
				l.checkIndexOnly(data)
			}
		}
	})
}

// TestIndexEveryPosition puts LFs at every pair of positions, and every number of
// LFs, into the first, the middle and the last block of the data.
func TestIndexEveryPosition(t *testing.T) {
	eachKernel(t, func(t *testing.T, l *lab) {
		r := rand.New(rand.NewPCG(1, 2))
		for block := range 3 {
			for a := range kernel.BlockBytes {
				for b := range a + 1 {
					data := bytes.Repeat([]byte(";"), 3*kernel.BlockBytes)
					data[block*kernel.BlockBytes+a], data[block*kernel.BlockBytes+b] = '\n', '\n'
					l.checkIndexOnly(data)
				}
			}
			for count := range kernel.BlockBytes + 1 {
				for range 10 {
					data := bytes.Repeat([]byte(";"), 3*kernel.BlockBytes-r.IntN(kernel.BlockBytes))
					for _, at := range r.Perm(kernel.BlockBytes)[:count] {
						if at += block * kernel.BlockBytes; at < len(data) {
							data[at] = '\n'
						}
					}
					l.checkIndexOnly(data)
				}
			}
		}
	})
}

// TestIndexWritesOnlyItsScratch fills the Tile with a pattern, which must survive in
// all arrays but Starts, and there beyond one block after the last row.
func TestIndexWritesOnlyItsScratch(t *testing.T) {
	const canary = 0xfeedface
	eachKernel(t, func(t *testing.T, l *lab) {
		r := rand.New(rand.NewPCG(1, 3))
		for n := 0; n <= kernel.TileBytes; n += 1 + r.IntN(60) {
			data := randomBytes(r, n, 1+n%40)
			for i := range l.places {
				tile := l.places[i].tile
				fill(tile, canary)
				e := startsOf(data)
				l.checkIndex(l.places[i].put(l, data), tile, e)
				rows := len(e.starts) - 1
				requireFilled(t, canary, tile.Starts[min(1+rows+kernel.BlockBytes, len(tile.Starts)):])
				requireFilled(t, canary, tile.Len[:], tile.Hash[:], tile.Value[:], tile.Fields[:])
			}
		}
	})
}

// fill sets every entry of tile that index and decode may write to pattern.
func fill(tile *kernel.Tile, pattern uint32) {
	for _, array := range [][]uint32{tile.Starts[:], tile.Len[:], tile.Hash[:], tile.Value[:], tile.Fields[:]} {
		for i := range array {
			array[i] = pattern
		}
	}
}

// requireFilled checks that every entry of arrays still has pattern.
func requireFilled(t *testing.T, pattern uint32, arrays ...[]uint32) {
	t.Helper()
	for k, array := range arrays {
		for i, got := range array {
			if got != pattern {
				require.Failf(t, "write out of bounds", "array %d, entry %d after those that may be written: %#x", k, i, got)
			}
		}
	}
}
