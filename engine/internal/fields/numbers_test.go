package fields_test

import (
	"fmt"
	"math/big"
	"regexp"
	"strings"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/require"

	"onebrc/engine/internal/fields"
)

// numbersPass is one of the passes over numbers.
type numbersPass struct {
	name  string
	bytes int  // of the longest field
	point byte // or 0 for integers
	scale int
}

// numbersPasses returns all passes over numbers with all scales.
func numbersPasses() (all []numbersPass) {
	all = append(all, numbersPass{"integers", 8, 0, 0}, numbersPass{"wide integers", 16, 0, 0})
	for _, point := range []byte{'.', ','} {
		for scale := 0; scale <= fields.MaxScale; scale++ {
			all = append(all, numbersPass{"decimals", 8, point, scale})
		}
		for scale := 0; scale <= fields.MaxWideScale; scale++ {
			all = append(all, numbersPass{"wide decimals", 16, point, scale})
		}
	}
	return all
}

func (n numbersPass) String() string { return fmt.Sprintf("%s %q %d", n.name, n.point, n.scale) }

// run runs the pass of k.
func (n numbersPass) run(k *fields.Kernel, base unsafe.Pointer, c *fields.Column, rows int, out *int64) bool {
	switch n.name {
	case "integers":
		return k.Integers(base, c, rows, out)
	case "wide integers":
		return k.WideIntegers(base, c, rows, out)
	case "decimals":
		return k.Decimals(base, c, rows, out, n.point, n.scale)
	default:
		return k.WideDecimals(base, c, rows, out, n.point, n.scale)
	}
}

var (
	integer = regexp.MustCompile(`\A[+-]?[0-9]+\z`)
	decimal = regexp.MustCompile(`\A([+-]?[0-9]+)(?:\.([0-9]+))?\z`)
)

// parse returns what the pass should make of a field.
func (n numbersPass) parse(field string) (value int64, ok bool) {
	if len(field) > n.bytes {
		return 0, false
	}
	if n.point == 0 {
		if !integer.MatchString(field) {
			return 0, false
		}
	} else {
		if n.point == ',' {
			field = strings.NewReplacer(",", ".", ".", ",").Replace(field)
		}
		m := decimal.FindStringSubmatch(field)
		if m == nil || len(m[2]) > n.scale {
			return 0, false
		}
		field = m[1] + m[2] + strings.Repeat("0", n.scale-len(m[2]))
	}
	x, ok := new(big.Int).SetString(field, 10)
	if !ok || !x.IsInt64() {
		panic("the result must fit: " + field)
	}
	return x.Int64(), true
}

// column lays out fields as column f of rows of the given number of columns, whose
// other fields are empty, with sep between all of them. It returns the bytes of the
// tile and writes the separators to t.
func column(t *fields.Tile, texts []string, f, columns int, sep byte) (data []byte, c fields.Column) {
	t.Seps[0] = fields.PadBefore - 1
	seps := 0
	for _, text := range texts {
		for k := range columns {
			if k == f {
				data = append(data, text...)
			}
			seps++
			t.Seps[seps] = uint32(fields.PadBefore + len(data))
			data = append(data, sep)
		}
	}
	return data, t.Column(f, columns)
}

