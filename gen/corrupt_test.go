package gen

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"onebrc/parse"
	"onebrc/parse/oracle"
)

// corruptRows is a few blocks with bad rows and a part of one.
const corruptRows = 3*corruptBlockRows + 77

// generateBad returns the bytes of o and the list of its bad rows.
func generateBad(t testing.TB, o Options) (data, list []byte) {
	t.Helper()
	var b bytes.Buffer
	o.CorruptList = &b
	return generate(t, o), b.Bytes()
}

// reasonOf returns the reason why the oracle refuses a row, or "".
func reasonOf(row string) string {
	if _, bad := oracle.Aggregate(row + "\n"); bad != nil {
		return bad.Reason
	}
	return ""
}

// readBad returns the list of the bad rows that the oracle finds in data.
func readBad(data []byte, name string) string {
	var list strings.Builder
	offset, line := 0, 0
	for row := range strings.Lines(string(data)) {
		line++
		text := strings.TrimSuffix(row, "\n")
		if reason := reasonOf(text); reason != "" {
			fmt.Fprintf(&list, "%s\t%d\t%d\t%s\t%s\n", name, line, offset, reason, text)
		}
		offset += len(row)
	}
	return list.String()
}

// TestFlaws draws each way to be wrong many times, from rows of every shape.
func TestFlaws(t *testing.T) {
	reasons := map[parse.Reason]bool{}
	rng := splitMix64(1)
	for _, f := range flaws {
		require.False(t, reasons[f.reason], "%s twice", f.reason)
		reasons[f.reason] = true
		for i, way := range f.ways {
			for k := range 400 {
				name := makeName(&rng, 1+k%maxNameBytes)
				value := []string{"1.2", "-3.4", "56.7", "-89.0", "0.0", "-0.0"}[k%6]
				row := way([]byte(name), []byte(value), &rng)
				_, _, why := parse.Row(row)
				if why != f.reason || len(row) > maxBadRowBytes || bytes.IndexByte(row, '\n') >= 0 {
					t.Fatalf("%s, way %d: %s: %q", f.reason, i, why, row)
				}
				if k < 100 && reasonOf(string(row)) != string(why) {
					t.Fatalf("%s, way %d: the oracle says %s: %q", why, i, reasonOf(string(row)), row)
				}
			}
		}
	}
	for _, reason := range []parse.Reason{
		parse.EmptyRow, parse.RowTooLong, parse.MissingSeparator, parse.EmptyName, parse.NameTooLong, parse.BadValue,
	} {
		require.True(t, reasons[reason], reason)
	}
	for _, value := range badValues {
		require.Equal(t, "bad-value", reasonOf("a;"+value), "%q", value)
	}
	for _, separator := range notSeparators {
		require.Equal(t, "missing-separator", reasonOf("a"+separator+"1.0"), "%q", separator)
	}
}

// TestPlantedIsWhatIsFound compares the list with the bad rows that the oracle finds,
// and the good rows with those of the data set without bad rows.
func TestPlantedIsWhatIsFound(t *testing.T) {
	long(t)
	for _, p := range challengeProfiles() {
		if p.pages {
			continue
		}
		rates := []float64{1e-300, 0.1}
		if p.name == DefaultProfile {
			rates = append(rates, 0.9, 1)
		}
		for _, rate := range rates {
			o := Options{Rows: corruptRows, Seed: 5, Profile: p.name}
			good := splitLines(generate(t, o))
			o.Corrupt, o.CorruptName = rate, "a name"
			data, list := generateBad(t, o)
			require.True(t, readBad(data, o.CorruptName) == string(list), "%s, rate %v", p.name, rate)
			require.Equal(t, p.noFinalLF, !bytes.HasSuffix(data, []byte("\n")), p.name)

			rows := strings.Split(string(data), "\n")
			if !p.noFinalLF {
				rows = rows[:len(rows)-1]
			}
			require.Len(t, rows, corruptRows)
			planted := 0
			for i, row := range rows {
				if row != good[i] {
					planted++
				}
			}
			require.NotEmpty(t, reasonOf(rows[0]), "the first row")
			require.NotEmpty(t, reasonOf(rows[corruptRows-1]), "the last row")
			require.Equal(t, bytes.Count(list, []byte("\n")), planted)
			want := rate*(corruptRows-2) + 2
			require.InDelta(t, want, planted, 5*math.Sqrt(want*(1-rate)), "%s, rate %v", p.name, rate)
		}
	}
}

