package fields_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"onebrc/engine/internal/fields"
)

// indexed is what index should find in a tile.
type indexed struct {
	seps   []uint32
	quoted []uint32 // of complete rows; a field with doubled quotes has one more entry
	inner  int      // LFs inside quotes in complete rows
	rows   int      // complete rows
	bad    bool     // index must refuse the tile
	unsure bool     // index may refuse the tile, and finds any separators after the last complete row
}

// The states of the automaton of a reference.
const (
	fieldStart = iota
	unquoted
	quoted
	closed   // after a closing quote
	closedCR // after a closing quote and a CR
)

// reference reads data byte by byte.
func reference(data []byte, s *fields.Syntax) indexed {
	var e indexed
	var rowQuoted []uint32
	state, rowInner, columns, fault := fieldStart, 0, 0, false
	for i, c := range data {
		isQuote := s.HasQuote && c == s.Quote
		if state == quoted {
			if isQuote {
				state = closed
			} else if c == '\n' {
				rowInner++
			}
			continue
		}
		if state == closed && isQuote {
			state = quoted
			if rowQuoted[len(rowQuoted)-1]&fields.DoubledQuote == 0 {
				rowQuoted = append(rowQuoted, uint32(len(e.seps))|fields.DoubledQuote)
			}
			continue
		}
		if state == closedCR && c != '\n' {
			fault = true
			state = unquoted
		}
		switch {
		case c == '\n', c == s.Delimiter:
			e.seps = append(e.seps, uint32(fields.PadBefore+i))
			columns++
			state = fieldStart
			if c == s.Delimiter {
				continue
			}
			if fault || columns != s.Columns {
				e.bad = true
				return e
			}
			e.rows++
			e.inner += rowInner
			e.quoted = append(e.quoted, rowQuoted...)
			rowQuoted, rowInner, columns = nil, 0, 0
		case isQuote && state == fieldStart:
			state = quoted
			rowQuoted = append(rowQuoted, uint32(len(e.seps)))
		case state == closed && c == '\r':
			state = closedCR
		case state == closed:
			fault = true
			state = unquoted
		default:
			fault = fault || isQuote
			state = unquoted
		}
	}
	e.bad = columns >= s.Columns && !fault
	e.unsure = fault
	return e
}

// checkIndex runs index on data at both places and compares the results with the
// reference. It reports whether index accepted the tile.
func (l *lab) checkIndex(data []byte, s *fields.Syntax) (ok bool) {
	l.t.Helper()
	e := reference(data, s)
	for i := range l.places {
		p := &l.places[i]
		base := p.put(l, data)
		p.tile.Quotes, p.tile.InnerLF = -1, -1
		var seps int
		l.noFault(data, func() { seps, ok = l.kernel.Index(base, len(data), s, p.tile) })
		if what := e.differs(p.tile, s, seps, ok); what != "" {
			l.t.Fatalf("%s: index with %q, %q, %v, %d columns: %s, in %q", l.kernel.Name, s.Delimiter, s.Quote, s.HasQuote, s.Columns, what, data)
		}
		if !p.kept(base, data) {
			l.t.Fatalf("%s: index wrote to its input %q", l.kernel.Name, data)
		}
	}
	return ok
}

