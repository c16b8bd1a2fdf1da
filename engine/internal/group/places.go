package group

import (
	"encoding/binary"
	"unsafe"

	"onebrc/engine/internal/memory"
)

// Place says which of the values of a group a Values is about.
type Place uint8

// The places of values in the inputs.
const (
	Everywhere Place = iota // all values
	First                   // only the first one
	Last                    // only the last one
)

// placed is the first or the last content of a group so far.
type placed struct {
	offset int64  // of its row in the input
	input  uint32 // index of the input
	entry  uint32 // of the content in the dictionary, or 0 if there is none yet
}

// replaces reports whether a value of the row at offset of an input comes instead of p.
func (p *placed) replaces(place Place, input uint32, offset int64) bool {
	before := input < p.input || input == p.input && offset < p.offset
	return p.entry == 0 || before == (place == First)
}

// placedBytes is the size of a placed.
const placedBytes = int64(unsafe.Sizeof(placed{}))

// allocatePlaces makes room for the first and last contents of the given number of groups.
func (v *values) allocatePlaces(groups int) error {
	need := groups * len(v.table.plan.places)
	if need <= len(v.places) {
		return nil
	}
	size := max(need, 2*len(v.places))
	block, err := v.table.allocate(int64(size)*placedBytes, "first and last values")
	if err != nil {
		return err
	}
	places := unsafe.Slice((*placed)(block.Base), size)
	copy(places, v.places)
	v.placesMemory.Free()
	v.placesMemory, v.places = block, places
	return nil
}

// placeOf returns the placed of a group, given an index of Plan.places.
func (v *values) placeOf(entry uint32, i int) *placed {
	return &v.places[int(entry-1)*len(v.table.plan.places)+i]
}

// AddPlaces makes the contents of rows the first or the last ones of their groups, if they
// are. column has their Entries, offsets those of the rows in the input.
func (t *Table) AddPlaces(which int, at []uint32, column, offsets []int64, input int) {
	value, v := t.plan.Values[which], t.values
	for row, at := range at {
		if column[row] == nullEntry {
			continue
		}
		p := v.placeOf(t.info(t.index(at)).Entry, value.place)
		if p.replaces(value.Place, uint32(input), offsets[row]) {
			*p = placed{offset: offsets[row], input: uint32(input), entry: uint32(column[row])}
		}
	}
}

// appendPlace appends a run with the first or last content of a group, if there is one. Its
// place is before it: of all such contents of a group, the least one is the first, or the
// last, content.
func (v *values) appendPlace(b []byte, entry uint32, which int) []byte {
	value := &v.table.plan.Values[which]
	p := v.placeOf(entry, value.place)
	if p.entry == 0 {
		return b
	}
	input, offset := p.input, uint64(p.offset)
	if value.Place == Last {
		input, offset = ^input, ^offset
	}
	content := v.dictionary.keyOf(p.entry)
	b, body := beginRun(b, which)
	b = binary.AppendUvarint(b, uint64(placeBytes+len(content))<<1)
	b = binary.BigEndian.AppendUint32(b, input)
	b = binary.BigEndian.AppendUint64(b, offset)
	return endRun(append(b, content...), body)
}

// placeBytes is the size of the place before a content.
const placeBytes = 4 + 8

// placing are the first and last contents of groups.
type placing struct {
	places       []placed // for each group, one for each of Plan.places
	placesMemory memory.Block
}
