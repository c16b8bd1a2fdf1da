// Package gen writes deterministic data sets for the One Billion Row
// Challenge: rows of the form
//
//	name ';' value LF
//
// where name is 1 to 100 bytes of UTF-8 without ';', LF, CR and NUL, and
// value matches -?[0-9]{1,2}\.[0-9], without superfluous leading zero. The
// value -0.0, rows that end in CR LF and a last row without its LF are in the
// profiles that are named for them only.
//
// # Profiles
//
// The names that a profile draws from are the same for every seed, except for
// those of unique.
//
//	default          413 real cities of 3 to 26 bytes, Gaussian values with sigma 10
//	10k              10,000 names of 1 to 100 bytes of UTF-8, Gaussian values with sigma 7
//	ties             1,998 stations; after an even number of rows each mean is a tie, from -99.85 to 99.85
//	minus-zero       values of -0.0, and after a multiple of 4 rows each mean is from -0.05 to 0 and prints 0.0
//	long-names       5,000 names of 17 to 100 bytes of UTF-8, half of them of 31, 32, 33, 63, 64, 65 or 100
//	shared-prefix    64 families of 64 names that share 32 bytes or more, some their first and last 8
//	skew             the names of 10k by Zipf's law: the first has a tenth of the rows, name k a k-th of that
//	one-name         one station owns every row
//	unique           every row has a name of its own, of 13 to 20 bytes
//	crlf             the rows of default, ending in CR LF
//	no-final-newline the rows of default, the last without its LF
//	page-multiple    each 4,096 bytes end with a row, the last as well; takes 0 or at least 40 rows
//	collide          20,000 names of 16 to 100 bytes with one hash in the kernels' hash function
//	scatter          20,000 names of the lengths of those of collide, with hashes of their own
//
// # Bad rows
//
// Options.Corrupt replaces rows by others outside the grammar of package parse,
// in many shapes for each reason, and Options.CorruptList says which: what a strict
// reader finds has to equal it. A block then has fewer rows, as bad ones are
// longer; nothing else is kept in memory.
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
//   - The bytes, and the list of bad rows, depend on Profile, Seed, Rows and
//     Corrupt only: not on the number of workers, the operating system or the
//     architecture.
//   - The same profile and seed with fewer rows give a prefix of the bytes:
//     row n is a function of (profile, seed, n). Exceptions are the last row of
//     no-final-newline and the last 4,096 bytes of page-multiple; with Corrupt,
//     the last row.
//   - Memory is one block buffer a worker, whatever the number of rows.
//
// # Random numbers
//
// Row n draws one 64-bit number: the output n of SplitMix64 started at a
// mixed seed. SplitMix64 is a counter followed by a bijective mix, so a block
// starts anywhere in the sequence at no cost and blocks never overlap. In most
// profiles the upper 32 bits pick the station and the lower 16 bits one of
// 65,536 quantiles of the normal distribution.
package gen
