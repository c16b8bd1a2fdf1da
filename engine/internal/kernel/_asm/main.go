// Command asm writes the assembly of package kernel. Make generate runs it.
//
// A function for each pass emits its instructions with avo. Each pass begins
// with a comment, which the assembly has too: what the pass does, the CPU
// features that it needs, how it treats the last bytes or rows, what it reads
// and writes beyond them, and which register holds what.
package main

// With purego, package kernel compiles without the assembly, which may be stale.
//
//go:generate go run -tags purego . -pass index512 -pkg kernel -out ../index_avx512_amd64.s
//go:generate go run -tags purego . -pass decode512 -pkg kernel -out ../decode_avx512_amd64.s
//go:generate go run -tags purego . -pass index256 -pkg kernel -out ../index_avx2_amd64.s
//go:generate go run -tags purego . -pass decode256 -pkg kernel -out ../decode_avx2_amd64.s
//go:generate go run -tags purego . -pass accumulate512 -pkg kernel -out ../accumulate_avx512_amd64.s
//go:generate go run -tags purego . -pass accumulate256 -pkg kernel -out ../accumulate_avx2_amd64.s
//go:generate go run -tags purego . -pass count512 -pkg kernel -out ../count_avx512_amd64.s
//go:generate go run -tags purego . -pass count256 -pkg kernel -out ../count_avx2_amd64.s
//go:generate go run -tags purego . -assertions ../layout_amd64.go

import "onebrc/engine/internal/kernel/asm/emit"

func main() {
	emit.Run("kernel", map[string]func(){
		"index512":      index512,
		"decode512":     decode512,
		"index256":      index256,
		"decode256":     decode256,
		"accumulate512": accumulate512,
		"accumulate256": accumulate256,
		"count512":      count512,
		"count256":      count256,
	}, assumptions)
}
