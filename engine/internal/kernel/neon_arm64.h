// The NEON instructions that the passes need and Go's assembler lacks. The numbers d,
// n and m of the registers are in the order of Arm's syntax, the result first.
// TestEncodings disassembles each word and compares the result with the comment.

#define CMHS_16B(d, n, m) WORD $(0x6e203c00 | (m)<<16 | (n)<<5 | (d)) // CMHS Vd.16B, Vn.16B, Vm.16B
#define CMHS_4S(d, n, m) WORD $(0x6ea03c00 | (m)<<16 | (n)<<5 | (d)) // CMHS Vd.4S, Vn.4S, Vm.4S
#define MLA_16B(d, n, m) WORD $(0x4e209400 | (m)<<16 | (n)<<5 | (d)) // MLA Vd.16B, Vn.16B, Vm.16B
#define MLA_4S_0(d, n, m) WORD $(0x6f800000 | (m)<<16 | (n)<<5 | (d)) // MLA Vd.4S, Vn.4S, Vm.S[0]
#define MLA_4S_1(d, n, m) WORD $(0x6fa00000 | (m)<<16 | (n)<<5 | (d)) // MLA Vd.4S, Vn.4S, Vm.S[1]
#define MLA_4S_2(d, n, m) WORD $(0x6f800800 | (m)<<16 | (n)<<5 | (d)) // MLA Vd.4S, Vn.4S, Vm.S[2]
#define MLA_4S_3(d, n, m) WORD $(0x6fa00800 | (m)<<16 | (n)<<5 | (d)) // MLA Vd.4S, Vn.4S, Vm.S[3]
#define MUL_16B(d, n, m) WORD $(0x4e209c00 | (m)<<16 | (n)<<5 | (d)) // MUL Vd.16B, Vn.16B, Vm.16B
#define SADDW_4S(d, n, m) WORD $(0x0e601000 | (m)<<16 | (n)<<5 | (d)) // SADDW Vd.4S, Vn.4S, Vm.4H
#define SADDW2_4S(d, n, m) WORD $(0x4e601000 | (m)<<16 | (n)<<5 | (d)) // SADDW2 Vd.4S, Vn.4S, Vm.8H
#define SMAX_4S(d, n, m) WORD $(0x4ea06400 | (m)<<16 | (n)<<5 | (d)) // SMAX Vd.4S, Vn.4S, Vm.4S
#define SMLAL_8H(d, n, m) WORD $(0x0e208000 | (m)<<16 | (n)<<5 | (d)) // SMLAL Vd.8H, Vn.8B, Vm.8B
#define SMLAL2_8H(d, n, m) WORD $(0x4e208000 | (m)<<16 | (n)<<5 | (d)) // SMLAL2 Vd.8H, Vn.16B, Vm.16B
#define SMULL_8H(d, n, m) WORD $(0x0e20c000 | (m)<<16 | (n)<<5 | (d)) // SMULL Vd.8H, Vn.8B, Vm.8B
#define SMULL2_8H(d, n, m) WORD $(0x4e20c000 | (m)<<16 | (n)<<5 | (d)) // SMULL2 Vd.8H, Vn.16B, Vm.16B
#define UMAXP_4S(d, n, m) WORD $(0x6ea0a400 | (m)<<16 | (n)<<5 | (d)) // UMAXP Vd.4S, Vn.4S, Vm.4S
#define USUBW_4S(d, n, m) WORD $(0x2e603000 | (m)<<16 | (n)<<5 | (d)) // USUBW Vd.4S, Vn.4S, Vm.4H
#define USUBW2_4S(d, n, m) WORD $(0x6e603000 | (m)<<16 | (n)<<5 | (d)) // USUBW2 Vd.4S, Vn.4S, Vm.8H
