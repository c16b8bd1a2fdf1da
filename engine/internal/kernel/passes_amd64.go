//go:build !purego

package kernel

import "unsafe"

// The assembly is written by engine/internal/kernel/_asm (make generate). The contract
// of each function is that of its portable version.

// IndexAVX512 is IndexGeneric, 64 bytes a step. It needs AVX-512 F, BW, VBMI2
// and BMI2.
func IndexAVX512(data unsafe.Pointer, n int, t *Tile) int {
	return indexAVX512(data, n, t)
}

// DecodeAVX512 is DecodeGeneric, 16 rows a step, and writes t.Mask. It needs
// AVX-512 F, BW, VL, DQ, VBMI, VBMI2 and VNNI. It refuses rows that end in
// CR LF, which are left to DecodeGeneric.
func DecodeAVX512(data unsafe.Pointer, rows int, t *Tile) bool {
	if rows <= 0 || rows > TileRows {
		return rows == 0
	}
	return decodeAVX512(data, rows, t)
}

//go:noescape
func indexAVX512(data unsafe.Pointer, n int, t *Tile) int

//go:noescape
func decodeAVX512(data unsafe.Pointer, rows int, t *Tile) bool
