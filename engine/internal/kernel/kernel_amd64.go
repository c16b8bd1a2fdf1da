//go:build !purego

package kernel

import (
	"golang.org/x/sys/cpu"
)

// feature is a CPU feature, which counts only if the operating system saves
// the registers that it needs.
type feature struct {
	name string
	has  bool
}

// assembly lists the kernels written in assembly, the best first.
var assembly = []*Kernel{
	{
		Name:  "avx512",
		Index: IndexAVX512, Decode: DecodeAVX512, Accumulate: AccumulateAVX512,
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
		Index: IndexAVX2, Decode: DecodeAVX2, Accumulate: AccumulateAVX2,
		Missing: missing([]feature{
			{"AVX2", cpu.X86.HasAVX2},
			{"BMI1", cpu.X86.HasBMI1}, {"BMI2", cpu.X86.HasBMI2}, {"POPCNT", cpu.X86.HasPOPCNT},
		}),
	},
}

func missing(features []feature) (names []string) {
	for _, f := range features {
		if !f.has {
			names = append(names, f.name)
		}
	}
	return names
}
