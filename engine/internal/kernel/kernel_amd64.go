//go:build !purego

package kernel

import (
	"unsafe"

	"golang.org/x/sys/cpu"
)

// assembly lists the kernels written in assembly, the best first.
var assembly = []*Kernel{
	{
		Name:  "avx512",
		Index: indexAVX512, Decode: checkedDecodeAVX512, Accumulate: accumulateAVX512, Count: countAVX512,
		Missing: missing([]feature{
			{"AVX512F", cpu.X86.HasAVX512F}, {"AVX512BW", cpu.X86.HasAVX512BW},
			{"AVX512VL", cpu.X86.HasAVX512VL}, {"AVX512DQ", cpu.X86.HasAVX512DQ},
			{"AVX512VBMI", cpu.X86.HasAVX512VBMI}, {"AVX512VBMI2", cpu.X86.HasAVX512VBMI2},
			{"AVX512VNNI", cpu.X86.HasAVX512VNNI},
			{"BMI1", cpu.X86.HasBMI1}, {"BMI2", cpu.X86.HasBMI2}, {"POPCNT", cpu.X86.HasPOPCNT},
		}),
	},
	{
		Name:  "avx2",
		Index: indexAVX2, Decode: checkedDecodeAVX2, Accumulate: accumulateAVX2, Count: countAVX2,
		Missing: missing([]feature{
			{"AVX2", cpu.X86.HasAVX2},
			{"BMI1", cpu.X86.HasBMI1}, {"BMI2", cpu.X86.HasBMI2}, {"POPCNT", cpu.X86.HasPOPCNT},
		}),
	},
}

// feature is a CPU feature. It is present only if the operating system saves the
// registers that it uses.
type feature struct {
	name    string
	present bool
}

// missing returns the names of the features that are not present.
func missing(features []feature) (names []string) {
	for _, f := range features {
		if !f.present {
			names = append(names, f.name)
		}
	}
	return names
}

// The passes in assembly read and write no more than Kernel and PadBefore and
// PadAfter say. Decode takes from 1 to TileRows rows. That of AVX-512 also
// writes Tile.Fields, which its accumulate and count need, and those write Tile.Prepared.

//go:noescape
func indexAVX512(data unsafe.Pointer, n int, t *Tile) int

//go:noescape
func decodeAVX512(data unsafe.Pointer, rows int, t *Tile) bool

//go:noescape
func accumulateAVX512(slots *Slots, data unsafe.Pointer, tile *Tile, from, to int) int

//go:noescape
func countAVX512(slots *Slots, data unsafe.Pointer, tile *Tile, from, to int) int

//go:noescape
func indexAVX2(data unsafe.Pointer, n int, t *Tile) int

//go:noescape
func decodeAVX2(data unsafe.Pointer, rows int, t *Tile) bool

//go:noescape
func accumulateAVX2(slots *Slots, data unsafe.Pointer, tile *Tile, from, to int) int

//go:noescape
func countAVX2(slots *Slots, data unsafe.Pointer, tile *Tile, from, to int) int

// checkedDecodeAVX512 is decodeAVX512 for any number of rows.
func checkedDecodeAVX512(data unsafe.Pointer, rows int, t *Tile) bool {
	if rows <= 0 || rows > TileRows {
		return rows == 0
	}
	return decodeAVX512(data, rows, t)
}

// checkedDecodeAVX2 is decodeAVX2 for any number of rows.
func checkedDecodeAVX2(data unsafe.Pointer, rows int, t *Tile) bool {
	if rows <= 0 || rows > TileRows {
		return rows == 0
	}
	return decodeAVX2(data, rows, t)
}
