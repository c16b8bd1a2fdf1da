//go:build !purego

package kernel

import (
	"math/bits"
	"unsafe"
)

// assembly lists the kernels written in assembly. Every arm64 CPU has NEON. The count
// pass is that of generic.
var assembly = []*Kernel{
	{Name: "neon", Index: indexNEON, Decode: decodeNEON, Accumulate: accumulateNEON, Count: countGeneric},
}

// The passes in assembly take the layout of the types and the constants from go_asm.h.
// Besides, they assume these values. If one of them has changed, the build stops here.
var (
	_ [0]struct{}   = [unsafe.Offsetof(Tile{}.Starts)]struct{}{}
	_ [0]struct{}   = [unsafe.Offsetof(Slot{}.Key)]struct{}{}
	_ [8]struct{}   = [unsafe.Offsetof(Slot{}.Min) - unsafe.Offsetof(Slot{}.Packed)]struct{}{}
	_ [12]struct{}  = [unsafe.Offsetof(Slot{}.NotMax) - unsafe.Offsetof(Slot{}.Packed)]struct{}{}
	_ [16]struct{}  = [unsafe.Sizeof(nameMask{})]struct{}{}
	_ [64]struct{}  = [BlockBytes]struct{}{}
	_ [16]struct{}  = [GroupRows]struct{}{}
	_ [32]struct{}  = [KeyBytes]struct{}{}
	_ [128]struct{} = [MaskedNames]struct{}{}
)

// The passes in assembly read and write no more than Kernel and PadBefore and
// PadAfter say.

//go:noescape
func indexNEON(data unsafe.Pointer, n int, t *Tile) int

//go:noescape
func decodeNEON(data unsafe.Pointer, rows int, t *Tile) bool

//go:noescape
func accumulateNEON(slots *Slots, data unsafe.Pointer, tile *Tile, from, to int) int

// lanesInOrder has, for each mask of 8 lanes, the numbers of the lanes in it in order, in
// one byte each, followed by 255, which is no lane.
var lanesInOrder = func() (lanes [256]uint64) {
	for mask := range lanes {
		lanes[mask] = ^uint64(0)
		for rest := uint8(mask); rest != 0; rest &^= 1 << (bits.Len8(rest) - 1) {
			lanes[mask] = lanes[mask]<<8 | uint64(bits.Len8(rest)-1)
		}
	}
	return lanes
}()
