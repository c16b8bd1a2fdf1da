package group

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"slices"
	"unsafe"

	"onebrc/engine/internal/memory"
	"onebrc/engine/internal/partition"
)

// runJoin joins the runs of groups. It keeps them as they come in one piece of memory:
// for each record the place of those of the same group before it, plus 1, or 0, and the
// runs after their length.
type runJoin struct {
	budget *memory.Budget
	// last has for each Entry where the last runs of the group are, plus 1.
	last []uint64
	log  byteLog

	lastMemory memory.Block

	// Memory for one group.
	parts, bodies [][]byte
	items         []item
	taken         int64 // bytes of the budget, for items
	key, record   []byte
}

// item is a value, and how many rows have it. It has no pointer, which the garbage
// collector would have to know of whenever items are sorted.
type item struct {
	key  uint64 // in the order of the values: a number, or the first bytes of a content
	rows int64
	// The content is in runJoin.bodies. It has no bytes if the value is a number.
	body, begin, size uint32
}

// numberKey returns the key of a number. Applied to a key, it returns the number.
func numberKey(v uint64) uint64 { return v ^ 1<<63 }

// content returns the content of an item.
func (j *runJoin) content(x *item) []byte { return j.bodies[x.body][x.begin:][:x.size] }

// compare compares the values of items.
func (j *runJoin) compare(a, b *item) int {
	if a.key != b.key {
		return cmp.Compare(a.key, b.key)
	}
	if max(a.size, b.size) <= 8 { // they differ in zeros at their ends, if at all
		return cmp.Compare(a.size, b.size)
	}
	return bytes.Compare(j.content(a), j.content(b))
}

const linkBytes = 8

// free returns the memory.
func (j *runJoin) free() {
	j.log.free()
	j.lastMemory.Free()
	j.budget.Give(j.taken)
	*j = runJoin{budget: j.budget}
}

// clear removes all runs, those of the given number of groups. It keeps the memory.
func (j *runJoin) clear(groups int) {
	clear(j.last[:min(groups+1, len(j.last))])
	j.log.data = j.log.data[:0]
}

// add adds the runs of a group.
func (j *runJoin) add(entry uint32, runs []byte) error {
	if int(entry) >= len(j.last) {
		if err := j.growLast(int(entry) + 1); err != nil {
			return err
		}
	}
	if err := j.log.reserve(linkBytes + binary.MaxVarintLen64 + len(runs)); err != nil {
		return err
	}
	place := len(j.log.data)
	b := binary.LittleEndian.AppendUint64(j.log.data, j.last[entry])
	b = binary.AppendUvarint(b, uint64(len(runs)))
	j.log.data = append(b, runs...)
	j.last[entry] = uint64(place) + 1
	return nil
}

// growLast makes room for the given number of entries, or more. Those of groups without
// values are left out.
func (j *runJoin) growLast(entries int) error {
	size := max(firstSlots, 2*len(j.last), entries)
	block, err := j.budget.Allocate(size * 8)
	if err != nil {
		return err
	}
	last := unsafe.Slice((*uint64)(block.Base), size)
	copy(last, j.last)
	j.lastMemory.Free()
	j.lastMemory, j.last = block, last
	return nil
}

// find writes the runs of a group to j.parts, those of each record.
func (j *runJoin) find(entry uint32) {
	j.parts = j.parts[:0]
	if int(entry) >= len(j.last) {
		return
	}
	for place := j.last[entry]; place != 0; {
		b := j.log.data[place-1:]
		place = binary.LittleEndian.Uint64(b)
		size, n := binary.Uvarint(b[linkBytes:])
		j.parts = append(j.parts, b[linkBytes+n:][:size])
	}
}

// appendRuns appends the joined runs of the group with an Entry, whose ordered key is key,
// to a record. It calls put with records of the values that cannot be in runs.
func (m *merger) appendRuns(b []byte, entry uint32, key []byte, put func(record []byte) error) ([]byte, error) {
	j, p := m.runs, m.format.plan
	j.find(entry)
	if len(j.parts) == 0 || len(j.parts) == 1 && !m.rewrites {
		for _, runs := range j.parts {
			b = append(b, runs...)
		}
		return b, nil
	}
	for which := range p.Values {
		j.bodies = j.bodies[:0]
		for i, runs := range j.parts {
			if len(runs) > 0 && int(runs[0]) == which {
				_, body, rest := cutRun(runs)
				j.bodies, j.parts[i] = append(j.bodies, body), rest
			}
		}
		if len(j.bodies) == 0 {
			continue
		}
		var body int
		b, body = beginRun(b, which)
		var err error
		if b, err = m.appendJoined(b, which, key, put); err != nil {
			return nil, err
		}
		if len(b) == body { // all values have records of their own
			b = b[:body-2]
			continue
		}
		b = endRun(b, body)
	}
	return b, nil
}

