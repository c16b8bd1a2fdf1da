//go:build !purego

package table

import (
	"unsafe"

	"onebrc/parse"
)

// AccumulateAVX512 is AccumulateGeneric with one comparison of 32 bytes and
// one vector for sum, count, minimum and maximum a row. It needs AVX-512 F, BW,
// VL, BMI1 and tile.Mask. It reads 32 bytes from the start of each name.
func AccumulateAVX512(slots []slot, mask uint32, data unsafe.Pointer, tile *parse.Tile, from, to int) int {
	return accumulateAVX512(unsafe.Pointer(unsafe.SliceData(slots)), mask, data, tile, from, to)
}

//go:noescape
func accumulateAVX512(slots unsafe.Pointer, mask uint32, data unsafe.Pointer, tile *parse.Tile, from, to int) int

// The assembly knows the layout of a slot: this must be the number in
// engine/kernel/_asm/layout.go.
var _ [32]struct{} = [unsafe.Offsetof(slot{}.packed)]struct{}{}
