//go:build !purego

#include "go_asm.h"
#include "neon_arm64.h"
#include "textflag.h"

// ENDS2 loads the 8 bytes before the LF of two rows. at is 4 times the number of the
// first one in the group.
#define ENDS2(at, a, b) \
	LDPW  (Tile_Starts+4+at)(R2), (R8, R9) \
	FMOVD (R3)(R8), a                      \
	FMOVD (R3)(R9), b

// ZIP interleaves the bytes of a and b. The lower halves of both become low, and the
// upper halves high.
#define ZIP(a, b, low, high) \
	VZIP1 b.B16, a.B16, low.B16 \
	VZIP2 b.B16, a.B16, high.B16

// HASH hashes a name, whose start and length are in start and n. product becomes a
// number whose upper half is the hash.
#define HASH(start, n, product) \
	MOVD (R0)(start), R16                     \
	ADD  start, n, R17                        \
	MOVD (R3)(R17), R17                       \
	ADD  n<<4, R6, R19                        \
	LDP  (R19), (R19, R20)                    \
	AND  R19, R16                             \
	AND  R20, R17                             \
	EOR  R17@>(64-const_HashRotate), R16, R16 \
	MUL  R7, R16, product

// func decodeNEON(data unsafe.Pointer, rows int, t *Tile) bool
//
// decodeNEON writes t.Len, t.Hash and t.Value of the rows at data, whose starts and end
// are in t.Starts. It reports whether all are good, and refuses more than TileRows.
//
// A first loop decodes values, 16 rows a step. It transposes the 8 bytes before each LF,
// so that byte i of each of 16 rows is in one vector, for i from 2 to 7:
//
//	byte        2   3   4   5   6   7
//	; d.d               ;   d   .   d
//	; -d.d          ;   -   d   .   d
//	; dd.d          ;   d   d   .   d
//	; -dd.d     ;   -   d   d   .   d
//
// A second loop hashes names, 4 rows a step, in the general registers.
//
// The last steps may have rows after the last one. Starts is filled up so that they are
// empty rows at its end: their value is that of the last row, and their negative Len does
// not count.
// Reads up to 17 bytes before the end of each row, 8 bytes from the start of each row,
// and 8 bytes before the end of a name. Writes up to 15 entries after the last.
TEXT ·decodeNEON(SB), NOSPLIT, $0-25
	MOVD data+0(FP), R0
	MOVD rows+8(FP), R1
	MOVD t+16(FP), R2
	CBZ  R1, good
	CMP  $const_TileRows, R1
	BHI  refuse

	// Fill up Starts.
	ADD   R1<<2, R2, R4
	ADD   $Tile_Starts, R4
	MOVWU (R4), R5
	VDUP  R5, V0.S4
	VMOV  V0.B16, V1.B16
	ADD   $4, R4
	FSTPQ (F0, F1), (R4)
	FSTPQ (F0, F1), 32(R4)

	// Values:
	//	R1   rows, less those done
	//	R2   t, plus 4 bytes for each row done
	//	R3   data - 9
	//	R4   t.Len of the first row of the step
	//	R5   t.Value of the first row of the step
	//	V16  '0' in each byte
	//	V17  9 in each byte
	//	V18  '.' in each byte
	//	V19  ';' in each byte
	//	V20  '-' in each byte
	//	V21  6 in each byte
	//	V22  10 in each byte
	//	V23  1 in each byte
	//	V24  the and of all that must be all ones
	//	V25  the greatest digit, by row of a step
	//	V26  the longest Len, by row of a step modulo 4
	//	V27  ValueBias in each word
	SUB   $9, R0, R3
	MOVD  $Tile_Len, R4
	ADD   R2, R4
	MOVD  $Tile_Value, R5
	ADD   R2, R5
	VMOVI $48, V16.B16
	VMOVI $9, V17.B16
	VMOVI $46, V18.B16
	VMOVI $59, V19.B16
	VMOVI $45, V20.B16
	VMOVI $6, V21.B16
	VMOVI $10, V22.B16
	VMOVI $1, V23.B16
	VMOVI $255, V24.B16
	VEOR  V25.B16, V25.B16, V25.B16
	VEOR  V26.B16, V26.B16, V26.B16
	MOVD  $const_ValueBias, R8
	VDUP  R8, V27.S4

