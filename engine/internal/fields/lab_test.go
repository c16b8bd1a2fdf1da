package fields_test

import (
	"math/rand/v2"
	"runtime/debug"
	"testing"
	"unsafe"

	"onebrc/engine/internal/enginetest"
	"onebrc/engine/internal/fields"
)

// lab tests a kernel at two places.
type lab struct {
	t      testing.TB
	kernel *fields.Kernel
	r      *rand.Rand
	places [2]place
}

// place has memory for the bytes of a tile, for a Tile and for what passes write, each
// flush against a page that faults, after their end or before their start.
type place struct {
	atEnd  bool
	memory []byte
	tile   *fields.Tile
	out    []byte
}

func newLab(t testing.TB, k *fields.Kernel) *lab {
	l := &lab{t: t, kernel: k, r: rand.New(rand.NewPCG(1, 2))}
	for i, atEnd := range []bool{false, true} {
		l.places[i] = place{
			atEnd:  atEnd,
			memory: enginetest.Guarded(t, fields.PadBefore+fields.TileBytes+fields.PadAfter, atEnd),
			tile:   (*fields.Tile)(unsafe.Pointer(&enginetest.Guarded(t, int(unsafe.Sizeof(fields.Tile{})), atEnd)[0])),
			out:    enginetest.Guarded(t, 8*(fields.TileBytes+fields.GroupRows), atEnd),
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
	for _, k := range fields.All() {
		t.Run(k.Name, func(t *testing.T) { test(t, newLab(t, k)) })
	}
}

// noise fills b with random bytes.
func (l *lab) noise(b []byte) {
	i := 0
	for ; i+8 <= len(b); i += 8 {
		*(*[8]byte)(b[i:]) = *(*[8]byte)(unsafe.Pointer(&[]uint64{l.r.Uint64()}[0]))
	}
	for ; i < len(b); i++ {
		b[i] = byte(l.r.Uint32())
	}
}

// put copies data into a place and surrounds it with padding of random bytes. It
// returns the base of the tile.
func (p *place) put(l *lab, data []byte) unsafe.Pointer {
	m := p.memory[:fields.PadBefore+len(data)+fields.PadAfter]
	if p.atEnd {
		m = p.memory[len(p.memory)-len(m):]
	}
	l.noise(m[:fields.PadBefore])
	copy(m[fields.PadBefore:], data)
	l.noise(m[fields.PadBefore+len(data):])
	return unsafe.Pointer(&m[0])
}

// kept reports whether the bytes that put has written are still there.
func (p *place) kept(base unsafe.Pointer, data []byte) bool {
	return string(unsafe.Slice((*byte)(unsafe.Add(base, fields.PadBefore)), len(data))) == string(data)
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
