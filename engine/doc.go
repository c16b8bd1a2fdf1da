// Package engine computes the minimum, mean and maximum of each name in rows of text,
// exactly and in parallel.
//
// A row is a name, a semicolon and a number with one digit after the point:
//
//	Hamburg;12.0
//	Bulawayo;8.9
//	Hamburg;-2.5
//
// The name has 1 to 100 bytes, and the number is from -99.9 to 99.9. Package parse
// defines the whole grammar. Every row is checked. The first row outside the grammar
// ends the run with a *[RowError], unless [Options.OnBadRow] is set.
//
//	result, err := engine.Aggregate(ctx, engine.Options{}, engine.File("measurements.txt"))
//	if err != nil {
//		return err
//	}
//	for station := range result.All() {
//		fmt.Println(station.Name, station.Min, station.Mean(), station.Max)
//	}
//
// All arithmetic uses integer tenths. The result does not depend on the number of
// workers, on how the input is cut, or on the kernel.
//
// A [Stream] has the same stations and does not hold all of them, so that there may be
// more than memory has room for:
//
//	stream, err := engine.AggregateStream(ctx, engine.Options{MaxMemory: 1 << 30}, engine.File("names.txt"))
//	if err != nil {
//		return err
//	}
//	defer stream.Close()
//	for station, err := range stream.All() {
//		...
//
// # Group by
//
// [GroupBy] does the same for any delimited text: it groups rows by any columns and
// computes exact aggregates of others. Package onebrc/parse/delimited defines the
// grammar.
//
//	query := engine.Query{
//		By:         []engine.Column{{Name: "city"}},
//		Aggregates: []engine.Aggregation{{Func: engine.FuncMean, Of: &engine.Column{Name: "temp"}}},
//		Where:      engine.Comparison{Column: engine.Column{Name: "temp"}, Op: engine.OpGreater, Value: "0"},
//	}
//	groups, err := engine.GroupBy(ctx, query, engine.Options{}, engine.File("temps.csv"))
//	if err != nil {
//		return err
//	}
//	for group := range groups.All() {
//		fmt.Println(group.Key(0), group.Cell(0))
//	}
//
// # Ranges of files
//
// [AggregatePartial] reads ranges of files. Its result, a [Partial], can be encoded, sent
// and merged in any order with those of other machines. When the ranges have become whole
// files, it has the result of [Aggregate]. [Divide] returns ranges.
//
//	partial, err := engine.AggregatePartial(ctx, engine.Options{}, engine.BadRowsFail, ranges...)
//	if err != nil {
//		return err
//	}
//	_, err = partial.WriteTo(out)
//
// On the other side:
//
//	partial, err := engine.MergePartials(engine.ReadPartials(in))
//	if err != nil {
//		return err
//	}
//	result, err := partial.Result()
//
// # How it works
//
// An input is cut into chunks of whole rows. Each worker reads one chunk after another
// into its own table, in tiles of a few KiB:
//
//	input ─ cut on rows ─▶ chunk ─▶ tile ─ index, decode, accumulate ─▶ table of the worker
//	                                                                        │
//	one line of text ◀─ sort ◀─ Result ◀─ join in a tree, nodes first ◀─────┘
//
// A table that grows too large moves names to partitions, which are joined and sorted one
// after the other, and lie in temporary files if [Options.MaxMemory] is not enough.
//
// Three passes over a tile find its rows, turn names and numbers into hashes and
// integers, and add these to the table. A [Kernel] is an implementation of the passes.
//
// On a machine of several NUMA nodes, workers are pinned. Each first reads the chunks
// on its own node, so that chunks are not read in the order of the input. Which bad
// row is the first, and its line, depend on where chunks lie, not on when they are
// read.
package engine