// appendJoined appends what is in m.runs.bodies as one body.
func (m *merger) appendJoined(b []byte, which int, key []byte, put func(record []byte) error) ([]byte, error) {
	j, v := m.runs, m.format.plan.Values[which]
	single := len(j.bodies) == 1
	switch {
	case v.Number >= 0:
		if single {
			return append(b, j.bodies[0]...), nil
		}
		return m.appendNumbers(b, which, key, put)
	case v.Place != Everywhere:
		first := slices.MinFunc(j.bodies, func(a, b []byte) int { return bytes.Compare(placedContent(a), placedContent(b)) })
		return append(b, first...), nil
	case single && !v.Distinct && !m.format.sorts():
		return append(b, j.bodies[0]...), nil
	}
	return m.appendContents(b, which)
}

// placedContent returns the content, with its place, of the body of a run.
func placedContent(body []byte) []byte {
	_, n := binary.Uvarint(body)
	return body[n:]
}

// appendNumbers is appendJoined for several bodies of numbers.
func (m *merger) appendNumbers(b []byte, which int, key []byte, put func(record []byte) error) ([]byte, error) {
	j, scale := m.runs, 0
	for _, body := range j.bodies {
		scale = max(scale, int(body[0]))
	}
	items := j.items[:0]
	for _, body := range j.bodies {
		r := Runs{format: m.format, which: which, body: body}
		r.begin()
		for len(r.body) > 0 {
			number, rows := r.number()
			scaled, ok := times(number, scale-r.scale)
			if ok {
				items = append(items, item{key: numberKey(uint64(scaled)), rows: rows})
				continue
			}
			m.format.separate.Store(true)
			j.key = appendNumber(append(append(j.key[:0], key...), byte(which)), number, r.scale)
			j.record = appendValueRecord(j.record[:0], j.key, rows)
			if err := put(j.record); err != nil {
				return nil, err
			}
		}
	}
	if err := j.keep(items); err != nil || len(items) == 0 {
		return b, err
	}
	j.sort(items)
	b = append(b, byte(scale))
	last := int64(0)
	for i := 0; i < len(items); {
		x, first := items[i], i == 0
		number, rows := int64(numberKey(x.key)), x.rows
		for i++; i < len(items) && items[i].key == x.key; i++ {
			rows += items[i].rows
		}
		b = appendStep(b, number, last, first, rows)
		last = number
	}
	return b, nil
}

// appendContents is appendJoined for contents.
func (m *merger) appendContents(b []byte, which int) ([]byte, error) {
	j, counts := m.runs, m.format.plan.Values[which].Distinct && m.format.counts()
	items := j.items[:0]
	for i, body := range j.bodies {
		r := Runs{format: m.format, which: which, body: body}
		for len(r.body) > 0 {
			content, rows := r.content()
			// Nothing is appended to body, so that capacities tell where a content begins.
			begin := cap(body) - cap(content)
			items = append(items, item{
				key: partition.BytesPrefix(content), rows: rows,
				body: uint32(i), begin: uint32(begin), size: uint32(len(content)),
			})
		}
	}
	if err := j.keep(items); err != nil {
		return nil, err
	}
	if counts && len(j.bodies) == 1 {
		return binary.AppendUvarint(b, uint64(len(items))), nil
	}
	j.sort(items)
	different := uint64(0)
	for i := 0; i < len(items); {
		x, rows := items[i], items[i].rows
		for i++; i < len(items) && j.compare(&x, &items[i]) == 0; i++ {
			rows += items[i].rows
		}
		different++
		if !counts {
			b = appendRunContent(b, j.content(&x), rows)
		}
	}
	if counts {
		b = binary.AppendUvarint(b, different)
	}
	return b, nil
}

// keep keeps the memory of items for the next group, and takes it from the budget.
func (j *runJoin) keep(items []item) error {
	more := int64(cap(items)-cap(j.items)) * int64(unsafe.Sizeof(item{}))
	if more <= 0 {
		return nil
	}
	if err := j.budget.Take(more); err != nil {
		return err
	}
	j.taken += more
	j.items = items[:0]
	return nil
}

// shortItems is how many items insertion sorts faster than package slices does.
const shortItems = 24

// sort sorts items.
func (j *runJoin) sort(items []item) {
	if len(items) > shortItems {
		slices.SortFunc(items, func(a, b item) int { return j.compare(&a, &b) })
		return
	}
	for i := 1; i < len(items); i++ {
		x, at := items[i], i
		for ; at > 0 && j.compare(&x, &items[at-1]) < 0; at-- {
			items[at] = items[at-1]
		}
		items[at] = x
	}
}