// checkNumbers runs a pass on a column and compares the result with parse. It reports
// whether the pass accepted the column.
func (l *lab) checkNumbers(n numbersPass, texts ...string) (ok bool) {
	l.t.Helper()
	want := make([]int64, len(texts))
	legal := true
	for i, text := range texts {
		var good bool
		want[i], good = n.parse(text)
		legal = legal && good
	}
	columns := 1 + l.r.IntN(5)
	f := l.r.IntN(columns)
	// What the separator is does not matter, whatever it would mean in a number.
	sep := []byte(",;\n+-.5\x00\xff")[l.r.IntN(9)]
	for i := range l.places {
		p := &l.places[i]
		scratch := p.tile.Seps[:min(len(p.tile.Seps), (len(texts)+fields.GroupRows)*columns+1)]
		l.noise(unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(scratch))), 4*len(scratch)))
		data, c := column(p.tile, texts, f, columns, sep)
		base := p.put(l, data)
		room := (len(texts) + fields.GroupRows - 1) / fields.GroupRows * fields.GroupRows * 8
		out := p.out[:room]
		if p.atEnd {
			out = p.out[len(p.out)-room:]
		}
		values := unsafe.Slice((*int64)(unsafe.Pointer(unsafe.SliceData(out))), len(texts))
		l.noFault(data, func() { ok = n.run(l.kernel, base, &c, len(texts), unsafe.SliceData(values)) })
		if ok != legal {
			l.t.Fatalf("%s: %v returned %v for %q with %q after them", l.kernel.Name, n, ok, texts, sep)
		}
		if !p.kept(base, data) {
			l.t.Fatalf("%s: %v wrote to its input %q", l.kernel.Name, n, data)
		}
		for k, v := range values {
			if ok && v != want[k] {
				l.t.Fatalf("%s: %v made %d of %q, want %d", l.kernel.Name, n, v, texts[k], want[k])
			}
		}
	}
	return ok
}

// checkMixed runs a pass on texts. It gives the legal ones to the pass together, and
// each other one in the midst of some legal ones.
func (l *lab) checkMixed(n numbersPass, texts []string) (legal, illegal int) {
	l.t.Helper()
	var some []string
	for _, text := range texts {
		if _, ok := n.parse(text); ok {
			some = append(some, text)
		}
	}
	for rest := some; len(rest) > 0; {
		k := min(1+l.r.IntN(70), len(rest))
		l.checkNumbers(n, rest[:k]...)
		rest = rest[k:]
	}
	some = append(some, "7")
	for _, text := range texts {
		if _, ok := n.parse(text); ok {
			legal++
			continue
		}
		illegal++
		row := make([]string, 1+l.r.IntN(20))
		for i := range row {
			row[i] = some[l.r.IntN(len(some))]
		}
		row[l.r.IntN(len(row))] = text
		l.checkNumbers(n, row...)
	}
	return legal, illegal
}

// eachPass runs a test with every pass over numbers of every kernel.
func eachPass(t *testing.T, test func(t *testing.T, l *lab, n numbersPass)) {
	t.Helper()
	eachKernel(t, func(t *testing.T, l *lab) {
		for _, n := range numbersPasses() {
			test(t, l, n)
		}
	})
}

// shapes returns texts of all lengths with signs and points in all places. The digits
// are random, all 0 or all 9.
func (l *lab) shapes(longest int) (texts []string) {
	digits := func(n int) string {
		switch l.r.IntN(4) {
		case 0:
			return strings.Repeat("9", n)
		case 1:
			return strings.Repeat("0", n)
		}
		b := make([]byte, n)
		for i := range b {
			b[i] = '0' + byte(l.r.IntN(10))
		}
		return string(b)
	}
	for _, sign := range []string{"", "-", "+"} {
		for n := 0; n <= longest; n++ {
			texts = append(texts, sign+digits(n))
			for before := 0; before < n; before++ {
				for _, point := range ".," {
					texts = append(texts, sign+digits(before)+string(point)+digits(n-before-1))
				}
			}
		}
	}
	return texts
}

func TestNumbersShapes(t *testing.T) {
	eachPass(t, func(t *testing.T, l *lab, n numbersPass) {
		for range 4 - step(4) + 1 {
			legal, illegal := l.checkMixed(n, l.shapes(n.bytes+3))
			require.NotZero(t, legal)
			require.NotZero(t, illegal)
		}
	})
}

// TestNumbersAnyByte puts each byte at each place of numbers of all lengths.
func TestNumbersAnyByte(t *testing.T) {
	eachPass(t, func(t *testing.T, l *lab, n numbersPass) {
		if testing.Short() && n.scale%2 > 0 {
			return
		}
		for _, text := range l.shapes(n.bytes + 1) {
			if _, ok := n.parse(text); !ok || l.r.IntN(step(20)) > 0 {
				continue
			}
			at := l.r.IntN(len(text))
			var mutants []string
			for c := range 256 {
				mutants = append(mutants, text[:at]+string([]byte{byte(c)})+text[at+1:])
			}
			l.checkMixed(n, mutants)
		}
		// Digits only, each place: the checks of bytes differ by place.
		for length := 1; length <= n.bytes; length += step(7) {
			for at := range length {
				text := strings.Repeat("8", length)
				var mutants []string
				for c := range 256 {
					mutants = append(mutants, text[:at]+string([]byte{byte(c)})+text[at+1:])
				}
				l.checkMixed(n, mutants)
			}
		}
	})
}

