// Package engine aggregates rows of the form name;value into the minimum, mean
// and maximum of each name, exactly and in parallel.
//
//	input ─ open ─▶ source ─ next ─▶ chunk, cut on row boundaries
//	chunk ─▶ worker: tile by tile, with a kernel's three passes, into its table
//	tables ─ merge ─▶ Result, sorted ─ WriteTo ─▶ one line of text
//
// All arithmetic is in integer tenths. The result does not depend on the
// number of workers, the chunk size or the kernel. Every row is checked
// against the grammar of package parse; the first row outside of it ends the
// run with a *RowError, unless Options.OnBadRow takes bad rows. A bad row ends
// where any row does, at its LF, however far that is.
//
// Aggregate is the way in:
//
//	result, err := engine.Aggregate(ctx, engine.Options{}, engine.File("measurements.txt"))
package engine
