package gen

import (
	"bytes"
	"encoding/binary"
	"maps"
	"math"
	"math/bits"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"onebrc/parse/oracle"

	"github.com/stretchr/testify/require"
)

// readRows calls do for each row of o, without its LF.
func readRows(t *testing.T, o Options, do func(name, value string)) {
	t.Helper()
	for row := range strings.Lines(string(generate(t, o))) {
		name, value, found := strings.Cut(strings.TrimSuffix(row, "\n"), ";")
		if !found {
			t.Fatalf("row %q", row)
		}
		do(name, value)
	}
}

// sums has the number of rows of a name and the sum of their values in tenths.
type sums struct{ count, sum int }

// sumsOf returns the sums of all names of o.
func sumsOf(t *testing.T, o Options) map[string]sums {
	t.Helper()
	all := map[string]sums{}
	readRows(t, o, func(name, value string) {
		_, tenths, complaint := splitRow(name + ";" + strings.Replace(value, "-0.0", "0.0", 1))
		if complaint != "" {
			t.Fatalf("row %q: %s", name+";"+value, complaint)
		}
		s := all[name]
		all[name] = sums{s.count + 1, s.sum + tenths}
	})
	return all
}

// requireNames checks that the names of a data set are want.
func requireNames(t *testing.T, o Options, want []string) {
	t.Helper()
	got := slices.Sorted(maps.Keys(sumsOf(t, o)))
	require.True(t, slices.Equal(slices.Sorted(slices.Values(want)), got))
}

func TestTies(t *testing.T) {
	long(t)
	for _, rows := range []int64{2, 100, 100_000} {
		seen := map[int]bool{}
		all := sumsOf(t, Options{Rows: rows, Seed: 4, Profile: "ties"})
		for name, s := range all {
			require.Zero(t, s.count%2, name)
			// The mean is an odd number of half tenths.
			require.Zero(t, 2*s.sum%s.count, name)
			halves := 2 * s.sum / s.count
			require.NotZero(t, halves%2, name)
			require.False(t, seen[halves], "two stations with the mean %d/2", halves)
			seen[halves] = true
		}
		if rows == 100_000 {
			require.Len(t, seen, 1998, "every tie")
			require.True(t, seen[-1997] && seen[-1] && seen[1] && seen[1997])
		}
	}
}

func TestMinusZero(t *testing.T) {
	long(t)
	data := generate(t, Options{Rows: 100_000, Seed: 4, Profile: "minus-zero"})
	require.Greater(t, bytes.Count(data, []byte(";-0.0\n")), 30_000)
	require.Greater(t, bytes.Count(data, []byte(";0.0\n")), 10_000)
	kinds := map[int]int{} // stations by 4 times their mean, in tenths
	for name, s := range sumsOf(t, Options{Rows: 100_000, Seed: 4, Profile: "minus-zero"}) {
		require.Zero(t, 4*s.sum%s.count, name)
		kinds[4*s.sum/s.count]++
	}
	require.Equal(t, map[int]int{0: 200, -2: 100, -1: 100}, kinds)

	output, bad := oracle.Aggregate(string(data[:bytes.IndexByte(data, '\n')+1]))
	require.Nil(t, bad)
	require.NotContains(t, output, "-0.0")
	output, bad = oracle.Aggregate(string(data))
	require.Nil(t, bad)
	stations := strings.Split(output, ", ")
	require.Len(t, stations, 400)
	zeros := 0
	for _, station := range stations {
		require.Regexp(t, `=-?[0-9.]+/0\.0/[0-9.]+[}\n]*$`, station)
		if strings.Contains(station, "=0.0/0.0/0.0") {
			zeros++
		}
	}
	require.Equal(t, 200, zeros)
}

func TestLongNames(t *testing.T) {
	long(t)
	names := longNames()
	require.Len(t, names, 5000)
	lengths, foreign := map[int]int{}, 0
	for _, name := range names {
		require.True(t, utf8.ValidString(name))
		lengths[len(name)]++
		if utf8.RuneCountInString(name) < len(name) {
			foreign++
		}
	}
	require.InDelta(t, 2500, foreign, 200)
	for length, count := range lengths {
		require.True(t, length >= 17 && length <= 100, "%d bytes", length)
		if slices.Contains(borderLengths[:], length) {
			require.Greater(t, count, 250, "names of %d bytes", length)
		} else {
			require.Less(t, count, 100, "names of %d bytes", length)
		}
	}
	require.Len(t, lengths, 84)
	requireNames(t, Options{Rows: 100_000, Profile: "long-names"}, names)
}

func TestSharedPrefix(t *testing.T) {
	long(t)
	names := sharedPrefixNames()
	require.Len(t, names, 64*64)
	ends, lengths := map[string]int{}, map[string]int{}
	for i, name := range names {
		require.LessOrEqual(t, len(name), 100)
		require.Equal(t, names[i/64*64][:32], name[:32], "%q", name)
		ends[name[:8]+name[len(name)-8:]]++
		if i%64 > 0 && strings.HasPrefix(name, names[i-1]) {
			lengths[name[:32]]++
		}
	}
	sameEnds, sameStart := 0, 0
	for _, n := range ends {
		if n == 64 {
			sameEnds++
		}
	}
	for _, n := range lengths {
		if n == 63 {
			sameStart++
		}
	}
	require.Equal(t, []int{21, 21}, []int{sameEnds, sameStart})
	requireNames(t, Options{Rows: 100_000, Profile: "shared-prefix"}, names)
}