// TestNumbersPairs puts each pair of bytes that are not both digits next to each
// other: a wrong byte must not be made good by a carry from the one before it.
func TestNumbersPairs(t *testing.T) {
	eachPass(t, func(t *testing.T, l *lab, n numbersPass) {
		if n.scale != 0 && n.scale != 2 {
			return
		}
		for a := 0; a < 256; a += step(11) {
			for b := range 256 {
				length := 2 + l.r.IntN(n.bytes-1)
				at := l.r.IntN(length - 1)
				text := []byte(strings.Repeat("1", length))
				text[at], text[at+1] = byte(a), byte(b)
				if _, ok := n.parse(string(text)); ok == l.checkNumbers(n, "3", string(text), "4") {
					continue
				}
				t.Fatal("checkNumbers compares these")
			}
		}
	})
}

// TestNumbersSmall reads all integers of few digits and all decimals of few digits.
func TestNumbersSmall(t *testing.T) {
	eachPass(t, func(t *testing.T, l *lab, n numbersPass) {
		if testing.Short() && n.scale > 3 {
			return
		}
		var texts []string
		for v := -1000; v <= 10_000; v += step(7) {
			texts = append(texts, fmt.Sprint(v))
		}
		l.checkMixed(n, texts)
		texts = nil
		for v := 0; v < 10_000; v += step(7) {
			text := fmt.Sprintf("%04d", v)
			at := 1 + l.r.IntN(3)
			texts = append(texts, []string{"", "-", "+"}[l.r.IntN(3)]+text[:at]+"."+text[at:])
		}
		if n.point == ',' {
			for i := range texts {
				texts[i] = strings.ReplaceAll(texts[i], ".", ",")
			}
		}
		legal, _ := l.checkMixed(n, texts)
		require.True(t, n.point == 0 || n.scale < 1 || legal > 0)
	})
}

// TestNumbersExtremes reads the values next to which nothing fits.
func TestNumbersExtremes(t *testing.T) {
	eachPass(t, func(t *testing.T, l *lab, n numbersPass) {
		nines := strings.Repeat("9", n.bytes)
		texts := []string{nines, "-" + nines[1:], "+" + nines[1:], "0", "-0", "+0", strings.Repeat("0", n.bytes), "-" + strings.Repeat("0", n.bytes-1)}
		if n.point > 0 && n.scale > 0 {
			most := min(n.scale, n.bytes-2)
			point := string([]byte{n.point})
			texts = append(texts, nines[most+1:]+point+nines[:most], "0"+point+strings.Repeat("0", most-1)+"1")
		}
		require.True(t, l.checkNumbers(n, texts...))
		for _, text := range texts {
			require.True(t, l.checkNumbers(n, text))
			require.False(t, l.checkNumbers(n, text, strings.Repeat("0", n.bytes+1)))
			require.False(t, l.checkNumbers(n, text, ""))
		}
	})
}

// TestNumbersRows has all numbers of rows, with one that is wrong in each place.
func TestNumbersRows(t *testing.T) {
	eachPass(t, func(t *testing.T, l *lab, n numbersPass) {
		if n.scale > 1 {
			return
		}
		require.True(t, l.checkNumbers(n))
		for rows := 1; rows <= 3*fields.GroupRows+1; rows++ {
			texts := make([]string, rows)
			for i := range texts {
				texts[i] = fmt.Sprint(l.r.IntN(1000) - 99)
			}
			require.True(t, l.checkNumbers(n, texts...))
			for i, text := range texts {
				texts[i] = []string{"", "1e3", "-", "12x", "x12", "1 ", " 1", "--1", "1-"}[l.r.IntN(9)]
				require.False(t, l.checkNumbers(n, texts...))
				texts[i] = text
			}
		}
	})
}
