package kernel_test

import (
	"bytes"
	"strings"
	"testing"

	"onebrc/engine/internal/kernel"
	"onebrc/parse/oracle"
)

// FuzzKernels takes any bytes as a tile and compares all three passes of every
// kernel with the reference.
func FuzzKernels(f *testing.F) {
	for _, p := range oracle.Golden(f) {
		if len(p.Input) <= kernel.TileBytes {
			f.Add([]byte(p.Input), byte('\n'))
		}
	}
	for _, b := range oracle.BadInputs(f) {
		if len(b.Input) <= kernel.TileBytes {
			f.Add([]byte(b.Input), byte(';'))
		}
	}
	f.Add([]byte("1.0\na;2.0\n"), byte(';'))
	f.Add(bytes.Repeat([]byte("\n"), kernel.TileBytes), byte('0'))
	f.Add([]byte("0123456789012345678901234567890;1.0\n0123456789012345678901234567890;x;1.0\n"), byte('0'))
	f.Add([]byte(strings.Repeat("\x00", 56)+";1.0\n"), byte(0))
	f.Fuzz(func(t *testing.T, data []byte, noise byte) {
		data = data[:min(len(data), kernel.TileBytes)]
		e := reference(data)
		for _, k := range kernel.All() {
			l := newLab(t, k)
			l.noise = noise
			l.checkAgainst(data, e)
			// A tile that decode accepts goes on to accumulate.
			p := &l.places[0]
			if placed := p.put(l, data); len(e.starts) > 1 {
				l.checkIndex(placed, p.tile, e)
				if l.checkDecode(placed, p.tile, e) {
					a := newAccumulation(l)
					a.add(data[:e.starts[len(e.starts)-1]])
					a.requireEqual()
				}
			}
		}
	})
}
