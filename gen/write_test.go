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

	"onebrc/parse/oracle"

	"github.com/stretchr/testify/require"
)

func TestBytesDoNotDependOnWorkers(t *testing.T) {
	for _, profile := range allProfiles() {
		t.Run("profile="+profile, func(t *testing.T) {
			o := Options{Rows: 4*blockRows + 1234, Seed: 42, Profile: profile, Workers: 1}
			if testing.Short() {
				o.Rows = 2*blockRows + 1
			}
			want := sha256.Sum256(generate(t, o))
			for _, workers := range []int{0, 2, 7} {
				o.Workers = workers
				require.Equal(t, want, sha256.Sum256(generate(t, o)), "Write, %d workers", workers)
				path := filepath.Join(t.TempDir(), "rows.txt")
				require.NoError(t, WriteFile(context.Background(), path, o))
				require.Equal(t, want, hashFile(t, path), "WriteFile, %d workers", workers)
			}
		})
	}
}

// TestGoldenBytes pins the data sets, so that published results stay valid and every
// platform makes the same bytes.
func TestGoldenBytes(t *testing.T) {
	long(t)
	golden := map[string]string{
		"default":          "a474633b6b292b1ec10d747d1a287ddc478e928529168b241337e89041a7b7a0",
		"10k":              "9e535d4f93d1356a82d919600695b7b6e71871b2eec4ae9c1b98ada8bb508732",
		"ties":             "b79c3e20a79ae5c2cbf8b8e40a1964b3d603793d75e591e1e3e6f3a3d169c5de",
		"minus-zero":       "192e57c08b04f92427a12ad108599752a2d918ec44f9ea28b9f92b4da1137c91",
		"long-names":       "927eb674b202d268c968cf1e8584a5fa900623910e07986cad776b005814d082",
		"shared-prefix":    "8fdea2fb7221defd370a2ff150ad38c2ff4ac868a1c390e7a86ee43dececc061",
		"skew":             "9c0148f03ebebe65b436fdba19b75ee3ba9515e0118bf1dec892071d3adc9b32",
		"one-name":         "882a648c3c50d535251ce84d7620593780b7b9e02dddd2cfb7a9c45cea8bb06a",
		"unique":           "13e3cbf64bde7b8a5eee5bdd6eadcde74d866fea64ac19f951c94278213a775d",
		"uniform":          "359671db9f967daed14fa0be5a133cff83c731ffc6b7b1c8013501b6bc273033",
		"zipf":             "4e9fbbb61a4a768ac834d7e3227a2d4f297c3d61dbe28fc159593b3d1d154a13",
		"crlf":             "25c2d0a7bcd14fbdeb3ac0b35c9f6053be04081274c503fd845e4b4945c35301",
		"no-final-newline": "c7a711284539ee294ef6cfdcb2aeb52e4eb84e951e71fc9b876e68f9220e3685",
		"page-multiple":    "07fa86b34d9644432c7b1488c3001c02a9da0981d2e83fc9d7f675bf27c07c32",
		"collide":          "cdaf0064c868459ab64e818f2dc6ca7cb1d6d94822d75599179a5a873df1cb24",
		"scatter":          "9a5b99b13d70a743a19e656d2f4256f68fec8012eb9a4b84f24106b490a3e9a1",
		"log":              "170a671cc2f4c8b6f6e226826cb6243e90b3d85314768958d5a27a411f35890d",
		"log-quoted":       "c9f8d0eb861864cf69174b7f064c7f935cfa07f9e14eb502e13825f43824a862",
	}
	for _, profile := range allProfiles() {
		want, ok := golden[profile]
		require.True(t, ok, "profile %s has no golden hash", profile)
		sum := sha256.Sum256(generate(t, Options{Rows: borderRows, Seed: 1, Profile: profile}))
		require.Equal(t, want, hex.EncodeToString(sum[:]), "profile %s", profile)
	}
}

