package group

import (
	"bytes"
	"encoding/binary"

	"onebrc/engine/internal/probing"
)

// A table of keys that are nearly all new joins few rows: to insert them and to evict them
// later only takes time. If that was so until a table was full, the rows after that are
// appended to its overflow, each as a record, without a look at the table. After a number of
// rows the table tries again.

const (
	// mostlyNew is the least part of rows with new keys at which rows are logged.
	mostlyNew = 0.8
	// Rows are logged for firstLogged rows. If the table does not help then, for twice as
	// many the next time, up to mostLogged.
	firstLogged = 1 << 20
	mostLogged  = 8 << 20
	// A period ends when more than one in logShare of its rows have the same of logCounts
	// hashes: the records of a group are in one partition, which a frequent group would
	// make too large. If all groups are equally frequent, a hash has a quarter of that.
	logShare  = 1 << 10
	logCounts = 4 * logShare
	// leastMost is the least bound of these rows, for the short periods of tests.
	leastMost = 16
	// manyRecords is how many records of each key take about as much memory as the key and its
	// values in larger tables.
	manyRecords = 32
)

// logging is what an overflow knows of rows that are logged.
type logging struct {
	left   int64    // rows to log, until the table tries again
	period int64    // the length of the last period in rows; 0 if the table has helped since
	counts []uint32 // of rows of the period, by hash; nil until rows are logged
	most   uint32   // of a count
}

// logged reports whether there are so many records of the given number of keys, which come
// again, that a larger table is better than to log more rows. Without values, it always is:
// a slot takes less time than the records of a few rows.
func (t *Table) logged(keys int64) bool {
	return t.values == nil || t.overflow.appended >= manyRecords*keys
}

// begin is called after an eviction. newKeys is the part of the rows before it whose keys
// were new.
func (l *logging) begin(newKeys float64, early int) {
	if newKeys < mostlyNew {
		l.period = 0
		return
	}
	first, most := int64(firstLogged), int64(mostLogged)
	if early > 0 { // so that tests see both ways
		first, most = int64(early), 4*int64(early)
	}
	l.period = min(max(2*l.period, first), most)
	l.left, l.most = l.period, uint32(max(l.period/logShare, leastMost))
	if l.counts == nil {
		l.counts = make([]uint32, logCounts)
	}
	clear(l.counts)
}

// count counts a row with a hash. It ends the period if too many rows share its count.
func (l *logging) count(hash uint64) {
	n := &l.counts[hash>>32%logCounts]
	if *n++; *n > l.most {
		l.left = min(l.left, 0)
	}
}

// logs reports whether the rows of the tile are to be logged.
func (r *Reader) logs() bool { return r.table.overflow.logging.left > 0 && len(r.plan.places) == 0 }

// logRows appends a record of each row of the tile to the overflow. All numbers and times
// are read.
func (r *Reader) logRows(rows int) error {
	t := r.table
	o := &t.overflow
	if c := r.numbered(); c != nil {
		c.setLabels(rows) // they are legal
	}
	for _, v := range r.plan.Values {
		if v.Distinct && !o.inlined {
			t.values.format.inlined.Store(true)
			o.inlined = true
		}
	}
	for row := range rows {
		o.key = r.appendOrderedKey(o.key[:0], row)
		o.record = r.appendRowRuns(r.appendRow(o.record[:0], o.key, row), row)
		hash := probing.Hash64(o.key, o.writer.Secret())
		o.logging.count(hash)
		to, err := o.writer.Append(hash, len(o.record))
		if err != nil {
			return err
		}
		copy(to, o.record)
	}
	o.appended += int64(rows)
	o.logging.left -= int64(rows)
	return nil
}

// appendOrderedKey appends the ordered key of a row: see Plan.appendOrdered.
func (r *Reader) appendOrderedKey(b []byte, row int) []byte {
	p := r.plan
	for i, field := range p.Keys {
		var content []byte
		if c := r.clockOf(i); c != nil && !(c.anyMissing && c.missing[row]) {
			content = c.labels[row][:c.Part.width()]
		} else {
			content = r.content(row, field)
		}
		if i < len(p.Keys)-1 || len(p.Values) > 0 {
			b = appendEscaped(b, content)
		} else {
			b = append(b, content...)
		}
	}
	return b
}

// appendRow appends the record of a row, but for its runs.
func (r *Reader) appendRow(b, key []byte, row int) []byte {
	p := r.plan
	single := r.allPresent(row)
	if single {
		b = append(binary.AppendUvarint(b, uint64(len(key))<<1), key...)
	} else {
		b = append(binary.AppendUvarint(b, uint64(len(key))<<1|1), key...)
		b = append(b, 1<<1|1) // a row, and missing values
		for i := range r.numbers {
			b = append(b, oneIf(r.stateOf(i, row) == missing))
		}
		for i := range r.absent {
			b = append(b, oneIf(r.absent[i][row]))
		}
	}
	for i := range r.numbers {
		state := r.stateOf(i, row)
		if state == missing {
			continue
		}
		value, l := r.numbers[i].values[row], &p.lanes[i]
		b = append(b, byte(r.scaleOf(i, row)))
		if single {
			if l.min|l.max|l.sum == 0 {
				value = 0 // no one asks for it
			}
			b = appendInt(b, value)
			continue
		}
		number := &p.Numbers[i]
		x := exactOf(value, number.Squares)
		for _, has := range []bool{number.Min, number.Max, number.Sum} {
			if has {
				b = appendInt(b, value)
			}
		}
		if number.Squares {
			b = appendInteger(b, x.squares)
		}
	}
	return b
}

func oneIf(is bool) byte {
	if is {
		return 1
	}
	return 0
}

// allPresent reports whether no value of a row is missing.
func (r *Reader) allPresent(row int) bool {
	for i := range r.numbers {
		if r.stateOf(i, row) == missing {
			return false
		}
	}
	for i, absent := range r.absent {
		if r.anyAbsent[i] && absent[row] {
			return false
		}
	}
	return true
}

// stateOf returns the state of a number of a row.
func (r *Reader) stateOf(number, row int) valueState {
	if c := &r.numbers[number]; c.slow {
		return c.states[row]
	}
	return scaled
}

// scaleOf returns the scale of a number of a row.
func (r *Reader) scaleOf(number, row int) int {
	if r.stateOf(number, row) == unscaled {
		return int(r.numbers[number].decimals[row])
	}
	return r.table.scales[number]
}

// appendRowRuns appends the runs of the values of a row to its record.
func (r *Reader) appendRowRuns(b []byte, row int) []byte {
	for which := range r.plan.Values {
		v := &r.plan.Values[which]
		var body int
		if v.Number < 0 {
			content := r.content(row, v.Field)
			if bytes.Equal(content, r.plan.Null) {
				continue
			}
			b, body = beginRun(b, which)
			b = appendRunContent(b, content, 1)
		} else {
			if r.stateOf(v.Number, row) == missing {
				continue
			}
			b, body = beginRun(b, which)
			b = append(b, byte(r.scaleOf(v.Number, row)))
			b = appendStep(b, r.numbers[v.Number].values[row], 0, true, 1)
		}
		b = endRun(b, body)
	}
	return b
}