// TestSkew compares the shares of the names with Zipf's law.
func TestSkew(t *testing.T) {
	long(t)
	cells := zipf(10_000)[:]
	require.Len(t, cells, skewCells)
	require.True(t, slices.IsSorted(cells))
	require.Len(t, slices.Compact(slices.Clone(cells)), 10_000, "each name has a cell")

	const rows = 200_000
	all := sumsOf(t, Options{Rows: rows, Seed: 2, Profile: "skew"})
	harmonic := 0.0
	for k := range 10_000 {
		harmonic += 1 / float64(k+1)
	}
	names := names10k()
	for k, name := range names[:1000] {
		want := rows / harmonic / float64(k+1)
		// 5.5 standard errors and a cell, to which shares are rounded.
		require.InDelta(t, want, all[name].count, 5.5*math.Sqrt(want)+rows/float64(skewCells), name)
	}
	require.Greater(t, all[names[0]].count, rows/11)
}

func TestOneName(t *testing.T) {
	require.Len(t, sumsOf(t, Options{Rows: 1000, Profile: "one-name"}), 1)
}

func TestUnique(t *testing.T) {
	long(t)
	const rows = 3*blockRows + 7
	lengths, count := map[int]int{}, 0
	seen := map[string]bool{}
	readRows(t, Options{Rows: rows, Seed: 9, Profile: "unique"}, func(name, _ string) {
		count++
		lengths[len(name)]++
		// Even the first 13 characters are unique.
		if seen[name[:13]] {
			t.Fatalf("%s comes twice", name)
		}
		seen[name[:13]] = true
	})
	require.Equal(t, rows, count)
	require.Len(t, lengths, 8)
	for length := 13; length <= 20; length++ {
		require.InDelta(t, rows/8, lengths[length], 700, "names of %d bytes", length)
	}
}

func TestCRLF(t *testing.T) {
	long(t)
	lf := generate(t, Options{Rows: borderRows, Seed: 9})
	crlf := generate(t, Options{Rows: borderRows, Seed: 9, Profile: "crlf"})
	require.True(t, bytes.Equal(bytes.ReplaceAll(lf, []byte("\n"), []byte("\r\n")), crlf))
}

func TestNoFinalNewline(t *testing.T) {
	long(t)
	for _, rows := range []int64{0, 1, 2, blockRows, borderRows} {
		want := bytes.TrimSuffix(generate(t, Options{Rows: rows, Seed: 9}), []byte("\n"))
		require.True(t, bytes.Equal(want, generate(t, Options{Rows: rows, Seed: 9, Profile: "no-final-newline"})))
	}
}

func TestPageMultiple(t *testing.T) {
	require.Equal(t, 40, minPageRows)
	counts := []int64{0, blockRows + 1, blockRows + 39, blockRows + 40, borderRows}
	for rows := int64(minPageRows); rows < 3*pageRows; rows++ {
		counts = append(counts, rows)
	}
	for _, rows := range counts {
		data := generate(t, Options{Rows: rows, Seed: uint64(rows), Profile: "page-multiple"})
		require.Zero(t, len(data)%4096, "%d rows", rows)
		require.EqualValues(t, rows, bytes.Count(data, []byte("\n")))
		for end := 4096; end <= len(data); end += 4096 {
			require.EqualValues(t, '\n', data[end-1])
		}
	}
	lengths := map[int]bool{}
	readRows(t, Options{Rows: 10_000, Profile: "page-multiple"}, func(name, _ string) { lengths[len(name)] = true })
	require.Greater(t, len(lengths), 15, "names differ in length")
}

// mixedWord returns the word that kernel.HashName mixes for a name. A test of that
// package checks that the names collide in the real function.
func mixedWord(name string) uint64 {
	b := []byte(name)
	first, last := binary.LittleEndian.Uint64(b), binary.LittleEndian.Uint64(b[len(b)-8:])
	return first ^ bits.RotateLeft64(last, hashRotate)
}

func TestCollide(t *testing.T) {
	long(t)
	names := collidingNames()
	require.Len(t, names, 20_000)
	word := mixedWord(names[0])
	var lengths [maxNameBytes + 1]int
	var characters [16]map[byte]int // counts by place, for names of 16 bytes
	for i := range characters {
		characters[i] = map[byte]int{}
	}
	seen := map[string]bool{}
	for _, name := range names {
		if seen[name] || mixedWord(name) != word || strings.Trim(name, letters) != "" {
			t.Fatalf("%q", name)
		}
		seen[name] = true
		lengths[len(name)]++
		if len(name) == 16 {
			for i := range characters {
				characters[i][name[i]]++
			}
		}
	}
	require.InDelta(t, 10_000, lengths[16], 400)
	require.Greater(t, lengths[32], 200)
	require.Positive(t, lengths[100])
	for i := range characters {
		require.GreaterOrEqual(t, len(characters[i]), 10, "letters at place %d", i)
		for c, n := range characters[i] {
			require.Less(t, n, lengths[16]/6, "%q at place %d", c, i)
		}
	}
	requireNames(t, Options{Rows: 250_000, Profile: "collide"}, names)
}

// TestScatter compares the length of each name with that of collide.
func TestScatter(t *testing.T) {
	long(t)
	collide, scatter := collidingNames(), scatteredNames()
	require.Len(t, scatter, len(collide))
	names, words := map[string]bool{}, map[uint64]bool{}
	for i, name := range scatter {
		require.Len(t, name, len(collide[i]))
		names[name] = true
		words[mixedWord(name)] = true
	}
	require.Len(t, names, len(scatter))
	require.Greater(t, len(words), len(scatter)-5)
	requireNames(t, Options{Rows: 250_000, Profile: "scatter"}, scatter)
}
