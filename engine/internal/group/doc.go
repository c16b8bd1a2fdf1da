// Package group groups the rows of delimited text and keeps the statistics of each
// group. A Plan says what to compute. A Reader takes the rows of one worker's
// chunks through the passes of package fields into a Table.
//
// A slot of a Table has a line for the key, followed by lanes of int64, which the
// accumulate pass updates. Here is one for the minimum, the maximum and the sum of
// one column and the sum of another:
//
//	unit 0  │ first 60 bytes of the key                          │ length + 1 │
//	unit 1  │ rows │ min │ max │ sum: low, high │ sum: low, high │ unused     │
//	lane       0      1     2     3    4           5    6          7
//
// Values that are counted one by one, for percentiles and the like, are in tables of
// their own: see Values. What does not fit in a slot is in the entry of the group: counts
// of missing values, and exact records of numbers that need more than 62 bits.
package group
