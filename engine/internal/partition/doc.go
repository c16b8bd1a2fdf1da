// Package partition holds more groups than a hash table in the cache can: it takes
// records of groups from workers, joins those with the same key, and returns them in
// the order of their keys.
//
//	worker's table ─ full ─▶ Writer ─ by hash ─▶ 256 partitions: logs of records
//	partition ─ Merger joins equal keys ─ by key ─▶ ranges: logs of records
//	range ─ sort ─▶ Batch, in the order of the keys
//
// A log is a list of blocks in memory and, if the memory limit makes it necessary, of
// extents in a temporary file. A partition is merged at once and then freed, as a
// range is sorted at once, so that memory is needed for the records, not for a second
// copy of them. Keys of one partition are a random sample of all: the borders of the
// ranges are taken from the first one.
//
// A Store does not know what is in a record. A Format does: there is one for the
// challenge and one for queries.
package partition
