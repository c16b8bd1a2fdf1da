//go:build !purego

package kernel

import "unsafe"

// IndexAVX2 is IndexGeneric, 64 bytes a step. It needs AVX2, BMI1, BMI2 and
// POPCNT.
func IndexAVX2(data unsafe.Pointer, n int, t *Tile) int {
	return indexAVX2(data, n, t)
}

// DecodeAVX2 is DecodeGeneric, 8 rows a step, and writes t.Mask. It needs AVX2.
// It refuses rows that end in CR LF, which are left to DecodeGeneric.
func DecodeAVX2(data unsafe.Pointer, rows int, t *Tile) bool {
	if rows <= 0 || rows > TileRows {
		return rows == 0
	}
	return decodeAVX2(data, rows, t)
}

//go:noescape
func indexAVX2(data unsafe.Pointer, n int, t *Tile) int

//go:noescape
func decodeAVX2(data unsafe.Pointer, rows int, t *Tile) bool
