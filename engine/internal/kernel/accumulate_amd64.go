//go:build !purego

package kernel

import (
	"unsafe"
)

// The assembly is written by engine/internal/kernel/_asm (make generate). The contract
// of each function is that of AccumulateGeneric; it needs tile.Mask, and reads
// 32 bytes from the start of each name.

// AccumulateAVX512 has one comparison of 32 bytes and one vector for sum,
// count, minimum and maximum a row. It needs AVX-512 F, BW, VL, BMI1, AVX2.
func AccumulateAVX512(slots *Slots, data unsafe.Pointer, tile *Tile, from, to int) int {
	return accumulateAVX512(slots, data, tile, from, to)
}

// AccumulateAVX2 is AccumulateAVX512 without masks. It needs AVX2 and BMI1.
func AccumulateAVX2(slots *Slots, data unsafe.Pointer, tile *Tile, from, to int) int {
	return accumulateAVX2(slots, data, tile, from, to)
}

//go:noescape
func accumulateAVX512(slots *Slots, data unsafe.Pointer, tile *Tile, from, to int) int

//go:noescape
func accumulateAVX2(slots *Slots, data unsafe.Pointer, tile *Tile, from, to int) int

// The assembly knows the layout of a slot and of Slots: these must be the
// numbers in engine/internal/kernel/_asm/layout.go.
var (
	_ [32]struct{} = [unsafe.Offsetof(Slot{}.Packed)]struct{}{}
	_ [52]struct{} = [unsafe.Offsetof(Slot{}.Entry)]struct{}{}
	_ [56]struct{} = [unsafe.Offsetof(Slot{}.Name)]struct{}{}
	_ [0]struct{}  = [unsafe.Offsetof(Slots{}.Base)]struct{}{}
	_ [8]struct{}  = [unsafe.Offsetof(Slots{}.Names)]struct{}{}
	_ [16]struct{} = [unsafe.Offsetof(Slots{}.Mask)]struct{}{}
)
