package gen

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/bits"
	"strconv"
	"sync"
)

// logHeader is the first line of the profiles of logs.
const logHeader = "unix_timestamp,channel_path,message_length,stamp_count\n"

// logFields is the number of fields of a row.
const logFields = 4

const (
	// The year of the timestamps is 2025 in UTC: logStart is its first second.
	logStart   = 1_735_689_600
	logSeconds = 365 * 24 * 60 * 60
	// A row is up to logLate-1 seconds later than its place in the log.
	logLate = 1 << 4
	// A timestamp is 6 digits, whose table begins at logLead, and 4 digits.
	logLead  = logStart / 10_000
	logLeads = (logStart+logSeconds-1)/10_000 - logLead + 1
)

// The random number of a row:
//
//	bits 0..15   quantile of the message's length
//	bits 16..30  cell of the number of stamps
//	bits 31..34  lateness
//	bits 47..63  cell of the path
const (
	maxStamps = 99
	stampBits = 15
	lateAt    = 31
)

// The lengths of messages are log-normal: the median is medianLength, and the
// logarithm has the standard deviation sigmaLength. They are clamped to maxLength.
const (
	medianLength = 40
	sigmaLength  = 1.3
	maxLength    = 9999
)

const (
	// An entry of a path has its field, a comma, zeros, and in the last two bytes
	// whether the field has its quotes already (1 or 0) and the length of the field.
	logEntryBytes = 64
	logQuotedAt   = logEntryBytes - 2
	logLengthAt   = logEntryBytes - 1
	// maxLogPathBytes is the length of the longest field for a path.
	maxLogPathBytes = logQuotedAt - 1
	maxLogRowBytes  = 10 + 1 + maxLogPathBytes + 1 + 4 + 1 + 2 + 1
	// maxQuotedRowBytes is that of log-quoted, in which each field may get quotes.
	maxQuotedRowBytes = maxLogRowBytes + 2*logFields
)

// Each number is quoted if 16 random bits are below quoteNumbers, which is 5 %. The
// special paths are 2 % of all. With quotePaths, 3 % of the others, 5 % are quoted.
const (
	quoteNumbers = 5 * (1 << 16) / 100
	quotePaths   = 3 * (1 << 16) / 100
)

// logRows has the tables of a log. Those of texts are as valueWords: each text ends
// with the byte after the field.
type logRows struct {
	paths   [][logEntryBytes]byte
	cells   *[skewCells]uint16    // numbers of paths
	leads   [logLeads]uint64      // the first 6 digits of a timestamp, nothing after
	ends    [10_000]uint64        // its last 4 digits
	lengths [quantiles]uint16     // lengths of messages
	numbers [maxLength + 1]uint64 // texts of lengths
	stamps  [1 << stampBits]uint8 // numbers of stamps
	counts  [maxStamps + 1]uint64 // texts of numbers of stamps
}

// newLogRows returns the tables for paths. It panics if a path is too long: paths are
// constants, so that is a broken invariant.
func newLogRows(paths []string) *logRows {
	l := &logRows{paths: make([][logEntryBytes]byte, len(paths)), cells: zipf(len(paths))}
	for i, path := range paths {
		e := &l.paths[i]
		if isSpecial(path) {
			path = quoteField(path)
			e[logQuotedAt] = 1
		}
		if len(path) > maxLogPathBytes {
			panic(fmt.Sprintf("gen: path %q is too long", path))
		}
		copy(e[:], path+",")
		e[logLengthAt] = byte(len(path))
	}
	for i := range l.leads {
		l.leads[i] = tailWord(strconv.AppendInt(nil, int64(logLead+i), 10))
	}
	for i := range l.ends {
		l.ends[i] = tailWord(fmt.Appendf(nil, "%04d,", i))
	}
	for i := range l.lengths {
		l.lengths[i] = uint16(min(max(math.Round(lengthQuantile(i)), 1), maxLength))
	}
	for i := range l.numbers {
		l.numbers[i] = tailWord(append(strconv.AppendInt(nil, int64(i), 10), ','))
	}
	// A message with k stamps has the weight 1/(k+1)^2.
	weight := func(k int) uint64 { return 1 << 40 / uint64((k+1)*(k+1)) }
	for i, k := range divide(len(l.stamps), len(l.counts), weight) {
		l.stamps[i] = uint8(k)
	}
	for i := range l.counts {
		l.counts[i] = tailWord(append(strconv.AppendInt(nil, int64(i), 10), '\n'))
	}
	return l
}

