// Package schedule decides which worker reads which bytes of an input, and how
// many at a time. It makes no system call and has no clock, so package scaling
// can simulate machines of any size with it.
//
//	ranges, with the node of their pages ─ New ─▶ one queue for each node
//	worker of node n ─ Take(n) ─▶ chunk of queue n, or else of the nearest queue
//
// # Queues
//
// A range whose pages lie on a node goes to the queue of that node. Ranges on no
// known node follow: they are distributed so that all nodes have the same work
// for each of their workers. A queue hands out chunks from its front, to workers
// of its node and of other nodes alike. With one node there is one queue, in the
// order of the ranges.
//
// # Sizes
//
// The size of a chunk is a share of what is left in all queues together, between
// a smallest and a largest size. It is smaller at the end of a range. This is
// guided self-scheduling (IEEE Transactions on Computers C-36, 1987) with
// sharesPerWorker shares. The share is not one of the chunk's own queue, because
// workers of other nodes help as soon as their queues are empty: a chunk that
// is a fair share for the workers of one node would take longer than the rest
// takes with that help.
//
// # Nominal borders
//
// Ranges and chunks begin and end at any byte. The reader of a chunk moves each
// border to the first row that starts at or after it. The result depends only on
// the border and the input, so neighbouring chunks agree on it, in whatever order
// they are read. A chunk within one row becomes empty.
package schedule
