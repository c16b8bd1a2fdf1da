package kernel_test

import (
	"bytes"
	"math/rand/v2"
	"testing"
	"unsafe"

	"onebrc/engine/internal/kernel"

	"github.com/stretchr/testify/require"
)

// checkIndexOnly runs only the index pass, at both places.
func (l *lab) checkIndexOnly(data []byte) {
	l.t.Helper()
	e := startsOf(data)
	for i := range l.places {
		p := &l.places[i]
		l.checkIndex(p.put(l, data), p.tile, e)
	}
}

// startsOf is reference without what decode finds.
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

// randomBytes returns n bytes, one in every LF, half of the others near LF by
// value or by a bit.
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
			l.noise = "\n;0"[n%3] // a LF behind the data does not count
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

// TestIndexEveryByte has each byte value in each lane of a word.
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

// TestIndexEveryPosition has LFs at every pair of positions of a block, the
// first, one in the middle and the last one of the data, and every number of
// LFs in a block.
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

// TestIndexWritesOnlyItsScratch fills the Tile with a pattern that has to stay
// behind the offsets of one more block than the data has rows.
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
				requireFilled(t, canary, tile.Len[:], tile.Hash[:], tile.Value[:], masks(tile))
			}
		}
	})
}

// masks are the masks of tile as halves.
func masks(tile *kernel.Tile) []uint32 {
	return unsafe.Slice((*uint32)(unsafe.Pointer(&tile.Mask)), 2*len(tile.Mask))
}

// fill sets all of tile to the pattern.
func fill(tile *kernel.Tile, pattern uint32) {
	for _, array := range [][]uint32{tile.Starts[:], tile.Len[:], tile.Hash[:], tile.Value[:], masks(tile)} {
		for i := range array {
			array[i] = pattern
		}
	}
}

func requireFilled(t *testing.T, pattern uint32, arrays ...[]uint32) {
	t.Helper()
	for k, array := range arrays {
		for i, got := range array {
			if got != pattern {
				require.Failf(t, "write outside", "array %d, %d behind what may be written: %#x", k, i, got)
			}
		}
	}
}