// lengthQuantile returns entry i of logRows.lengths before it is rounded and clamped.
// As in gaussianTenths, a test checks that none is near a rounding tie.
func lengthQuantile(i int) float64 {
	return medianLength * math.Exp(gaussianQuantile(i, sigmaLength))
}

// logClock returns the places of the rows of a log in its year, as fractions of 2^64:
// row n is at n*step. The product fits because n is below total.
func logClock(b block) (place, step uint64) {
	step = math.MaxUint64 / uint64(b.total)
	return uint64(b.first) * step, step
}

// timestamp returns the texts of the timestamp of a row at place with the random
// number r.
func (l *logRows) timestamp(place, r uint64) (lead, end uint64) {
	second, _ := bits.Mul64(place, logSeconds-logLate+1)
	since := uint32(second+r>>lateAt%logLate) + logStart%10_000
	return l.leads[since/10_000], l.ends[since%10_000]
}

// fill is the blockFunc of profile "log". As in stations.fill, the stores of a field
// reach into the next one, which then overwrites them.
func (l *logRows) fill(dst []byte, b block) int {
	place, step := logClock(b)
	state := b.key + uint64(b.first)*weyl
	at := 0
	for range b.rows {
		state += weyl
		r := mix64(state)
		lead, end := l.timestamp(place, r)
		place += step
		binary.LittleEndian.PutUint64(dst[at:], lead)
		binary.LittleEndian.PutUint64(dst[at+6:], end)
		at += 11
		path := &l.paths[l.cells[r>>(64-skewBits)]]
		*(*[logEntryBytes]byte)(dst[at:]) = *path
		at += int(path[logLengthAt]) + 1
		at += putTail(dst[at:], l.numbers[l.lengths[uint16(r)]])
		at += putTail(dst[at:], l.counts[l.stamps[r>>16%(1<<stampBits)]])
	}
	return at
}

// fillQuoted is the blockFunc of profile "log-quoted". Row n is that of profile "log"
// except for its quotes and a special path. Each field has a quote before it and after
// it, which its neighbour overwrites if the field is not quoted: a branch for 5 % of
// the fields would be mispredicted for each of them.
func (l *logRows) fillQuoted(dst []byte, b block) int {
	place, step := logClock(b)
	state := b.key + uint64(b.first)*weyl
	at := 0
	for range b.rows {
		state += weyl
		r := mix64(state)
		quotes := mix64(r) // 16 bits for each field

		lead, end := l.timestamp(place, r)
		place += step
		q := below16(quotes, quoteNumbers)
		dst[at] = '"'
		at += q
		binary.LittleEndian.PutUint64(dst[at:], lead)
		binary.LittleEndian.PutUint64(dst[at+6:], end)
		at += endField(dst[at+10:], q, ',') + 10

		path := &l.paths[l.cells[r>>(64-skewBits)]]
		q = below16(quotes>>16, quotePaths) &^ int(path[logQuotedAt])
		dst[at] = '"'
		at += q
		*(*[logEntryBytes]byte)(dst[at:]) = *path
		at += int(path[logLengthAt])
		at += endField(dst[at:], q, ',')

		q = below16(quotes>>32, quoteNumbers)
		dst[at] = '"'
		at += q
		at += putTail(dst[at:], l.numbers[l.lengths[uint16(r)]]) - 1
		at += endField(dst[at:], q, ',')

		q = below16(quotes>>48, quoteNumbers)
		dst[at] = '"'
		at += q
		at += putTail(dst[at:], l.counts[l.stamps[r>>16%(1<<stampBits)]]) - 1
		at += endField(dst[at:], q, '\n')
	}
	return at
}

// below16 returns 1 if the lowest 16 bits of r are below limit, and else 0.
func below16(r uint64, limit uint64) int { return int((r&0xffff - limit) >> 63) }

// endField writes a quote if q is 1, and the byte after a field. It returns their
// number.
func endField(dst []byte, q int, after byte) int {
	dst[0] = '"'
	dst[q] = after
	return q + 1
}

var openLog = sync.OnceValue(func() blockFunc { return newLogRows(logPaths()).fill })

var openLogQuoted = sync.OnceValue(func() blockFunc { return newLogRows(specialPaths()).fillQuoted })
