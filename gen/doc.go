// Package gen writes deterministic data sets for the One Billion Row
// Challenge: rows of the form
//
//	name ';' value LF
//
// where name is 1 to 100 bytes of UTF-8 without ';', LF, CR and NUL, and
// value matches -?[0-9]{1,2}\.[0-9], without superfluous leading zero and
// never -0.0. The last row ends in LF like every other.
//
// # Flow
//
//	Options ─▶ ticket i ─▶ block i of blockRows rows ─▶ io.Writer, in order
//	                                                 └▶ file, WriteAt in parallel
//
// Workers take tickets, each ticket being one block, and fill their own
// buffer. A worker then waits until it is block i's turn. Write hands the
// block over in its turn. WriteFile only takes the block's offset in its
// turn, which is known as soon as the sizes of all blocks before are, and
// writes outside of it, so that writes run in parallel.
//
// # Invariants
//
//   - The bytes depend on Profile, Seed and Rows only: not on the number of
//     workers, the operating system or the architecture.
//   - The same profile and seed with fewer rows give a prefix of the bytes:
//     row n is a function of (profile, seed, n).
//   - Memory is one block buffer a worker, whatever the number of rows.
//
// # Random numbers
//
// Row n draws one 64-bit number: the output n of SplitMix64 started at a
// mixed seed. SplitMix64 is a counter followed by a bijective mix, so a block
// starts anywhere in the sequence at no cost and blocks never overlap. The
// upper 32 bits pick the station, the lower 16 bits pick one of 65,536
// quantiles of the normal distribution.
package gen
