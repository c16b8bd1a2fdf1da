//go:build !purego

#include "go_asm.h"
#include "neon_arm64.h"
#include "textflag.h"

// keyMasks has KeyBytes bytes that select a name of n bytes and its ';' at offset
// 127 - n.
DATA keyMasks<>+0(SB)/8, $-1
DATA keyMasks<>+8(SB)/8, $-1
DATA keyMasks<>+16(SB)/8, $-1
DATA keyMasks<>+24(SB)/8, $-1
DATA keyMasks<>+32(SB)/8, $-1
DATA keyMasks<>+40(SB)/8, $-1
DATA keyMasks<>+48(SB)/8, $-1
DATA keyMasks<>+56(SB)/8, $-1
DATA keyMasks<>+64(SB)/8, $-1
DATA keyMasks<>+72(SB)/8, $-1
DATA keyMasks<>+80(SB)/8, $-1
DATA keyMasks<>+88(SB)/8, $-1
DATA keyMasks<>+96(SB)/8, $-1
DATA keyMasks<>+104(SB)/8, $-1
DATA keyMasks<>+112(SB)/8, $-1
DATA keyMasks<>+120(SB)/8, $-1
GLOBL keyMasks<>(SB), RODATA|NOPTR, $160

// DIFFER sets the register to to 0 if the bytes in V0 and V1 equal those in V2 and V3
// where V4 and V5 have ones.
#define DIFFER(to) \
	VEOR              V2.B16, V0.B16, V2.B16 \
	VEOR              V3.B16, V1.B16, V3.B16 \
	VAND              V4.B16, V2.B16, V2.B16 \
	VAND              V5.B16, V3.B16, V3.B16 \
	VORR              V3.B16, V2.B16, V2.B16 \
	UMAXP_4S(2, 2, 2)                        \
	FMOVD             F2, to

// ADD_ROW adds a value, which is entry i of V6, to a slot. multiply is MLA_4S of that
// entry. A row becomes the vector of words
//
//	{value, 1<<8, value, ^value}
//
// of which the lower half is added to Packed, and the upper half is compared with Min
// and NotMax: see Slot for both. ^value is -1 - value.
#define ADD_ROW(multiply, slot) \
	FMOVQ              Slot_Packed(slot), F3 \
	VMOV               V16.B16, V2.B16       \
	multiply(2, 17, 6)                       \
	VADD               V2.D2, V3.D2, V0.D2   \
	VUMIN              V2.S4, V3.S4, V3.S4   \
	VMOV               V0.D[0], V3.D[0]      \
	FMOVQ              F3, Slot_Packed(slot)

// ROW adds a row of a step, or jumps to miss.
#define ROW(start, slot, n, multiply, miss) \
	ADD                     R1, start         \
	FLDPQ                   (start), (F0, F1) \
	LSRW                    R25, slot, R23    \
	MOVWU                   (R24)(R23<<2), R23 \
	MULW                    R23, slot         \
	AND                     R3, slot          \
	ADD                     R2, slot          \
	FLDPQ                   (slot), (F2, F3)  \
	SUB                     n, R4, R23        \
	FLDPQ                   (R23), (F4, F5)   \
	DIFFER(R23)                               \
	ORR                     n>>5, R23         \
	CBNZ                    R23, miss         \
	ADD_ROW(multiply, slot)

// BACK moves the pointers of a step, which are after the step, back to one of its last
// rows.
#define BACK(rows) \
	SUB $(4*rows), R6 \
	SUB $(4*rows), R7 \
	SUB $(4*rows), R8 \
	SUB $(4*rows), R9 \
	ADD $rows, R5     \
	B   row

