package kernel_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"onebrc/engine/internal/kernel"
	"onebrc/parse"
)

// values has a value of each shape, ends what may follow a value.
var (
	values = []string{"1.2", "-3.4", "56.7", "-89.0"}
	ends   = []string{"\n", "\r\n"}
)

// name returns a name of n bytes in which no two adjacent bytes are equal.
func name(n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = 'A' + byte(i*7+n)%61
		if b[i] == ';' || b[i] == '\n' {
			b[i] = 'z'
		}
	}
	return string(b)
}

// TestDecodeEveryValue decodes every spelling of every value, after names that end
// in every class of byte.
func TestDecodeEveryValue(t *testing.T) {
	eachKernel(t, func(t *testing.T, l *lab) {
		for _, end := range ends {
			for _, name := range []string{"a", "-", "7", ".", "0.0", "\r", "\x00", "a;", ";-1.0", "eight by"} {
				var tile []byte
				for _, sign := range []string{"", "-"} {
					for n := range 1100 {
						value := fmt.Sprintf("%d.%d", n/10, n%10)
						if n >= 1000 { // a leading zero
							value = fmt.Sprintf("0%d.%d", n/10%10, n%10)
						}
						next := name + ";" + sign + value + end
						if len(tile)+len(next) > kernel.TileBytes {
							l.check(tile)
							tile = tile[:0]
						}
						tile = append(tile, next...)
					}
				}
				l.check(tile)
			}
		}
	})
}

// TestDecodeEveryNameLength decodes names of 0 to 130 bytes at each offset in a
// block, before a value of each shape, as the first row and as a later one.
func TestDecodeEveryNameLength(t *testing.T) {
	eachKernel(t, func(t *testing.T, l *lab) {
		for length := range 131 {
			for alignment := length % step(7); alignment < kernel.BlockBytes; alignment += step(7) {
				for _, end := range ends {
					for _, value := range values {
						tile := []byte(name(length) + ";" + value + end)
						filler := (alignment - len(tile)%kernel.BlockBytes + 2*kernel.BlockBytes) % kernel.BlockBytes
						if filler < parse.MinRowBytes {
							filler += kernel.BlockBytes
						}
						tile = append(tile, name(filler-5)+";0.0\n"...)
						tile = append(tile, name(length)+";"+value+end...)
						l.check(tile)
					}
				}
			}
		}
	})
}

// TestDecodeLongNames puts a name that decode must refuse, or need not, in each place of
// a group of rows.
func TestDecodeLongNames(t *testing.T) {
	eachKernel(t, func(t *testing.T, l *lab) {
		for before := range 2 * kernel.GroupRows {
			for _, n := range []int{maxDecodedBytes, maxDecodedBytes + 1, 2 * kernel.MaskedNames, 1000} {
				l.check([]byte(strings.Repeat("a;1.0\n", before) + name(n) + ";-2.0\n" + strings.Repeat("b;3.0\n", before%5)))
			}
		}
	})
}

// TestDecodeOneRow decodes tiles of one row, where the reads before the tile reach
// farthest.
func TestDecodeOneRow(t *testing.T) {
	eachKernel(t, func(t *testing.T, l *lab) {
		for length := 0; length < kernel.TileBytes-10; length += step(13) {
			for _, value := range values {
				l.check([]byte(name(length) + ";" + value + "\n"))
			}
		}
		for n := range 12 {
			l.check([]byte(strings.Repeat("x", n) + "\n"))
			l.check([]byte(strings.Repeat("\n", n)))
		}
	})
}

// TestDecodeMalformed sets each of the last 8 bytes of a row, some of which belong
// to the name, to each value, in each place of a group of rows.
func TestDecodeMalformed(t *testing.T) {
	eachKernel(t, func(t *testing.T, l *lab) {
		for _, value := range values {
			for _, end := range ends {
				for at := 1; at <= 8+len(end)-1; at++ {
					for c := at % step(5); c < 256; c += step(5) {
						bad := []byte("some name;" + value + end)
						bad[len(bad)-at] = byte(c)
						before := (c + at) % (kernel.GroupRows + 1)
						tile := bytes.Repeat([]byte("ok;1.0\n"), before)
						tile = append(tile, bad...)
						l.check(append(tile, bytes.Repeat([]byte("ok;-10.0\n"), c%kernel.GroupRows)...))
					}
				}
			}
		}
	})
}

// TestDecodeRowsAfterCRLF puts each byte before the LF of a row, which has no value or a
// legal one, in a tile whose rows otherwise end in CR LF or LF.
func TestDecodeRowsAfterCRLF(t *testing.T) {
	eachKernel(t, func(t *testing.T, l *lab) {
		for _, end := range ends {
			for c := range 256 {
				for _, text := range []string{"no separator", "", "a;1", "a;.5", "a;-1.0", "a;12.3", "a;\x00\x00\x00", "\xff\xff\xff\xff\xff\xff\xff\xff"} {
					l.check([]byte("first;1.0" + end + text + string([]byte{byte(c)}) + "\nlast;-2.5" + end))
				}
			}
		}
	})
}

