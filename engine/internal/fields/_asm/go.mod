module onebrc/engine/internal/fields/asm

go 1.26.0

require (
	github.com/mmcloughlin/avo v0.6.0
	onebrc v0.0.0-00010101000000-000000000000
	onebrc/engine/internal/kernel/asm v0.0.0-00010101000000-000000000000
)

require (
	golang.org/x/mod v0.42.0 // indirect
	golang.org/x/sync v0.24.0 // indirect
	golang.org/x/sys v0.49.0 // indirect
	golang.org/x/tools v0.52.0 // indirect
)

replace onebrc => ../../../..

replace onebrc/engine/internal/kernel/asm => ../../kernel/_asm
