package kernel_test

import (
	"bytes"
	"regexp"
	"runtime/debug"
	"slices"
	"strconv"
	"testing"
	"unsafe"

	"onebrc/engine/internal/enginetest"
	"onebrc/engine/internal/kernel"
	"onebrc/parse"
)

// row is what the passes should find out about a row.
type row struct {
	start, length int
	value         int // tenths
}

var rowEnd = regexp.MustCompile(`(?s)\A(.*);(-?)([0-9]{1,2})\.([0-9])(\r?)\n\z`)

// expected is what the passes should find in data.
type expected struct {
	starts []uint32 // as in Tile.Starts
	rows   []row
	good   bool // every row ends in ';' and a value
	// rare is true if a row ends in CR LF or has a name that is too long. Decode
	// may refuse such a tile, good or not.
	rare bool
}

// reference reads data in the plainest way.
func reference(data []byte) expected {
	e := expected{starts: []uint32{0}, good: true}
	for at := 0; ; {
		n := bytes.IndexByte(data[at:], '\n') + 1
		if n == 0 {
			break
		}
		line := data[at : at+n]
		e.rare = e.rare || bytes.HasSuffix(line, []byte("\r\n"))
		match := rowEnd.FindSubmatch(line)
		e.good = e.good && match != nil
		if match != nil {
			tenths, _ := strconv.Atoi(string(match[3]) + string(match[4]))
			if len(match[2]) > 0 {
				tenths = -tenths
			}
			e.rows = append(e.rows, row{at, len(match[1]), tenths})
			e.rare = e.rare || len(match[1]) > parse.MaxNameBytes
		}
		at += n
		e.starts = append(e.starts, uint32(at))
	}
	return e
}

// lab tests a kernel at two places.
type lab struct {
	t      testing.TB
	kernel *kernel.Kernel
	before []byte // the last bytes of the padding before a tile
	noise  byte   // all other bytes of the padding
	places [2]place
}

// place has memory for the bytes of a tile and for a Tile, each flush against a
// page that faults, after their end or before their start.
type place struct {
	atEnd  bool
	memory []byte
	tile   *kernel.Tile
}

func newLab(t testing.TB, k *kernel.Kernel) *lab {
	l := &lab{t: t, kernel: k, before: []byte("\n"), noise: '\n'}
	for i, atEnd := range []bool{false, true} {
		l.places[i] = place{
			atEnd:  atEnd,
			memory: enginetest.Guarded(t, kernel.PadBefore+kernel.TileBytes+kernel.PadAfter, atEnd),
			tile:   (*kernel.Tile)(unsafe.Pointer(&enginetest.Guarded(t, int(unsafe.Sizeof(kernel.Tile{})), atEnd)[0])),
		}
	}
	return l
}

// step returns the step of a loop over a small domain: short with -short, and
// otherwise 1.
func step(short int) int {
	if testing.Short() {
		return short
	}
	return 1
}

// eachKernel runs a test with every kernel.
func eachKernel(t *testing.T, test func(t *testing.T, l *lab)) {
	t.Helper()
	for _, k := range kernel.All() {
		t.Run(k.Name, func(t *testing.T) { test(t, newLab(t, k)) })
	}
}

// put copies data into a place, surrounds it with padding, and returns the copy.
func (p *place) put(l *lab, data []byte) []byte {
	m := p.memory[:kernel.PadBefore+len(data)+kernel.PadAfter]
	if p.atEnd {
		m = p.memory[len(p.memory)-len(m):]
	}
	for i := range kernel.PadBefore {
		m[i] = l.noise
	}
	copy(m[kernel.PadBefore-len(l.before):], l.before)
	copy(m[kernel.PadBefore:], data)
	for i := kernel.PadBefore + len(data); i < len(m); i++ {
		m[i] = l.noise
	}
	return m[kernel.PadBefore:][:len(data)]
}

// noFault calls do and fails the test if that faults.
func (l *lab) noFault(data []byte, do func()) {
	l.t.Helper()
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if p := recover(); p != nil {
			l.t.Helper()
			l.t.Fatalf("%s: %v on %q", l.kernel.Name, p, data)
		}
	}()
	do()
}

// check runs index and decode on data at both places and compares the results with
// the reference.
func (l *lab) check(data []byte) {
	l.t.Helper()
	l.checkAgainst(data, reference(data))
}

// checkAgainst is check with the reference e.
func (l *lab) checkAgainst(data []byte, e expected) {
	l.t.Helper()
	for i := range l.places {
		p := &l.places[i]
		placed := p.put(l, data)
		l.checkIndex(placed, p.tile, e)
		if rows := len(e.starts) - 1; rows > 0 {
			l.checkDecode(placed, p.tile, e)
		}
		if !bytes.Equal(placed, data) {
			l.t.Fatalf("%s: a pass wrote to its input %q", l.kernel.Name, data)
		}
	}
}

// checkIndex runs index on data and compares the result with e.
func (l *lab) checkIndex(data []byte, tile *kernel.Tile, e expected) {
	l.t.Helper()
	var rows int
	l.noFault(data, func() { rows = l.kernel.Index(unsafe.Pointer(unsafe.SliceData(data)), len(data), tile) })
	if rows != len(e.starts)-1 || !slices.Equal(tile.Starts[:rows+1], e.starts) {
		l.t.Fatalf("%s: index found %d rows, want %d, in %d bytes %q", l.kernel.Name, rows, len(e.starts)-1, len(data), data)
	}
}

// checkDecode runs decode on data and compares the result with e. It reports whether
// decode accepted the rows.
func (l *lab) checkDecode(data []byte, tile *kernel.Tile, e expected) (good bool) {
	l.t.Helper()
	rows := len(e.starts) - 1
	l.noFault(data, func() { good = l.kernel.Decode(unsafe.Pointer(unsafe.SliceData(data)), rows, tile) })
	switch {
	case good && !e.good, !good && e.good && !e.rare:
		l.t.Fatalf("%s: decode returned %v for %d rows %q", l.kernel.Name, good, rows, data)
	case !slices.Equal(tile.Starts[:rows+1], e.starts):
		l.t.Fatalf("%s: decode changed the starts of %q", l.kernel.Name, data)
	case !good:
		return false
	}
	for i, want := range e.rows {
		got := row{int(tile.Starts[i]), int(tile.Len[i]), int(tile.Value[i]) - kernel.ValueBias}
		if want.length >= kernel.MaskedNames {
			l.t.Fatalf("%s: decode accepted row %d, whose name has %d bytes, in %q", l.kernel.Name, i, want.length, data)
		}
		if got != want {
			l.t.Fatalf("%s: row %d is %+v, want %+v, in %q", l.kernel.Name, i, got, want, data)
		}
		fields := uint32(want.length+1) | uint32(want.start)<<kernel.FieldsStart | tile.Value[i]<<kernel.FieldsValue
		if l.kernel.Name == "avx512" && tile.Fields[i] != fields {
			l.t.Fatalf("%s: row %d has fields %#x, want %#x, in %q", l.kernel.Name, i, tile.Fields[i], fields, data)
		}
		name := data[want.start:][:want.length]
		if n := len(name); n < 1 || n > parse.MaxNameBytes {
			continue
		}
		if hash := kernel.HashName(name); tile.Hash[i] != hash {
			l.t.Fatalf("%s: row %d has hash %#x, want %#x, in %q", l.kernel.Name, i, tile.Hash[i], hash, data)
		}
	}
	return true
}
