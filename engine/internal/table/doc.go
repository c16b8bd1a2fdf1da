// Package table holds the running statistics of each name in an open-addressing
// hash table, which the accumulate pass of a kernel fills.
//
//	slots    │key: 32 bytes of name;␊│sum and count│min, ^max│hash│entry│name│
//	                                                                 │    │
//	entries  64-bit sum and count, length of the name  ◀─────────────┘    │
//	names    name;␊name;␊name;␊…  ◀───────────────────────────────────────┘
//
// A pass touches the slots and, for names of more than 31 bytes, names. See
// kernel.Slot for how it updates a slot and kernel.Slots for how it finds one.
// The table inserts new names, checks them, and moves the packed sum and count
// of each slot to its entry before they can overflow. Up to 16,384 names, it arranges
// them so that nearly all are in the first slot where a pass looks: see arrange.go.
//
// Names may be chosen to collide. A table that makes too many probes takes a hash
// with a random seed.
//
// A table belongs to one goroutine. Merge joins tables.
//
// A table that is made by NewOverflowing does not grow beyond a cache unless that pays.
// What it does not hold, it appends as records of Format to a partition.Writer:
//
//	record of a row   │value│name…
//	record of rows    │minimum│maximum│count│sum│name…
//
// A merger joins the records of a partition.
//
// A table that is made by NewCounting also has a histogram of each name, for percentiles.
// Its records have the format HistogramFormat.
package table