// func accumulateNEON(slots *Slots, data unsafe.Pointer, tile *Tile, from, to int) int
//
// accumulateNEON adds the rows from to to-1 of a tile to their slots. It returns the
// index of the first row that is not in its slot or the next one, or to.
//
// 4 rows a step. A row whose slot does not have its name in the first KeyBytes bytes
// ends a step. This row, and the last ones, which do not fill a step, are added one at
// a time, with both slots compared to the end of the name.
// Reads KeyBytes bytes from the start of each name, and a longer one to its ';'. Writes
// only to slots.
//
//	R0   slots
//	R1   data
//	R2   the first slot
//	R3   Slots.Mask
//	R4   keyMasks for a name of no bytes
//	R5   rows left; less 4 in a step
//	R6   the next row, in Tile.Starts
//	R7   the next row, in Tile.Len
//	R8   the next row, in Tile.Hash
//	R9   the next row, in Tile.Value
//	R24  the first of Slots.Multipliers
//	R25  Slots.Shift
//	V16  what the numbers of a row are added to: {0, 1<<8, 0, -1}
//	V17  what the value is multiplied by: {1, 0, 1, -1}
TEXT ·accumulateNEON(SB), NOSPLIT, $0-48
	MOVD slots+0(FP), R0
	MOVD data+8(FP), R1
	MOVD tile+16(FP), R6
	MOVD from+24(FP), R10
	MOVD to+32(FP), R5
	MOVD Slots_Base(R0), R2
	MOVD Slots_Mask(R0), R3
	MOVD Slots_Multipliers(R0), R24
	MOVD Slots_Shift(R0), R25
	MOVD $keyMasks<>+127(SB), R4
	SUB  R10, R5
	ADD  R10<<2, R6
	MOVD $Tile_Len, R7
	ADD  R6, R7
	MOVD $Tile_Hash, R8
	ADD  R6, R8
	MOVD $Tile_Value, R9
	ADD  R6, R9
	MOVD $(1<<const_CountShift), R10
	VMOV R10, V16.D[0]
	MOVD $0xffffffff00000000, R10
	VMOV R10, V16.D[1]
	MOVD $1, R11
	VMOV R11, V17.D[0]
	ORR  R10, R11
	VMOV R11, V17.D[1]

more:
	SUBS $4, R5
	BLT  few

step:
	LDPW                                8(R6), (R12, R13)
	LDPW.P                              16(R6), (R10, R11)
	LDPW                                8(R8), (R16, R17)
	LDPW.P                              16(R8), (R14, R15)
	LDPW                                8(R7), (R21, R22)
	LDPW.P                              16(R7), (R19, R20)
	VLD1.P                              16(R9), [V6.S4]
	ROW(R10, R14, R19, MLA_4S_0, miss0)
	ROW(R11, R15, R20, MLA_4S_1, miss1)
	ROW(R12, R16, R21, MLA_4S_2, miss2)
	ROW(R13, R17, R22, MLA_4S_3, miss3)
	SUBS                                $4, R5
	BGE                                 step

few:
	ADDS $4, R5
	BLE  stop

row:
	// The row at R6. There are R5 rows left, at least 1.
	MOVWU (R6), R10
	MOVWU (R7), R19
	MOVWU (R8), R14
	ADD   R1, R10
	LSRW  R25, R14, R23
	MOVWU (R24)(R23<<2), R23
	MULW  R23, R14
	AND   R3, R14
	SUB   R19, R4, R23
	FLDPQ (R10), (F0, F1)
	FLDPQ (R23), (F4, F5)
	MOVD  $2, R15 // slots to compare

probe:
	ADD         R2, R14, R16
	MOVWU       Slot_Entry(R16), R23
	CBZ         R23, stop
	FLDPQ       (R16), (F2, F3)
	DIFFER(R23)
	CBNZ        R23, next
	SUBS        $(const_KeyBytes-1), R19, R20
	BLE         hit

	// The rest of the name and its ';', R20 bytes, KeyBytes at a time. The last ones may
	// overlap.
	MOVD Slots_Names(R0), R21
	MOVD Slot_Name(R16), R22
	ADD  R22, R21
	MOVD $const_KeyBytes, R22

window:
	CMP  R20, R22
	BLT  compare
	MOVD R20, R22

compare:
	ADD         R22, R10, R23
	FLDPQ       (R23), (F0, F1)
	ADD         R22, R21, R23
	FLDPQ       (R23), (F2, F3)
	DIFFER(R23)
	CBNZ        R23, differ
	CMP         R20, R22
	BEQ         hit
	ADD         $const_KeyBytes, R22
	B           window

hit:
	FMOVS                  (R9), F6
	ADD_ROW(MLA_4S_0, R16)
	ADD                    $4, R6
	ADD                    $4, R7
	ADD                    $4, R8
	ADD                    $4, R9
	SUBS                   $1, R5
	BGT                    more
	B                      stop

differ:
	FLDPQ (R10), (F0, F1)

next:
	ADD  $const_SlotBytes, R14
	AND  R3, R14
	SUBS $1, R15
	BNE  probe

stop:
	// R6 is at the row that was not added, or at the end.
	MOVD tile+16(FP), R10
	SUB  R10, R6
	LSR  $2, R6
	MOVD R6, ret+40(FP)
	RET

miss0:
	BACK(4)

miss1:
	BACK(3)

miss2:
	BACK(2)

miss3:
	BACK(1)
