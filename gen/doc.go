// Package gen writes data sets for the One Billion Row Challenge. The same
// options give the same bytes on any machine.
//
// Except in logs, a data set has rows of the form
//
//	name ';' value LF
//
// A name is 1 to 100 bytes of UTF-8 without ';', LF, CR and NUL. A value matches
// -?[0-9]{1,2}\.[0-9] without superfluous leading zeros. Only the profiles named
// for them have the value -0.0, rows that end in CR LF, or a last row without LF.
//
//	// A file of a million rows.
//	err := gen.WriteFile(ctx, "measurements.txt", gen.Options{Rows: 1e6, Seed: 1})
//
// # Profiles
//
// The names of a profile are the same for every seed, except in unique. [Options].Names
// is the number of names of uniform and zipf.
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
//	uniform          a million names, or as many as you like, of 13 to 20 bytes, all equally likely
//	zipf             the names of uniform by Zipf's law: name k has a k-th of the rows of the first
//	crlf             the rows of default, ending in CR LF
//	no-final-newline the rows of default, the last without its LF
//	page-multiple    each 4,096 bytes end with a row, the last as well; takes 0 or at least 40 rows
//	collide          20,000 names of 16 to 100 bytes with one hash in the kernels' hash function
//	scatter          20,000 names of the lengths of those of collide, with hashes of their own
//	log              a log with a header and 10,000 channels by Zipf's law, about 41 bytes a row
//	log-quoted       log with 5 % of the fields quoted, and commas, line feeds and quotes in channels
//
// # Logs
//
// The profiles log and log-quoted are tables for a group-by, with a header:
//
//	unix_timestamp,channel_path,message_length,stamp_count
//	1735689633,/ketit/elam,320,0
//
// The timestamps are seconds of 2025 in UTC. The rows spread evenly over the year,
// whatever their number, and are nearly in order: each is up to 15 seconds after its
// place. A path has 1 to 5 levels of letters and digits. Lengths are log-normal from 1
// to 9,999 with the median 40. Stamps are 0 to 99, k of them with a weight of
// 1/(k+1)^2.
//
// Row n of log-quoted is row n of log, except that each field has quotes with a
// probability of 5 %, as in RFC 4180, and that every 40th path has a comma, an LF,
// a doubled quote or all of them, and then always has quotes. A row may have several
// lines.
//
// # Bad rows
//
// [Options].Corrupt replaces rows by others that are outside the grammar of
// package parse, in many shapes for each reason. Options.CorruptList lists them:
// a strict reader must find exactly these. Blocks with bad rows have fewer rows,
// because bad rows are longer.
//
// Bad rows of logs are delimited.FieldCount, delimited.BadQuote, or parse.BadValue in
// message_length or stamp_count, for a reader that aggregates both columns and takes
// an empty field as missing. The header is line 1 and is never bad. In log-quoted a
// bad row may have several lines, and then so has its line of the list; in log it
// never has.
//
// # Flow
//
//	Options ─▶ ticket i ─▶ block i of blockRows rows ─▶ io.Writer, in order
//	                                                 └▶ file, WriteAt in parallel
//
// A worker takes a ticket, which stands for one block, fills its own buffer with
// that block and waits for the block's turn. Write writes the block during its
// turn. WriteFile only copies it to a segment of the file during its turn, and
// writes full segments after it, so that writes run in parallel.
//
// # Invariants
//
//   - The bytes and the list of bad rows depend only on Profile, Seed, Rows, Names
//     and Corrupt.
//   - Fewer rows of the same profile and seed are a prefix of more rows, because
//     row n is a function of (profile, seed, names, n). The exceptions are the last row
//     of no-final-newline, the last 4,096 bytes of page-multiple, the timestamps
//     of logs and, with Corrupt, the last row.
//   - Memory does not grow with the number of rows: there is one block buffer for
//     each worker.
//
// # Random numbers
//
// Row n has one 64-bit random number: output n of SplitMix64, started at the mixed
// seed. SplitMix64 is a counter followed by a bijective mix, so a block can start
// anywhere in the sequence at no cost, and blocks never overlap. In most profiles
// the upper 32 bits choose the station and the lower 16 bits choose one of 65,536
// quantiles of the normal distribution.
package gen
