package gen

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"onebrc/parse"
)

// readLog returns the fields of the rows of o, as encoding/csv reads them, without
// the header.
func readLog(t testing.TB, o Options) [][]string {
	t.Helper()
	reader := csv.NewReader(bytes.NewReader(generate(t, o)))
	reader.FieldsPerRecord = logFields
	records, err := reader.ReadAll()
	require.NoError(t, err)
	require.Equal(t, logHeader, strings.Join(records[0], ",")+"\n")
	return records[1:]
}

func TestLogRows(t *testing.T) {
	for _, profile := range LogProfiles() {
		const rows = 100_000
		records := readLog(t, Options{Rows: rows, Seed: 3, Profile: profile})
		require.Len(t, records, rows)
		earliest, latest := math.MaxInt, 0
		lengths, stamps, logs := make([]int, 0, rows), make([]int, 0, rows), 0.0
		for i, record := range records {
			var numbers [logFields]int
			for k := range record {
				if k != 1 {
					number, err := strconv.Atoi(record[k])
					if err != nil || strconv.Itoa(number) != record[k] {
						t.Fatalf("row %d: %q", i, record)
					}
					numbers[k] = number
				}
			}
			if numbers[0] < 1735689600 || numbers[0] >= 1767225600 || numbers[2] < 1 || numbers[2] > 9999 || numbers[3] < 0 || numbers[3] > 99 {
				t.Fatalf("row %d: %q", i, record)
			}
			place := 1735689600 + i*(31_536_000-15)/rows
			if numbers[0] < place-1 || numbers[0] > place+15 {
				t.Fatalf("row %d: %q", i, record)
			}
			earliest, latest = min(earliest, numbers[0]), max(latest, numbers[0])
			lengths, stamps = append(lengths, numbers[2]), append(stamps, numbers[3])
			logs += math.Log(float64(numbers[2]))
		}
		require.Less(t, earliest, 1735689600+1000)
		require.Greater(t, latest, 1767225600-1000)
		slices.Sort(lengths)
		slices.Sort(stamps)
		require.InDelta(t, math.Log(40), logs/rows, 0.03)
		require.InDelta(t, 40, lengths[rows/2], 2)
		require.InDelta(t, 40*math.Exp(1.3), lengths[rows*8413/10_000], 10, "one sigma above the median")
		require.Equal(t, 1, lengths[0])
		require.Greater(t, lengths[rows-1], 3000)
		for k, share := range []float64{0.61, 0.15, 0.068} {
			first, _ := slices.BinarySearch(stamps, k)
			next, _ := slices.BinarySearch(stamps, k+1)
			require.InDelta(t, share, float64(next-first)/rows, 0.01, "%d stamps", k)
		}
		require.Greater(t, stamps[rows-1], 80)
		require.Less(t, stamps[rows*9/10], 8)
	}
}

// TestLogTables checks the whole range of each column.
func TestLogTables(t *testing.T) {
	l := newLogRows(logPaths())
	require.EqualValues(t, []uint16{1, 9999}, []uint16{l.lengths[0], l.lengths[quantiles-1]})
	require.True(t, slices.IsSorted(l.lengths[:]))
	require.True(t, slices.IsSorted(l.stamps[:]))
	require.Len(t, slices.Compact(slices.Clone(l.stamps[:])), 100, "each number of stamps has a cell")
	require.EqualValues(t, 99, l.stamps[len(l.stamps)-1])
	nearestTie := 1.0
	for i := range quantiles {
		x := lengthQuantile(i)
		nearestTie = min(nearestTie, math.Abs(x-math.Floor(x)-0.5))
	}
	// Math libraries differ by a few units in the last place, which are 1e-12.
	require.Greater(t, nearestTie, 1e-9)

	text := func(words ...uint64) (s string) {
		for _, word := range words {
			for k := range word >> 56 {
				s += string(byte(word >> (8 * k)))
			}
		}
		return s
	}
	require.Equal(t, "1735689600,", text(l.timestamp(0, 0)))
	require.Equal(t, "1767225599,", text(l.timestamp(math.MaxUint64, 15<<lateAt)))
	for i, word := range l.numbers {
		require.Equal(t, strconv.Itoa(i)+",", text(word))
	}
	for i, word := range l.counts {
		require.Equal(t, strconv.Itoa(i)+"\n", text(word))
	}
	require.Panics(t, func() { newLogRows([]string{strings.Repeat("a", maxLogPathBytes+1)}) })
}

