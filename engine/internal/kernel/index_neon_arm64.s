//go:build !purego

#include "go_asm.h"
#include "textflag.h"

// A block is 8 words of 8 bytes. A word has at most one LF unless a row is shorter
// than 8 bytes. An LF adds lfWeight and its position in the word to the sum of the
// word: 16 to 23 say that there is one LF, and more that there are 2 to 8, whose sum
// is between 33 and 8*16 + 28.
#define lfWeight 16
#define oneLF 0x1010101010101010
#define manyLFs 0xe0e0e0e0e0e0e0e0

// LFs compares the block in V0 to V3 with V16, has each byte that is an LF count
// weights, and adds up each word: the sums are the lower bytes of V0.
#define LFs(weights) \
	VCMEQ V16.B16, V0.B16, V0.B16     \
	VCMEQ V16.B16, V1.B16, V1.B16     \
	VCMEQ V16.B16, V2.B16, V2.B16     \
	VCMEQ V16.B16, V3.B16, V3.B16     \
	VAND  weights.B16, V0.B16, V0.B16 \
	VAND  weights.B16, V1.B16, V1.B16 \
	VAND  weights.B16, V2.B16, V2.B16 \
	VAND  weights.B16, V3.B16, V3.B16 \
	VADDP V1.B16, V0.B16, V0.B16      \
	VADDP V3.B16, V2.B16, V2.B16      \
	VADDP V2.B16, V0.B16, V0.B16      \
	VADDP V0.B16, V0.B16, V0.B16

// func indexNEON(data unsafe.Pointer, n int, t *Tile) int
//
// indexNEON writes the start of every row of the n bytes at data to t.Starts, and the
// end of the last complete one. It returns the number of complete rows.
//
// It does what indexAVX2 does: it turns the LFs of a block into positions in a vector
// and packs them with a table. A branch on the data is taken only for a block with two
// LFs in a word, whose rows are found one by one.
//
// A block of 64 bytes a step. The last n%64 bytes are treated as a block with two LFs
// in a word, where a mask hides the rest.
// Reads up to 63 bytes after the n bytes. Writes up to 8 entries after the last.
//
//	R0   the block, and then the next one
//	R1   n, less the bytes done, less 64
//	R2   the next entry of t.Starts
//	R3   entry 1 of t.Starts
//	R4   data
//	R5   lanesInOrder
//	R6   what moves bit 8i+4 to bit 56+i by multiplication
//	R7   1 in each byte
//	R8   the bytes of the block that count
//	V16  LF in each byte
//	V17  lfWeight and the position in the word in each byte
//	V18  bit i%8 in byte i
//	V19  what turns the sum of each word into the position after its LF, in bytes
//	V20  the bytes before the block, in halfwords
//	V21  64 in each halfword
TEXT ·indexNEON(SB), NOSPLIT, $0-32
	MOVD  data+0(FP), R0
	MOVD  n+8(FP), R1
	MOVD  t+16(FP), R2
	MOVD  R0, R4
	MOVW  ZR, Tile_Starts(R2)
	ADD   $(Tile_Starts+4), R2
	MOVD  R2, R3
	MOVD  $·lanesInOrder(SB), R5
	MOVD  $0x0010204081020408, R6
	MOVD  $0x0101010101010101, R7
	MOVD  $-1, R8
	VMOVI $10, V16.B16
	MOVD  $0x1716151413121110, R9
	VDUP  R9, V17.D2
	MOVD  $0x8040201008040201, R9
	VDUP  R9, V18.D2
	MOVD  $0x292119110901f9f1, R9
	VDUP  R9, V19.D2
	VEOR  V20.B16, V20.B16, V20.B16
	MOVD  $const_BlockBytes, R9
	VDUP  R9, V21.H8
	SUBS  $const_BlockBytes, R1
	BLT   tail

block:
	PRFM     const_TileBytes(R0), PLDL1KEEP
	VLD1.P   const_BlockBytes(R0), [V0.B16, V1.B16, V2.B16, V3.B16]
	LFs(V17)
	FMOVD    F0, R9
	TST      $manyLFs, R9
	BNE      dense

	// The words that have an LF select the order of the lanes.
	AND    $oneLF, R9
	MUL    R6, R9, R10
	LSR    $56, R10
	FMOVD  (R5)(R10<<3), F1
	VADD   V19.B8, V0.B8, V0.B8
	VTBL   V1.B8, [V0.B16], V0.B8
	VUADDW V0.B8, V20.H8, V0.H8
	VUXTL  V0.H4, V2.S4
	VUXTL2 V0.H8, V3.S4
	FSTPQ  (F2, F3), (R2)
	MUL    R7, R9, R9
	ADD    R9>>58, R2, R2 // 4 * the number of LFs: lfWeight is 1 << 4

next:
	VADD V21.H8, V20.H8, V20.H8
	SUBS $const_BlockBytes, R1
	BGE  block

tail:
	// The last block has R1 + 64 bytes; 0 means that there is none.
	ADDS $const_BlockBytes, R1
	BEQ  done
	LSL  R1, R8, R8
	MVN  R8, R8
	ADD  $const_BlockBytes, R0
	MOVD ZR, R1

dense:
	// One row at a time. The sum of the bits of a word is a byte of the mask.
	SUB      $const_BlockBytes, R0, R10
	VLD1     (R10), [V0.B16, V1.B16, V2.B16, V3.B16]
	LFs(V18)
	FMOVD    F0, R9
	ANDS     R8, R9
	BEQ      next
	SUB      R4, R10
	ADD      $1, R10

row:
	RBIT   R9, R11
	CLZ    R11, R11
	ADD    R10, R11
	MOVW.P R11, 4(R2)
	SUB    $1, R9, R11
	ANDS   R11, R9
	BNE    row
	B      next

done:
	SUB  R3, R2
	LSR  $2, R2
	MOVD R2, ret+24(FP)
	RET