// TestDecodeTwoMalformed changes two of the last 8 bytes of a row at a time: a
// carry from one byte to the next might hide that both are wrong.
func TestDecodeTwoMalformed(t *testing.T) {
	const changes = "\x00\x01\x02\x08\x09\x0a\x0f\x10\x20\x40\x80\xf0\xf5\xf6\xf9\xfa\xfb\xfc\xfd\xfe\xff"
	eachKernel(t, func(t *testing.T, l *lab) {
		for _, value := range values {
			good := "name;" + value + "\n"
			for a := range 8 {
				for b := range a {
					for i := 0; i < len(changes)*len(changes); i += step(17) {
						bad := []byte(good)
						bad[len(bad)-1-a] ^= changes[i%len(changes)]
						bad[len(bad)-1-b] ^= changes[i/len(changes)]
						l.check(bad)
					}
				}
			}
		}
	})
}

// TestDecodeShortRows decodes rows that are too short for a value, which a pass
// might complete with the end of the previous row.
func TestDecodeShortRows(t *testing.T) {
	eachKernel(t, func(t *testing.T, l *lab) {
		for _, value := range values {
			full := "a;" + value + "\n"
			for cut := range len(full) {
				for _, before := range []string{"", "a;1.0\n", "b;-99.9\n", "c;1.0\r\n", ";1.0\n"} {
					l.check([]byte(before + full[cut:]))
					l.check([]byte(before + full[cut:] + full))
					l.check([]byte(before + full[cut:len(full)-1] + "\r\n"))
				}
			}
		}
	})
}

// TestDecodePaddingDoesNotMatter puts the missing start of the first row into the
// padding before the tile.
func TestDecodePaddingDoesNotMatter(t *testing.T) {
	eachKernel(t, func(t *testing.T, l *lab) {
		for _, value := range values {
			full := "name;" + value + "\n"
			for cut := range len(full) {
				for _, noise := range []byte("\n;0\x00\xff") {
					l.before, l.noise = []byte(full[:cut]), noise
					l.check([]byte(full[cut:]))
					l.check([]byte(full[cut:] + "abc;1.0\n"))
				}
			}
		}
	})
}

// TestDecodeRowCounts decodes 0 to TileRows+20 rows, all good, and with a bad one in
// the middle or at the end. More than TileRows rows always include one that is too
// short.
func TestDecodeRowCounts(t *testing.T) {
	eachKernel(t, func(t *testing.T, l *lab) {
		const shortest = "a;1.0\n"
		for rows := 0; rows < kernel.TileRows+21; rows += step(11) {
			// The last rows are lone LFs, as many as it takes for the others to fit.
			lone := 0
			for (rows-lone)*len(shortest)+lone > kernel.TileBytes {
				lone++
			}
			tile := bytes.Repeat([]byte(shortest), rows-lone)
			tile = append(tile, bytes.Repeat([]byte("\n"), lone)...)
			l.check(tile)
			if rows > 0 {
				tile[rows/2*len(shortest)%len(tile)] = ';' // an illegal name
				l.check(tile)
				tile[len(tile)-2] = 'x' // an illegal value in the last row
				l.check(tile)
			}
		}
	})
}

// TestDecodeWritesOnlyItsScratch fills the Tile with a pattern, which must survive
// beyond one group of rows after the last row.
func TestDecodeWritesOnlyItsScratch(t *testing.T) {
	const canary = 0xfeedface
	eachKernel(t, func(t *testing.T, l *lab) {
		for rows := 1; rows <= kernel.TileRows; rows += step(11) {
			data := bytes.Repeat([]byte("a;1.0\n"), rows)
			if rows%5 == 0 {
				data[len(data)-2] = 'x'
			}
			e := reference(data)
			for i := range l.places {
				p := &l.places[i]
				placed := p.put(l, data)
				l.checkIndex(placed, p.tile, e)
				starts := p.tile.Starts
				fill(p.tile, canary)
				copy(p.tile.Starts[:], starts[:rows+1])
				l.checkDecode(placed, p.tile, e)
				end := min(rows+kernel.GroupRows, len(p.tile.Len))
				requireFilled(t, canary, p.tile.Starts[min(rows+1+kernel.GroupRows, len(p.tile.Starts)):],
					p.tile.Len[end:], p.tile.Hash[end:], p.tile.Value[end:], p.tile.Fields[end:])
			}
		}
	})
}

// TestDecodeRandom mixes everything, with at most one malformed byte in a tile.
func TestDecodeRandom(t *testing.T) {
	eachKernel(t, func(t *testing.T, l *lab) {
		r := rand.New(rand.NewPCG(2, 1))
		for i := range 3000 {
			var tile []byte
			for limit := r.IntN(kernel.TileBytes); len(tile) < limit; {
				length := 1 + r.IntN(20)
				if r.IntN(8) == 0 {
					length = r.IntN(131)
				}
				end := ends[0]
				if i%4 == 0 {
					end = ends[r.IntN(2)]
				}
				tile = append(tile, name(length)+";"+values[r.IntN(4)]+end...)
			}
			if tile = tile[:min(len(tile), kernel.TileBytes)]; i%2 == 0 && len(tile) > 0 {
				tile[r.IntN(len(tile))] = "\n;-.0\r9:/\x00"[r.IntN(10)]
			}
			l.noise = "\n;0"[i%3]
			l.check(tile)
		}
	})
}