func TestLogPaths(t *testing.T) {
	paths := logPaths()
	require.Equal(t, paths, logPaths(), "every call returns the same")
	seen, levels := map[string]bool{}, [6]int{}
	for _, path := range paths {
		require.Regexp(t, `\A(/[a-z]{1,9}[a-z0-9]){1,5}\z`, path)
		require.False(t, seen[path], "%s twice", path)
		seen[path] = true
		levels[strings.Count(path, "/")]++
	}
	require.Len(t, paths, 10_000)
	seen[""] = true
	for _, path := range paths {
		require.True(t, seen[path[:strings.LastIndexByte(path, '/')]], "%s has a parent", path)
	}
	for level := 1; level <= 5; level++ {
		require.Greater(t, levels[level], 100, "level %d", level)
	}

	special := specialPaths()
	with := map[string]int{}
	for i, path := range special {
		without := strings.NewReplacer(",", "", "\n", "", `"`, "").Replace(path)
		require.Equal(t, paths[i], without)
		with[strings.Map(func(r rune) rune {
			if strings.ContainsRune(",\n\"", r) {
				return r
			}
			return -1
		}, path)]++
	}
	for _, s := range []string{",", "\n", `"`} {
		require.Greater(t, with[s], 50, "%q", s)
	}
	require.Equal(t, 9_750, with[""])
}

// TestLogPopularity compares the shares of the paths with Zipf's law.
func TestLogPopularity(t *testing.T) {
	long(t)
	for profile, paths := range map[string][]string{"log": logPaths(), "log-quoted": specialPaths()} {
		const rows = 300_000
		counts := map[string]int{}
		for _, record := range readLog(t, Options{Rows: rows, Seed: 8, Profile: profile}) {
			counts[record[1]]++
		}
		require.Greater(t, len(counts), 9_000)
		harmonic := 0.0
		for k := range paths {
			harmonic += 1 / float64(k+1)
		}
		for k, path := range paths[:1000] {
			want := rows / harmonic / float64(k+1)
			require.InDelta(t, want, counts[path], 5.5*math.Sqrt(want)+rows/float64(skewCells), "%q", path)
			delete(counts, path)
		}
		for _, path := range paths[1000:] {
			delete(counts, path)
		}
		require.Empty(t, counts, "no other path")
	}
}

func TestLogRowLength(t *testing.T) {
	const rows = 200_000
	for _, profile := range LogProfiles() {
		mean := float64(len(generate(t, Options{Rows: rows, Seed: 5, Profile: profile}))) / rows
		require.InDelta(t, 41, mean, 1, "%s: mean row of %v bytes", profile, mean)
	}
}

// TestLogQuotes looks at the bytes of the fields.
func TestLogQuotes(t *testing.T) {
	const rows = 100_000
	plain := generate(t, Options{Rows: rows, Seed: 9, Profile: "log"})
	require.NotContains(t, string(plain), `"`)
	require.Equal(t, rows+1, bytes.Count(plain, []byte("\n")))

	data := string(generate(t, Options{Rows: rows, Seed: 9, Profile: "log-quoted"}))
	records := readLog(t, Options{Rows: rows, Seed: 9, Profile: "log"})
	var quoted [logFields]int
	found := map[string]int{}
	both := map[string][2]bool{} // paths by whether they have quotes
	all := readStrict(t, data)[1:]
	require.Len(t, all, rows)
	for i, row := range all {
		require.Empty(t, row.reason)
		for k, field := range row.fields {
			content := unquoted(field)
			special := k == 1 && strings.ContainsAny(content, ",\n\"")
			if !special && content != records[i][k] || special && field[0] != '"' {
				t.Fatalf("row %d: %q", i, row.text)
			}
			if field[0] == '"' {
				quoted[k]++
			}
			if k == 1 {
				b := both[content]
				b[map[bool]int{false: 0, true: 1}[field[0] == '"']] = true
				both[content] = b
				for _, s := range []string{",", "\n", `"`} {
					found[s] += strings.Count(content, s)
				}
			}
		}
	}
	for k, count := range quoted {
		require.InDelta(t, 5, 100*float64(count)/rows, 0.5, "percent of column %d", k)
	}
	for _, s := range []string{",", "\n", `"`} {
		require.Greater(t, found[s], 300, "%q", s)
	}
	twice := 0
	for _, b := range both {
		if b[0] && b[1] {
			twice++
		}
	}
	require.Greater(t, twice, 500, "paths with and without quotes")
}