// TestFewBadRows tests data sets of 0 to 2 rows, with many seeds.
func TestFewBadRows(t *testing.T) {
	for _, profile := range []string{DefaultProfile, "no-final-newline"} {
		for seed := range uint64(100) {
			for _, rows := range []int64{0, 1, 2} {
				o := Options{Rows: rows, Seed: seed, Profile: profile, Corrupt: 0.1, CorruptName: "x"}
				data, list := generateBad(t, o)
				require.Equal(t, readBad(data, "x"), string(list))
				require.EqualValues(t, rows, bytes.Count(list, []byte("\n")))
			}
		}
	}
}

func TestReasonsComeEquallyOften(t *testing.T) {
	long(t)
	const rows = 30_000
	_, list := generateBad(t, Options{Rows: rows, Corrupt: 1})
	for _, f := range flaws {
		want := float64(rows) / float64(len(flaws))
		got := bytes.Count(list, []byte("\t"+string(f.reason)+"\t"))
		require.InDelta(t, want, got, 5*math.Sqrt(want), f.reason)
	}
}

// TestBadRowsDoNotDependOnWorkers also pins the bytes and the list.
func TestBadRowsDoNotDependOnWorkers(t *testing.T) {
	const wantData = "b3ce3ab6cdd25ea7aae1730d7581368a6459e800c584e9e3902f33eac618f17d"
	const wantList = "1823de8919ea8f71e673dc0d43fd2b456adcaa06b36fdbd16cdff01f2cf9fc21"
	for _, workers := range []int{1, 2, 7} {
		o := Options{Rows: 10*corruptBlockRows + 1, Seed: 3, Workers: workers, Corrupt: 0.3, CorruptName: "rows.txt"}
		data, list := generateBad(t, o)
		dataSum, listSum := sha256.Sum256(data), sha256.Sum256(list)
		require.Equal(t, wantData, hex.EncodeToString(dataSum[:]))
		require.Equal(t, wantList, hex.EncodeToString(listSum[:]))

		var again bytes.Buffer
		o.CorruptList = &again
		path := filepath.Join(t.TempDir(), "rows.txt")
		require.NoError(t, WriteFile(context.Background(), path, o))
		require.Equal(t, dataSum, hashFile(t, path))
		require.True(t, bytes.Equal(list, again.Bytes()))

		o.CorruptList = nil
		require.True(t, bytes.Equal(data, generate(t, o)), "without a list")
	}
}

// TestBadRowsArePrefix compares all rows except the last, which is always bad.
func TestBadRowsArePrefix(t *testing.T) {
	o := Options{Rows: corruptRows, Corrupt: 0.2}
	whole := generate(t, o)
	for _, rows := range []int64{2, corruptBlockRows, corruptBlockRows + 1, corruptBlockRows + 2} {
		o.Rows = rows
		part := splitLines(generate(t, o))
		good := strings.Join(part[:rows-1], "\n") + "\n"
		require.True(t, strings.HasPrefix(string(whole), good), "%d rows", rows)
	}
}

func TestNothingToCorrupt(t *testing.T) {
	o := Options{Rows: borderRows, CorruptList: &failingWriter{err: errors.New("not called")}}
	require.True(t, bytes.Equal(generate(t, Options{Rows: borderRows}), generate(t, o)))
}

func TestCorruptListErrors(t *testing.T) {
	broken := errors.New("broken")
	for _, workers := range []int{1, 4} {
		for _, limit := range []int{0, 1, 100_000} {
			dir := t.TempDir()
			o := Options{Rows: 100 * corruptBlockRows, Workers: workers, Corrupt: 0.1}
			o.CorruptList = &failingWriter{limit: limit, err: broken}
			require.ErrorIs(t, WriteFile(context.Background(), filepath.Join(dir, "rows.txt"), o), broken)
			require.Empty(t, entriesOf(t, dir))
			o.CorruptList = &failingWriter{limit: limit}
			require.ErrorIs(t, Write(context.Background(), io.Discard, o), io.ErrShortWrite)
		}
	}
}
