// Package schedule decides which worker reads which bytes of an input, and how
// many at a time. It makes no system call and has no clock, so package
// simulator can run it for machines that nobody has at hand.
//
//	ranges, with the node of their pages ─ New ─▶ a queue for each node
//	worker of node n ─ Take(n) ─▶ chunk of queue n, or else of the nearest queue
//
// # Queues
//
// A range whose pages lie on a node goes to the queue of that node. Ranges of
// no known node are dealt out behind them, so that each node has the same work
// for each of its workers. A queue gives its chunks out from its begin, to the
// node's own workers and to thieves alike. One node is one queue in the order of
// the ranges.
//
// # Sizes
//
// A chunk is a share of what is left in all queues together (guided
// self-scheduling, IEEE Transactions on Computers C-36, 1987, here with
// sharesPerWorker), between a smallest and a largest size; less at the end of
// a range. What is left in its own queue is not the measure, because thieves
// come when theirs are empty: a chunk that is a fair share for the workers of
// its node takes longer than the rest does with the help of the others.
//
// # Nominal borders
//
// Ranges and chunks begin and end anywhere. Who reads them moves both borders
// of a chunk to the first row that starts there or behind. This depends on
// nothing but the border and the input, so neighbours agree on it, whoever gets
// them and in whatever order. A chunk inside of one row is empty then.
package schedule
