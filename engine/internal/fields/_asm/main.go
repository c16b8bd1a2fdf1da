// Command asm writes the assembly of package fields. Make generate runs it.
//
// A function for each pass emits its instructions with avo. Each pass begins
// with a comment, which the assembly has too: what the pass does, the CPU
// features that it needs, how it treats the last bytes or rows, what it reads
// and writes beyond them, and which register holds what.
package main

// With purego, package fields compiles without the assembly, which may be stale.
//
//go:generate go run -tags purego . -pass index256 -pkg fields -out ../index_avx2_amd64.s
//go:generate go run -tags purego . -pass keys256 -pkg fields -out ../keys_avx2_amd64.s
//go:generate go run -tags purego . -pass accumulate256 -pkg fields -out ../accumulate_avx2_amd64.s
//go:generate go run -tags purego . -pass index512 -pkg fields -out ../index_avx512_amd64.s
//go:generate go run -tags purego . -pass accumulate512 -pkg fields -out ../accumulate_avx512_amd64.s
//go:generate go run -tags purego . -pass numbers256 -pkg fields -out ../numbers_avx2_amd64.s
//go:generate go run -tags purego . -pass numbers512 -pkg fields -out ../numbers_avx512_amd64.s
//go:generate go run -tags purego . -pass keys512 -pkg fields -out ../keys_avx512_amd64.s
//go:generate go run -tags purego . -assertions ../layout_amd64.go

import "onebrc/engine/internal/kernel/asm/emit"

func main() {
	emit.Run("fields", map[string]func(){
		"accumulate256": accumulate256,
		"accumulate512": accumulate512,
		"index256":      index256,
		"index512":      index512,
		"keys256":       keys256,
		"keys512":       keys512,
		"numbers256":    numbers256,
		"numbers512":    numbers512,
	}, assumptions)
}
