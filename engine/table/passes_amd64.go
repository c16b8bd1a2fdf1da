//go:build !purego

package table

import (
	"unsafe"

	"onebrc/parse"
)

// The assembly is written by engine/kernel/_asm (make generate). The contract
// of each function is that of AccumulateGeneric; it needs tile.Mask, and reads
// 32 bytes from the start of each name.

// AccumulateAVX512 has one comparison of 32 bytes and one vector for sum,
// count, minimum and maximum a row. It needs AVX-512 F, BW, VL, BMI1, AVX2.
func AccumulateAVX512(slots *Slots, data unsafe.Pointer, tile *parse.Tile, from, to int) int {
	return accumulateAVX512(slots, data, tile, from, to)
}

// AccumulateAVX2 is AccumulateAVX512 without masks. It needs AVX2 and BMI1.
func AccumulateAVX2(slots *Slots, data unsafe.Pointer, tile *parse.Tile, from, to int) int {
	return accumulateAVX2(slots, data, tile, from, to)
}

//go:noescape
func accumulateAVX512(slots *Slots, data unsafe.Pointer, tile *parse.Tile, from, to int) int

//go:noescape
func accumulateAVX2(slots *Slots, data unsafe.Pointer, tile *parse.Tile, from, to int) int

// The assembly knows the layout of a slot and of Slots: these must be the
// numbers in engine/kernel/_asm/layout.go.
var (
	_ [32]struct{} = [unsafe.Offsetof(slot{}.packed)]struct{}{}
	_ [52]struct{} = [unsafe.Offsetof(slot{}.entry)]struct{}{}
	_ [56]struct{} = [unsafe.Offsetof(slot{}.name)]struct{}{}
	_ [0]struct{}  = [unsafe.Offsetof(Slots{}.base)]struct{}{}
	_ [8]struct{}  = [unsafe.Offsetof(Slots{}.names)]struct{}{}
	_ [16]struct{} = [unsafe.Offsetof(Slots{}.mask)]struct{}{}
)
