// Package engine aggregates rows of the form name;value into the minimum, mean
// and maximum of each name, exactly and in parallel.
//
//	input ─ open ─▶ source ─ next ─▶ chunk of the worker's node ─ cut ─▶ on row boundaries
//	chunk ─▶ worker in its place: tile by tile, with a kernel's three passes, into its table
//	tables ─ reduce, by trees, nodes first ─▶ Result, sorted ─ WriteTo ─▶ one line of text
//
// All arithmetic is in integer tenths. The result does not depend on the
// number of workers, the chunk size or the kernel. Every row is checked
// against the grammar of package parse; the first row outside of it ends the
// run with a *RowError, unless Options.OnBadRow takes bad rows. A bad row ends
// where any row does, at its LF, however far that is.
//
// On a machine of several nodes, workers are pinned and chunks are queued by the
// node of their pages (package schedule), so that they are not read in the order
// of the input. Which bad row is the first, and its line, is found from where
// chunks are and not from when they were read.
//
// Aggregate is the way in:
//
//	result, err := engine.Aggregate(ctx, engine.Options{}, engine.File("measurements.txt"))
package engine
