//go:build !purego

package fields

import (
	"unsafe"

	"golang.org/x/sys/cpu"
)

// assembly lists the kernels written in assembly, the best first.
var assembly = []*Kernel{
	{
		Name:         "avx512",
		Index:        indexAnyAVX512,
		Integers:     integersAVX512,
		WideIntegers: wideIntegersAVX512,
		Decimals:     decimalsAVX512,
		WideDecimals: wideDecimalsAVX512,
		Keys:         keysAVX512,
		KeysAhead:    keysAheadAVX512,
		Cells:        cellsAMD64,
		Hash:         hashAnyAVX2,
		Accumulate:   accumulateAVX512,
		Missing: missing([]feature{
			{"AVX512F", cpu.X86.HasAVX512F}, {"AVX512BW", cpu.X86.HasAVX512BW},
			{"AVX512VL", cpu.X86.HasAVX512VL}, {"AVX512DQ", cpu.X86.HasAVX512DQ},
			{"AVX512VBMI", cpu.X86.HasAVX512VBMI}, {"AVX512VBMI2", cpu.X86.HasAVX512VBMI2},
			{"AVX512VNNI", cpu.X86.HasAVX512VNNI}, {"AVX2", cpu.X86.HasAVX2},
			{"BMI1", cpu.X86.HasBMI1}, {"BMI2", cpu.X86.HasBMI2}, {"POPCNT", cpu.X86.HasPOPCNT},
			{"PCLMULQDQ", cpu.X86.HasPCLMULQDQ}, {"AES", cpu.X86.HasAES},
		}),
	},
	{
		Name:         "avx2",
		Index:        indexAnyAVX2,
		Integers:     integersAVX2,
		WideIntegers: wideIntegersAVX2,
		Decimals:     decimalsAVX2,
		WideDecimals: wideDecimalsAVX2,
		Keys:         keysAVX2,
		KeysAhead:    keysAheadAVX2,
		Cells:        cellsAMD64,
		Hash:         hashAnyAVX2,
		Accumulate:   accumulateAnyAVX2,
		Missing: missing([]feature{
			{"AVX2", cpu.X86.HasAVX2},
			{"BMI1", cpu.X86.HasBMI1}, {"BMI2", cpu.X86.HasBMI2}, {"POPCNT", cpu.X86.HasPOPCNT},
			{"PCLMULQDQ", cpu.X86.HasPCLMULQDQ}, {"AES", cpu.X86.HasAES},
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

// The passes in assembly read and write no more than Kernel, PadBefore and PadAfter
// say.

//go:noescape
func indexAVX512(base unsafe.Pointer, n int, s *Syntax, t *Tile) (seps int, ok bool)

//go:noescape
func indexQuotedAVX512(base unsafe.Pointer, n int, s *Syntax, t *Tile) (seps int, ok bool)

//go:noescape
func indexAVX2(base unsafe.Pointer, n int, s *Syntax, t *Tile) (seps int, ok bool)

//go:noescape
func indexQuotedAVX2(base unsafe.Pointer, n int, s *Syntax, t *Tile) (seps int, ok bool)

//go:noescape
func integersAVX512(base unsafe.Pointer, c *Column, rows int, out *int64) bool

//go:noescape
func wideIntegersAVX512(base unsafe.Pointer, c *Column, rows int, out *int64) bool

//go:noescape
func decimalsAVX512(base unsafe.Pointer, c *Column, rows int, out *int64, point byte, scale int) bool

//go:noescape
func wideDecimalsAVX512(base unsafe.Pointer, c *Column, rows int, out *int64, point byte, scale int) bool

//go:noescape
func accumulateAVX512(s *Slots, at *uint32, rows int, l *Line)

// indexAnyAVX512 is Kernel.Index.
func indexAnyAVX512(base unsafe.Pointer, n int, s *Syntax, t *Tile) (seps int, ok bool) {
	if s.HasQuote {
		return indexQuotedAVX512(base, n, s, t)
	}
	return indexAVX512(base, n, s, t)
}

// indexAnyAVX2 is Kernel.Index.
func indexAnyAVX2(base unsafe.Pointer, n int, s *Syntax, t *Tile) (seps int, ok bool) {
	if s.HasQuote {
		return indexQuotedAVX2(base, n, s, t)
	}
	return indexAVX2(base, n, s, t)
}

//go:noescape
func keysAheadAVX512(base unsafe.Pointer, c *Column, from, rows int, s *Slots, at *uint32, hash *uint32) int

//go:noescape
func keysAVX512(base unsafe.Pointer, c *Column, from, rows int, s *Slots, at *uint32, hash *uint32) int

//go:noescape
func keysAheadAVX2(base unsafe.Pointer, c *Column, from, rows int, s *Slots, at *uint32, hash *uint32) int

//go:noescape
func keysAVX2(base unsafe.Pointer, c *Column, from, rows int, s *Slots, at *uint32, hash *uint32) int

//go:noescape
func cellsAMD64(c *Cells, from, rows int, s *Slots, at *uint32) int

//go:noescape
func hashAVX2(key unsafe.Pointer, n int) uint32

// hashAnyAVX2 is Kernel.Hash.
func hashAnyAVX2(key []byte) uint32 {
	if len(key) >= SlotUnit {
		return hashAVX2(unsafe.Pointer(unsafe.SliceData(key)), len(key))
	}
	var line [SlotUnit]byte
	copy(line[:], key)
	return hashAVX2(unsafe.Pointer(&line), len(key))
}

//go:noescape
func accumulateAVX2(lanes unsafe.Pointer, at *uint32, rows int, op *Op, count uint64, half int)

// accumulateAnyAVX2 is Kernel.Accumulate. It loops over the rows once for each column,
// and twice if the column has lanes in both halves of the line.
func accumulateAnyAVX2(s *Slots, at *uint32, rows int, l *Line) {
	line := unsafe.Add(s.Base, uintptr(l.Unit)*SlotUnit)
	count := l.Count
	for half := range 2 {
		lanes := uint64(0xf) << (4 * half)
		for i := range l.Columns {
			op := &l.Ops[i]
			if (op.Min|op.Max|op.Sum|op.Low|op.High)&lanes == 0 {
				continue
			}
			accumulateAVX2(unsafe.Add(line, SlotUnit/2*half), at, rows, op, count&lanes, half)
			count &^= lanes
		}
	}
	a := accumulation{line, unsafe.Slice(at, rows)}
	for ; count != 0; count &= count - 1 {
		a.count(lane(count))
	}
}

//go:noescape
func integersAVX2(base unsafe.Pointer, c *Column, rows int, out *int64) bool

//go:noescape
func wideIntegersAVX2(base unsafe.Pointer, c *Column, rows int, out *int64) bool

//go:noescape
func decimalsAVX2(base unsafe.Pointer, c *Column, rows int, out *int64, point byte, scale int) bool

//go:noescape
func wideDecimalsAVX2(base unsafe.Pointer, c *Column, rows int, out *int64, point byte, scale int) bool
