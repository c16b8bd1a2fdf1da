//go:build !purego

#include "go_asm.h"
#include "textflag.h"

// func cellsAMD64(c *Cells, from int, rows int, s *Slots, at *uint32) int
//
// cellsAMD64 is Kernel.Cells.
// CPU: SSE.
// 16 rows a step, whose cells are prefetched first. The first line of lanes of each slot is
// prefetched. Rows after the one where the pass stops may have anything in at.
//
//	AX   Cells.Lines
//	BX   Cells.Cells
//	CX   Cells.Shift
//	DX   the row, less rows
//	SI   the end of Cells.Names
//	DI   the end of Cells.Numbers
//	R8   the end of at
//	R9   the first line of lanes of the first slot
//	R10  the row after the block, less rows
//	R11  the first row of the block, less rows
TEXT ·cellsAMD64(SB), NOSPLIT, $0-48
	MOVQ c+0(FP), R10
	MOVQ from+8(FP), DX
	MOVQ rows+16(FP), R11
	MOVQ s+24(FP), R9
	MOVQ at+32(FP), R8
	MOVQ Cells_Lines(R10), AX
	MOVQ Cells_Cells(R10), BX
	MOVQ Cells_Shift(R10), CX
	MOVQ Cells_Names(R10), SI
	MOVQ Cells_Numbers(R10), DI
	MOVQ Slots_Base(R9), R9
	ADDQ $const_SlotUnit, R9
	LEAQ (SI)(R11*4), SI
	LEAQ (DI)(R11*4), DI
	LEAQ (R8)(R11*4), R8
	SUBQ R11, DX
	JGE  end

block:
	MOVQ DX, R11
	LEAQ 16(DX), R10
	XORL R12, R12
	TESTQ R10, R10
	CMOVQGT R12, R10

prefetch:
	MOVL (SI)(DX*4), R12
	MOVWLZX (AX)(R12*2), R12
	MOVL (DI)(DX*4), R13
	MOVL R13, R15
	SHRL CX, R15
	TESTL R15, R15
	JNZ  large
	SHLQ CX, R12
	ADDQ R13, R12
	MOVL R12, (R8)(DX*4)
	PREFETCHT0 (BX)(R12*4)
	INCQ DX
	CMPQ DX, R10
	JNE  prefetch
	JMP read

large:
	MOVQ DX, R10

read:
	MOVQ R11, DX
	CMPQ DX, R10
	JEQ  end

row:
	MOVL (R8)(DX*4), R12
	MOVL (BX)(R12*4), R12
	SUBL $1, R12
	JCS  end
	MOVL R12, (R8)(DX*4)
	SHLQ $6, R12
	PREFETCHT0 (R9)(R12*1)
	INCQ DX
	CMPQ DX, R10
	JNE  row
	TESTQ DX, DX
	JZ    end
	// The block has fewer rows than a step if a number is too large.
	SUBQ R11, R10
	CMPQ R10, $16
	JEQ  block

end:
	ADDQ rows+16(FP), DX
	MOVQ DX, ret+40(FP)
	RET