func TestSeedAndProfileChangeBytes(t *testing.T) {
	seen := map[string]string{}
	for _, profile := range allProfiles() {
		for _, seed := range []uint64{0, 1, 2, 1 << 63, ^uint64(0)} {
			label := fmt.Sprintf("%s/%d", profile, seed)
			data := string(generate(t, Options{Rows: 1000, Seed: seed, Profile: profile}))
			require.Empty(t, seen[data], "%s repeats", label)
			seen[data] = label
		}
	}
}

// TestFewerRowsArePrefix makes allowances for the ends of two profiles.
func TestFewerRowsArePrefix(t *testing.T) {
	long(t)
	for _, p := range challengeProfiles() {
		whole := generate(t, Options{Rows: 3 * blockRows, Profile: p.name})
		for _, rows := range []int64{
			0, 1, 2, minPageRows, blockRows - 1, blockRows, blockRows + 1, blockRows + minPageRows, 2*blockRows + 5,
		} {
			if p.pages && rows > 0 && rows < minPageRows {
				continue
			}
			part := generate(t, Options{Rows: rows, Profile: p.name})
			if p.noFinalLF && rows > 0 {
				part = append(part, '\n')
			}
			require.EqualValues(t, rows, bytes.Count(part, []byte("\n")), "%s: %d rows", p.name, rows)
			if p.pages && rows > 0 {
				part = part[:len(part)-pageBytes]
			}
			require.True(t, bytes.HasPrefix(whole, part), "%s: %d rows", p.name, rows)
		}
	}
}

func TestRowGrammar(t *testing.T) {
	long(t)
	const want = 3*blockRows + 1234
	for _, p := range challengeProfiles() {
		data := string(generate(t, Options{Rows: want, Seed: 7, Profile: p.name}))
		require.Equal(t, !p.noFinalLF, strings.HasSuffix(data, "\n"))
		rows := 0
		for row := range strings.Lines(data) {
			row = strings.TrimSuffix(row, "\n")
			if p.name == "crlf" {
				row = strings.TrimSuffix(row, "\r")
			}
			if p.name == "minus-zero" && strings.HasSuffix(row, ";-0.0") {
				row = strings.TrimSuffix(row, "-0.0") + "0.0"
			}
			if _, _, complaint := splitRow(row); complaint != "" {
				t.Fatalf("%s: row %d %q: %s", p.name, rows, row, complaint)
			}
			rows++
		}
		require.Equal(t, want, rows)
	}
}

// TestOracleTakesEveryProfile reads all profiles with the oracle.
func TestOracleTakesEveryProfile(t *testing.T) {
	long(t)
	for _, profile := range Profiles() {
		output, bad := oracle.Aggregate(string(generate(t, Options{Rows: 5000, Seed: 3, Profile: profile})))
		require.Nil(t, bad, profile)
		require.Greater(t, len(output), 10)
	}
}

// TestFillStaysInBounds checks that a buffer of rows times maxRowBytes plus slackBytes
// is enough for a blockFunc, at any row.
func TestFillStaysInBounds(t *testing.T) {
	const rows = 2000
	for _, p := range registry {
		fill := p.blockFunc(0)
		for first := range int64(rows) {
			buffer := make([]byte, p.maxRowBytes+slackBytes)
			n := fill(buffer, block{99, first, 1, rows})
			require.LessOrEqual(t, n, p.maxRowBytes)
			if p.header == "" {
				require.Equal(t, 1, bytes.Count(buffer[:n], []byte("\n")), "%s: row %d", p.name, first)
			}
		}
	}
}

func TestProgress(t *testing.T) {
	for _, workers := range []int{1, 3} {
		var calls, rows, bytes int64
		data := generate(t, Options{Rows: borderRows, Workers: workers, Progress: func(r, b int64) {
			calls++
			if r <= rows || b <= bytes {
				t.Errorf("progress went from %d/%d to %d/%d", rows, bytes, r, b)
			}
			rows, bytes = r, b
		}})
		require.EqualValues(t, borderRows, rows)
		require.EqualValues(t, len(data), bytes)
		require.EqualValues(t, borderRows/blockRows+1, calls)
	}
}