// strictRow is a row that readStrict has read.
type strictRow struct {
	line, offset int
	text         string   // without its LF
	fields       []string // with their quotes
	reason       string   // "" for a good row
}

// unquoted returns the content of a field.
func unquoted(field string) string {
	if strings.HasPrefix(field, `"`) {
		return strings.ReplaceAll(field[1:len(field)-1], `""`, `"`)
	}
	return field
}

// readStrict reads delimited text byte by byte. It shares nothing with the code that
// makes rows: an automaton says where fields and rows end and which quotes are wrong.
func readStrict(t testing.TB, data string) (rows []strictRow) {
	t.Helper()
	const (
		begin  = iota // of a field
		bare          // in a field without quotes, or after a closing quote and more
		inside        // in quotes
		closed        // after a quote that closes, or is the first of two
	)
	state, line := begin, 1
	row := strictRow{line: 1}
	start := 0 // of the field
	endField := func(i int) {
		row.fields = append(row.fields, data[start:i])
		start, state = i+1, begin
	}
	for i := range len(data) {
		c := data[i]
		if c == '\n' {
			line++
		}
		switch {
		case state == inside && c == '"':
			state = closed
		case state == inside:
		case c == ',':
			endField(i)
		case c == '\n':
			endField(i)
			row.text = data[row.offset:i]
			judge(&row, len(rows) == 0)
			rows = append(rows, row)
			row = strictRow{line: line, offset: i + 1}
		case c == '"' && (state == begin || state == closed):
			state = inside
		default:
			// A CR before the LF would not be part of the row, but no row has one.
			if c == '\r' && data[i+1] == '\n' {
				t.Fatalf("row %q", data[row.offset:i+1])
			}
			if state == closed || c == '"' {
				row.reason = "bad-quote"
			}
			state = bare
		}
	}
	require.Equal(t, begin, state, "the last row has its LF")
	require.Equal(t, len(data), row.offset)
	return rows
}

// judge sets the reason of a row whose quotes are right.
func judge(row *strictRow, header bool) {
	switch {
	case row.reason != "" || header:
	case len(row.fields) != 4:
		row.reason = "field-count"
	default:
		for _, field := range row.fields[2:] {
			if !isNumber(unquoted(field)) {
				row.reason = "bad-value"
			}
		}
	}
}

// isNumber reports whether an aggregated column takes text.
func isNumber(text string) bool {
	if text == "" {
		return true // missing
	}
	if text[0] == '+' || text[0] == '-' {
		text = text[1:]
	}
	whole, fraction, point := strings.Cut(text, ".")
	digits := whole + fraction
	return whole != "" && (fraction != "") == point && len(fraction) <= 18 &&
		strings.Trim(digits, "0123456789") == "" && len(strings.TrimLeft(digits, "0")) <= 18
}

