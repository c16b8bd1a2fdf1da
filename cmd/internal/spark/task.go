package spark

import (
	"slices"

	"onebrc/engine"
)

// TaskCommand is the command of 1brc that the tasks of the query run, and BadRowsFlag its
// flag, whose value is a BadRows.
const (
	TaskCommand = "spark-task"
	BadRowsFlag = "on-error"
)

// taskPrefix begins the line that the command writes to standard error when it fails.
const taskPrefix = "1brc " + TaskCommand + ": "

// BadRows is the text of an [engine.BadRowMode].
type BadRows string

// badRows are in the order of the modes.
var badRows = []BadRows{engine.BadRowsFail: "fail", engine.BadRowsCount: "skip", engine.BadRowsKeep: "keep"}

// AllBadRows returns all texts.
func AllBadRows() []BadRows { return slices.Clone(badRows) }

// BadRowsOf returns the text of mode.
func BadRowsOf(mode engine.BadRowMode) BadRows { return badRows[mode] }

// Mode returns the mode that b, which is one of AllBadRows, stands for.
func (b BadRows) Mode() engine.BadRowMode { return engine.BadRowMode(slices.Index(badRows, b)) }

// taskCommand returns the words of the command.
func taskCommand(program string, mode engine.BadRowMode) []string {
	return []string{program, TaskCommand, "--" + BadRowsFlag, string(BadRowsOf(mode))}
}
