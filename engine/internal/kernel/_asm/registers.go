package main

import (
	. "github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/reg"
)

// use says what a register holds throughout a pass. Registers without a use are
// scratch.
type use struct {
	register reg.Register
	holds    string
}

// commentRegisters writes a register map as a comment.
func commentRegisters(uses ...use) {
	var lines []string
	for _, u := range uses {
		lines = append(lines, (u.register.Asm() + "    ")[:4]+u.holds)
	}
	Comment(lines...)
}