func TestBadOptions(t *testing.T) {
	path := filepath.Join(t.TempDir(), "rows.txt")
	for want, o := range map[string]Options{
		"Profile must be one of " + strings.Join(allProfiles(), ", ") + `, got "nope"`:   {Rows: 1, Profile: "nope"},
		"Rows must be 0 or more, got -1":                                                 {Rows: -1},
		"Rows must be 0, or at least 40 to fill a page of profile page-multiple, got 39": {Rows: 39, Profile: "page-multiple"},
		"Corrupt must be from 0 to 1, got -0.1":                                          {Corrupt: -0.1},
		"Corrupt must be from 0 to 1, got 1.5":                                           {Corrupt: 1.5},
		"Corrupt must be from 0 to 1, got NaN":                                           {Corrupt: math.NaN()},
		"Corrupt must be 0 for profile page-multiple, which promises a size, got 0.1":    {Rows: 100, Corrupt: 0.1, Profile: "page-multiple"},
		"Names must not be set for profile unique, got 1":                                {Profile: "unique", Names: 1},
		"Names must be from 1 to 1000000000, got -1":                                     {Profile: "zipf", Names: -1},
		"Names must be from 1 to 1000000000, got 1000000001":                             {Profile: "uniform", Names: MaxNames + 1},
		`CorruptName must not contain a tab or a line feed, got "a\tb"`:                  {CorruptName: "a\tb"},
		`CorruptName must not contain a tab or a line feed, got "a\nb"`:                  {CorruptName: "a\nb"},
		"Workers must be 0 or more, got -2":                                              {Rows: 1, Workers: -2},
	} {
		for _, err := range []error{
			o.Check(), Write(context.Background(), io.Discard, o), WriteFile(context.Background(), path, o),
		} {
			require.EqualError(t, err, "gen: "+want)
			var option *OptionError
			require.ErrorAs(t, err, &option)
			require.Equal(t, want, option.Option+" "+option.Problem)
		}
	}
	require.NoFileExists(t, path)
}

// failingWriter takes limit bytes and then fails with err. If err is nil, it writes
// fewer bytes and returns no error.
type failingWriter struct {
	limit, got int
	err        error
}

func (w *failingWriter) Write(p []byte) (int, error) {
	n := min(len(p), w.limit-w.got)
	w.got += n
	if n < len(p) {
		return n, w.err
	}
	return n, nil
}

func TestWriterError(t *testing.T) {
	broken := errors.New("broken")
	for _, workers := range []int{1, 4} {
		for _, limit := range []int{0, 1, 100_000, 1_000_000} {
			o := Options{Rows: 20 * blockRows, Workers: workers}
			w := &failingWriter{limit: limit, err: broken}
			require.ErrorIs(t, Write(context.Background(), w, o), broken)
			require.Equal(t, limit, w.got, "bytes before the error")
			require.ErrorIs(t, Write(context.Background(), &failingWriter{limit: limit}, o), io.ErrShortWrite)
		}
	}
}

func TestWriteCancelled(t *testing.T) {
	for _, workers := range []int{1, 4} {
		ctx, cancel := context.WithCancel(context.Background())
		var b bytes.Buffer
		o := Options{Rows: 1e12, Seed: 3, Workers: workers, Progress: func(rows, _ int64) {
			if rows >= 4*blockRows {
				cancel()
			}
		}}
		require.ErrorIs(t, Write(ctx, &b, o), context.Canceled)
		rows := int64(bytes.Count(b.Bytes(), []byte("\n")))
		require.GreaterOrEqual(t, rows, int64(4*blockRows))
		o.Rows, o.Progress = rows, nil
		require.True(t, bytes.Equal(generate(t, o), b.Bytes()), "a prefix of whole rows is written")

		b.Reset()
		require.ErrorIs(t, Write(ctx, &b, Options{}), context.Canceled)
	}
}
