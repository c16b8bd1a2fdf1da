// Package spark runs the aggregation of 1brc on a cluster of Apache Spark. Spark
// schedules, retries, shuffles and merges; the engine reads the rows:
//
//	Plan ──Query──▶ spark-sql ──▶ executors: 1brc spark-task ──▶ GROUP BY ──▶ Collector ──▶ engine.Partial
//
// A [Plan] cuts the files into ranges. The query gives each task some of them, as lines
// on the standard input of a process that it starts:
//
//	file TAB hex(path) TAB lo TAB hi TAB size TAB mtime
//
// file counts the files from 0. The range has the bytes from lo to hi-1. size and mtime,
// in nanoseconds since 1970, are the version of the file that was planned for. The
// process reads all its ranges, writes rows of six fields, and exits with 0; or it exits
// with another code if it could not read a range:
//
//	kind  key               a    b    c       d
//	s     hex(name)         min  max  sum     count   one for each name, of all ranges together
//	p     hex(partial)      0    0    ranges  0       one, the last: the encoded engine.Partial without its names
//
// Values are in tenths. The query groups the rows of all processes by kind and key. It
// computes min(a), max(b), sum(c), sum(d), the number of rows, and the number of values
// that are not NULL.
//
// Spark's text protocol corrupts what it does not understand: a field \N becomes NULL,
// a tab or a line feed shifts fields, and empty fields at the end of a row are lost. So
// names, paths and partial results travel in hex, no field is empty, and the [Collector]
// accepts a result only if nothing was NULL, each partial result came once, there are as
// many ranges as planned, which cover the files exactly, and the names have as many rows
// as the ranges.
package spark