// TestPlantedInLogs compares the list with what readStrict finds, and the good rows
// with those of the data set without bad rows.
func TestPlantedInLogs(t *testing.T) {
	for _, profile := range LogProfiles() {
		for _, rate := range []float64{1e-300, 0.1, 1} {
			var first []byte
			for _, workers := range []int{1, 3} {
				o := Options{Rows: corruptRows, Seed: 5, Profile: profile, Workers: workers}
				good := readStrict(t, string(generate(t, o)))
				o.Corrupt, o.CorruptName = rate, "a name"
				data, list := generateBad(t, o)
				if first == nil {
					first = data
				}
				require.True(t, bytes.Equal(first, data), "%d workers", workers)
				var want strings.Builder
				planted, longer := 0, 0
				rows := readStrict(t, string(data))
				require.Len(t, rows, corruptRows+1)
				for i, row := range rows {
					if row.reason == "" {
						require.Equal(t, good[i].text, row.text)
						continue
					}
					planted++
					longer += strings.Count(row.text, "\n")
					fmt.Fprintf(&want, "a name\t%d\t%d\t%s\t%s\n", row.line, row.offset, row.reason, row.text)
				}
				require.True(t, want.String() == string(list), "%s, rate %v", profile, rate)
				require.NotEmpty(t, rows[1].reason, "the first row")
				require.NotEmpty(t, rows[corruptRows].reason, "the last row")
				expected := rate*(corruptRows-2) + 2
				require.InDelta(t, expected, planted, 5*math.Sqrt(expected*(1-rate)), "%s, rate %v", profile, rate)
				if profile == "log" {
					require.Equal(t, corruptRows+1, bytes.Count(data, []byte("\n")), "each line is a row")
				} else if rate > 0.01 {
					require.Greater(t, longer, 5, "bad rows of more than one line")
				}
			}
		}
	}
}

// TestLogFlaws draws each way to be wrong many times, before a good row that must
// stay as it is.
func TestLogFlaws(t *testing.T) {
	rng := splitMix64(1)
	reasons := map[parse.Reason]bool{}
	for _, profile := range LogProfiles() {
		good := readStrict(t, string(generate(t, Options{Rows: 2000, Seed: 6, Profile: profile})))[1:]
		after := "1735689600,/a,1,0"
		for _, f := range logFlaws {
			reasons[f.reason] = true
			for k, way := range f.ways {
				for i := range 2000 {
					row := logRow{splitLogRow([]byte(good[i].text + "\n")), profile == "log-quoted", &rng}
					way(&row)
					text := bytes.Join(row.fields, []byte{','})
					rows := readStrict(t, logHeader+string(text)+"\n"+after+"\n")
					if len(rows) != 3 || rows[1].reason != string(f.reason) || rows[2].text != after || len(text) > maxBadRowBytes {
						t.Fatalf("%s, way %d: %q", f.reason, k, text)
					}
				}
			}
		}
	}
	require.Equal(t, map[parse.Reason]bool{"bad-quote": true, "field-count": true, "bad-value": true}, reasons)
	for _, number := range badLogNumbers {
		require.False(t, isNumber(number), "%q", number)
	}
}

// TestFewLogRows tests data sets of 0 to 2 rows.
func TestFewLogRows(t *testing.T) {
	for _, profile := range LogProfiles() {
		for seed := range uint64(50) {
			for _, rows := range []int64{0, 1, 2} {
				o := Options{Rows: rows, Seed: seed, Profile: profile}
				require.Len(t, readLog(t, o), int(rows))
				o.Corrupt = 0.1
				data, list := generateBad(t, o)
				require.True(t, bytes.HasPrefix(data, []byte(logHeader)))
				var want strings.Builder
				bad := readStrict(t, string(data))[1:]
				require.Len(t, bad, int(rows))
				for _, row := range bad {
					require.NotEmpty(t, row.reason)
					fmt.Fprintf(&want, "\t%d\t%d\t%s\t%s\n", row.line, row.offset, row.reason, row.text)
				}
				require.Equal(t, want.String(), string(list))
			}
		}
	}
}

// TestLogProgress checks that the bytes of the header count.
func TestLogProgress(t *testing.T) {
	var rows, size int64
	data := generate(t, Options{Rows: 1000, Profile: "log", Progress: func(r, b int64) { rows, size = r, b }})
	require.Equal(t, []int64{1000, int64(len(data))}, []int64{rows, size})
}