// differs says what a result of index has wrong, or returns "".
func (e *indexed) differs(t *fields.Tile, s *fields.Syntax, seps int, ok bool) string {
	switch {
	case !ok && (e.bad || e.unsure):
		return ""
	case ok && e.bad, !ok:
		return fmt.Sprint("returned ", ok)
	case t.Seps[0] != fields.PadBefore-1:
		return fmt.Sprint("begins at ", t.Seps[0])
	case seps/s.Columns != e.rows, seps != len(e.seps) && !e.unsure:
		return fmt.Sprintf("found %d separators, want %d", seps, len(e.seps))
	}
	common := len(e.seps)
	if e.unsure {
		common = e.rows * s.Columns
	}
	if !slices.Equal(t.Seps[1:][:common], e.seps[:common]) {
		return fmt.Sprintf("separators %d, want %d", t.Seps[1:][:common], e.seps[:common])
	}
	list := slices.Compact(slices.Clone(t.Quoted[:t.Quotes])) // without repeated DoubledQuote
	complete := uint32(e.rows * s.Columns)
	list = slices.DeleteFunc(list, func(q uint32) bool { return q&^fields.DoubledQuote >= complete })
	if !slices.Equal(list, e.quoted) {
		return fmt.Sprintf("quoted fields %#x, want %#x", list, e.quoted)
	}
	if t.InnerLF < e.inner {
		return fmt.Sprintf("%d LFs inside quotes, want %d", t.InnerLF, e.inner)
	}
	return ""
}

// syntaxes returns syntaxes for rows of the given number of columns, whose special
// bytes are of every kind: ASCII or not, NUL, close to each other and to LF.
func syntaxes(columns int) []*fields.Syntax {
	return []*fields.Syntax{
		fields.NewSyntax(',', '"', true, columns),
		fields.NewSyntax(',', '"', false, columns),
		fields.NewSyntax(';', '\'', true, columns),
		fields.NewSyntax('\t', 0, false, columns),
		fields.NewSyntax(0, 0xff, true, columns),
		fields.NewSyntax(0x8a, 0x8d, true, columns), // LF and CR with the highest bit
		fields.NewSyntax(0xac, 0, true, columns),
		fields.NewSyntax(11, 9, true, columns),
	}
}

// TestIndexShort runs index on all texts of few bytes.
func TestIndexShort(t *testing.T) {
	const most = 7
	eachKernel(t, func(t *testing.T, l *lab) {
		alphabet := []byte(",\n\"\rx")
		for columns := 1; columns <= 3; columns++ {
			s := fields.NewSyntax(',', '"', true, columns)
			data := make([]byte, most)
			total := 1
			for n := 1; n <= most-step(2)+1; n++ {
				total *= len(alphabet)
				for k := range total {
					for i := range n {
						data[i] = alphabet[k%len(alphabet)]
						k /= len(alphabet)
					}
					l.checkIndex(data[:n], s)
				}
			}
		}
	})
}

// TestIndexBorders moves all short texts across the border between two blocks and to
// the end of the tile.
func TestIndexBorders(t *testing.T) {
	const most = 5
	eachKernel(t, func(t *testing.T, l *lab) {
		alphabet := []byte(",\n\"\rx")
		s := fields.NewSyntax(',', '"', true, 2)
		for n := 2; n <= most-step(2)+1; n++ {
			total := 1
			for range n {
				total *= len(alphabet)
			}
			for k := range total {
				var text []byte
				for range n {
					text = append(text, alphabet[k%len(alphabet)])
					k /= len(alphabet)
				}
				for before := fields.BlockBytes - n; before <= fields.BlockBytes; before++ {
					for _, prefix := range []string{"a,", `"a",`, `"`} {
						data := append([]byte(prefix+strings.Repeat("b", before-len(prefix))), text...)
						if l.r.IntN(2) > 0 {
							data = append(data, "b\nc,d\n"...)
						}
						l.checkIndex(data, s)
					}
				}
			}
		}
	})
}

// randomField returns a legal field.
func randomField(r *rand.Rand, s *fields.Syntax, longest int) []byte {
	n := r.IntN(longest + 1)
	if !s.HasQuote || r.IntN(3) > 0 {
		f := make([]byte, n)
		for i := range f {
			for {
				f[i] = byte(r.Uint32())
				if f[i] != s.Delimiter && f[i] != '\n' && !(s.HasQuote && f[i] == s.Quote) {
					break
				}
			}
		}
		return f
	}
	f := []byte{s.Quote}
	for range n {
		switch c := []byte{s.Delimiter, '\n', '\r', s.Quote, byte(r.Uint32())}[r.IntN(5)]; c {
		case s.Quote:
			f = append(f, c, c)
		default:
			f = append(f, c)
		}
	}
	return append(f, s.Quote)
}

