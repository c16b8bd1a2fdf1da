// Command asm writes the assembly of the kernels. It is run by make generate.
package main

//go:generate go run . -pass index512 -pkg kernel -out ../index_avx512_amd64.s
//go:generate go run . -pass decode512 -pkg kernel -out ../decode_avx512_amd64.s
//go:generate go run . -pass index256 -pkg kernel -out ../index_avx2_amd64.s
//go:generate go run . -pass decode256 -pkg kernel -out ../decode_avx2_amd64.s
//go:generate go run . -pass accumulate512 -pkg kernel -out ../accumulate_avx512_amd64.s
//go:generate go run . -pass accumulate256 -pkg kernel -out ../accumulate_avx2_amd64.s

import (
	"flag"
	"log"

	. "github.com/mmcloughlin/avo/build"
)

// passes are what -pass can name.
var passes = map[string]func(){
	"index512":      index512,
	"decode512":     decode512,
	"index256":      index256,
	"decode256":     decode256,
	"accumulate512": accumulate512,
	"accumulate256": accumulate256,
}

func main() {
	pass := flag.String("pass", "", "pass to write")
	flag.Parse()
	write, ok := passes[*pass]
	if !ok {
		log.Fatalf("asm: no pass %q", *pass)
	}
	ConstraintExpr("!purego")
	write()
	Generate()
}