values:
	ENDS2(0, F0, F1)
	ENDS2(8, F2, F3)
	ENDS2(16, F4, F5)
	ENDS2(24, F6, F7)
	ENDS2(32, F8, F9)
	ENDS2(40, F10, F11)
	ENDS2(48, F12, F13)
	ENDS2(56, F14, F15)

	// Transpose: a vector has a byte of 2 rows, of 4, of 8 and of 16.
	VZIP1                 V8.B16, V0.B16, V0.B16
	VZIP1                 V9.B16, V1.B16, V1.B16
	VZIP1                 V10.B16, V2.B16, V2.B16
	VZIP1                 V11.B16, V3.B16, V3.B16
	VZIP1                 V12.B16, V4.B16, V4.B16
	VZIP1                 V13.B16, V5.B16, V5.B16
	VZIP1                 V14.B16, V6.B16, V6.B16
	VZIP1                 V15.B16, V7.B16, V7.B16
	ZIP(V0, V4, V8, V12)
	ZIP(V1, V5, V9, V13)
	ZIP(V2, V6, V10, V14)
	ZIP(V3, V7, V11, V15)
	VZIP2                 V10.B16, V8.B16, V0.B16
	VZIP2                 V11.B16, V9.B16, V1.B16
	ZIP(V12, V14, V4, V6)
	ZIP(V13, V15, V5, V7)
	ZIP(V0, V1, V2, V3)   // bytes 2 and 3
	ZIP(V4, V5, V8, V9)   // bytes 4 and 5
	ZIP(V6, V7, V10, V11) // bytes 6 and 7

	// Byte 5 and 7 are digits, byte 6 is '.'.
	VSUB  V16.B16, V9.B16, V9.B16
	VSUB  V16.B16, V11.B16, V11.B16
	VUMAX V9.B16, V25.B16, V25.B16
	VUMAX V11.B16, V25.B16, V25.B16
	VCMEQ V18.B16, V10.B16, V10.B16
	VAND  V10.B16, V24.B16, V24.B16

	// Which of the bytes 2 to 4 are ';', '-' or a digit
	VSUB               V16.B16, V8.B16, V4.B16
	CMHS_16B(5, 17, 4)                         // byte 4 is a digit
	VCMEQ              V19.B16, V8.B16, V6.B16 // byte 4 is ';'
	VCMEQ              V20.B16, V8.B16, V7.B16 // byte 4 is '-'
	VCMEQ              V19.B16, V3.B16, V0.B16 // byte 3 is ';'
	VCMEQ              V20.B16, V3.B16, V1.B16 // byte 3 is '-'
	VCMEQ              V19.B16, V2.B16, V2.B16 // byte 2 is ';'
	VAND               V5.B16, V4.B16, V4.B16  // tens
	VAND               V5.B16, V1.B16, V1.B16  // - and two digits
	VORR               V5.B16, V7.B16, V5.B16  // byte 4 is '-' or a digit,
	VAND               V5.B16, V0.B16, V0.B16  // and byte 3 is ';'
	VAND               V1.B16, V2.B16, V2.B16  // byte 2 is ';' before - and two digits
	VORR               V6.B16, V0.B16, V0.B16
	VORR               V2.B16, V0.B16, V0.B16
	VAND               V0.B16, V24.B16, V24.B16
	VORR               V1.B16, V7.B16, V7.B16  // negative

	// Length of ';', value and LF: 6 - 1 for ';' in byte 4, + 1 for - and two digits
	VADD V6.B16, V21.B16, V6.B16
	VSUB V1.B16, V6.B16, V6.B16

	// Value: 10 (10 a + b) + c, with its sign and the bias
	MLA_16B(9, 4, 22)
	VORR                V23.B16, V7.B16, V7.B16 // the sign: 1 or -1
	MUL_16B(8, 7, 22)
	SMULL_8H(0, 9, 8)
	SMULL2_8H(1, 9, 8)
	SMLAL_8H(0, 11, 7)
	SMLAL2_8H(1, 11, 7)
	SADDW_4S(2, 27, 0)
	SADDW2_4S(3, 27, 0)
	SADDW_4S(4, 27, 1)
	SADDW2_4S(5, 27, 1)
	FSTPQ.P             (F2, F3), 32(R5)
	FSTPQ.P             (F4, F5), 32(R5)

	// Len: end - length - start
	ADD                  $(Tile_Starts+4), R2, R8
	FLDPQ                (R8), (F8, F9)
	FLDPQ                32(R8), (F10, F11)
	VLD1                 (R2), [V0.S4, V1.S4, V2.S4, V3.S4]
	VUXTL                V6.B8, V4.H8
	VUXTL2               V6.B16, V5.H8
	USUBW_4S(8, 8, 4)
	USUBW2_4S(9, 9, 4)
	USUBW_4S(10, 10, 5)
	USUBW2_4S(11, 11, 5)
	VSUB                 V0.S4, V8.S4, V8.S4
	VSUB                 V1.S4, V9.S4, V9.S4
	VSUB                 V2.S4, V10.S4, V10.S4
	VSUB                 V3.S4, V11.S4, V11.S4
	SMAX_4S(26, 26, 8)
	SMAX_4S(26, 26, 9)
	SMAX_4S(26, 26, 10)
	SMAX_4S(26, 26, 11)
	FSTPQ.P              (F8, F9), 32(R4)
	FSTPQ.P              (F10, F11), 32(R4)

	ADD  $64, R2
	SUBS $16, R1
	BGT  values

	// All are good if V24 is all ones, V25 at most 9 and V26 at most the longest name.
	MOVD                $(const_MaskedNames-1), R8
	VDUP                R8, V0.S4
	CMHS_4S(0, 0, 26)
	CMHS_16B(1, 17, 25)
	VAND                V0.B16, V24.B16, V24.B16
	VAND                V1.B16, V24.B16, V24.B16
	VMOV                V24.D[0], R8
	VMOV                V24.D[1], R9
	AND                 R9, R8
	CMN                 $1, R8
	BNE                 refuse

	// Len of row 0 is negative if its ';' is before the tile.
	MOVD rows+8(FP), R1
	MOVD t+16(FP), R2
	MOVD $Tile_Len, R4
	ADD  R2, R4
	MOVW (R4), R8
	TBNZ $31, R8, refuse

	// Names:
	//	R1   rows, less those done
	//	R2   t.Starts of the first row of the step
	//	R3   data - 8
	//	R4   t.Len of the first row of the step
	//	R5   t.Hash of the first row of the step
	//	R6   masks by the length of a name
	//	R7   HashMultiplier
	ADD  R1<<2, R4, R8
	STP  (ZR, ZR), (R8) // Len of the rows after the last one
	ADD  $1, R3
	MOVD $Tile_Hash, R5
	ADD  R2, R5
	MOVD ·decoding(SB), R6
	MOVD $decodeTables_names, R8
	ADD  R8, R6
	MOVD $const_HashMultiplier, R7

names:
	LDPW                8(R2), (R10, R11)
	LDPW.P              16(R2), (R8, R9)
	LDPW                8(R4), (R14, R15)
	LDPW.P              16(R4), (R12, R13)
	HASH(R8, R12, R21)
	HASH(R9, R13, R22)
	HASH(R10, R14, R23)
	HASH(R11, R15, R24)
	BFXIL               $32, R21, $32, R22
	BFXIL               $32, R23, $32, R24
	STP.P               (R22, R24), 16(R5)
	SUBS                $4, R1
	BGT                 names

good:
	MOVD $1, R0
	MOVB R0, ret+24(FP)
	RET

refuse:
	MOVB ZR, ret+24(FP)
	RET