// randomTile returns at most size bytes of legal rows, of which the last may be cut
// off.
func randomTile(r *rand.Rand, s *fields.Syntax, size, longest int) []byte {
	var data []byte
	for len(data) < size {
		for f := range s.Columns {
			data = append(data, randomField(r, s, longest)...)
			if f < s.Columns-1 {
				data = append(data, s.Delimiter)
			}
		}
		if r.IntN(4) == 0 {
			data = append(data, '\r')
		}
		data = append(data, '\n')
	}
	return data[:size]
}

// TestIndexLegal runs index on tiles of all sizes.
func TestIndexLegal(t *testing.T) {
	eachKernel(t, func(t *testing.T, l *lab) {
		accepted := 0
		for _, columns := range []int{1, 2, 3, 4, 5, 7, 16, 63, 64, 65, 200, fields.MaxColumns} {
			for _, s := range syntaxes(columns) {
				for size := 1; size <= 5*fields.BlockBytes; size += step(7) {
					require.True(t, l.checkIndex(randomTile(l.r, s, size, 1+size%30), s))
				}
				for _, longest := range []int{0, 1, 10, 100} {
					require.True(t, l.checkIndex(randomTile(l.r, s, fields.TileBytes-l.r.IntN(2)*l.r.IntN(200), longest), s))
					accepted++
				}
			}
		}
		require.NotZero(t, accepted)
	})
}

// TestIndexMutations changes single bytes of legal tiles: index either refuses the
// tile or finds exactly what the changed one has.
func TestIndexMutations(t *testing.T) {
	eachKernel(t, func(t *testing.T, l *lab) {
		refused := 0
		for _, columns := range []int{1, 2, 4, 70} {
			for _, s := range syntaxes(columns) {
				for round := 0; round < 8; round += step(4) {
					data := randomTile(l.r, s, 1+l.r.IntN(4*fields.BlockBytes), 12)
					for i := range data {
						for _, c := range []byte{s.Delimiter, s.Quote, '\n', '\r', 'x', data[i] ^ 0x80, byte(l.r.Uint32())} {
							mutant := bytes.Clone(data)
							mutant[i] = c
							if !l.checkIndex(mutant, s) {
								refused++
							}
						}
					}
				}
			}
		}
		require.NotZero(t, refused)
	})
}

// TestIndexAnyByte has each byte as delimiter and as quote, among all others.
func TestIndexAnyByte(t *testing.T) {
	eachKernel(t, func(t *testing.T, l *lab) {
		for d := range 256 {
			q := byte(d + 1 + l.r.IntN(255))
			delimiter := byte(d)
			if delimiter == '\n' || delimiter == '\r' || q == '\n' || q == '\r' {
				continue
			}
			for columns := 1; columns < 4; columns++ {
				s := fields.NewSyntax(delimiter, q, d%3 > 0, columns)
				require.True(t, l.checkIndex(randomTile(l.r, s, 300, 20), s))
			}
		}
	})
}

// TestIndexDense has tiles of nothing but separators or quotes.
func TestIndexDense(t *testing.T) {
	eachKernel(t, func(t *testing.T, l *lab) {
		for _, unit := range []string{"\n", ",\n", ",,,\n", `""` + "\n", `"` + "\n" + `",""""` + "\r\n", `"""",` + "\n", strings.Repeat(",", 64) + "\n"} {
			row, _, _ := strings.Cut(strings.ReplaceAll(unit, `"`+"\n"+`"`, `""`), "\n")
			columns := 1 + strings.Count(row, ",")
			s := fields.NewSyntax(',', '"', true, columns)
			for n := fields.TileBytes - 130; n <= fields.TileBytes; n++ {
				require.True(t, l.checkIndex([]byte(strings.Repeat(unit, fields.TileBytes))[:n], s), "%q", unit)
			}
		}
	})
}
