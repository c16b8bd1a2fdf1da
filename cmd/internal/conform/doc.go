// Package conform runs a program on cases that are known to reveal mistakes in entries
// of the One Billion Row Challenge.
//
//	Case ─ Input ─▶ file ─ program ─▶ output ─┐
//	  └─ oracle, testdata/golden ─▶ expected ─┴▶ Verdict ─▶ Report
//
// Inputs are in the binary, or are generated. What they give is in the binary too, or
// package oracle computes it. The engine has no part in this.
//
// The lists legal, malformed and generated are the source of the tables in
// testdata/README.md. The test of these tables writes them with the flag -update.
package conform
