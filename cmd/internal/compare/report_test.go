package compare

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// samplesOf returns samples of these wall times.
func samplesOf(wall ...float64) []Sample {
	samples := make([]Sample, len(wall))
	whole := 1.0
	for i, seconds := range wall {
		samples[i] = Sample{Sequence: i + 1, WallSeconds: seconds, PeakResidentBytes: 3 << 20, GCCycles: 2, GCLongestPauseSeconds: 123456e-9, CachedFraction: &whole, TreeSeconds: 1.5 * seconds}
	}
	return samples
}

// reportOf returns the report on stages with these samples.
func reportOf(samples ...[]Sample) *Report {
	o := Options{Program: "1brc", Stages: []string{"first", "second", "third"}[:len(samples)], Runs: len(samples[0]), CPUs: []int{0, 1}}
	r := newReport(o, Input{Path: "rows.txt", Bytes: 6, Rows: 1, SHA256: "0123", Note: "one row"}, Environment{OS: "linux", Architecture: "amd64", GoVersion: "go1.26"})
	var outcomes []outcome
	for _, s := range samples {
		outcomes = append(outcomes, outcome{samples: s})
	}
	r.evaluate(outcomes)
	return r
}

func TestWriteText(t *testing.T) {
	quiet := samplesOf(1.00, 1.01, 0.99, 1.00, 1.02, 0.98, 1.00)
	r := reportOf(quiet, quiet, samplesOf(0.50, 0.51, 0.49, 0.50, 0.51, 0.50, 0.50))
	var b bytes.Buffer
	require.NoError(t, r.WriteText(&b))
	text := b.String()
	for _, want := range []string{
		"rows.txt, 1 rows, 6 bytes, SHA-256 0123", "one row", "at least 100.0 % in the page cache before each run",
		"7 of each in turns, after a warm-up of 1; workers: default; on CPUs 0-1",
		"linux/amd64", "go1.26", "unknown", "frequency governor",
		"commands  first: 1brc --stage first --workers 0 --stats=json -- {}\n          second: 1brc --stage second ",
		"against first: ratio of times; above 1: slower than first\n", "seed 1",
	} {
		require.Contains(t, text, want)
	}
	require.Regexp(t, `(?m)^ *first +0\.9800 +1\.0000 +1\.0170 +1\.0 % +1\.5000 +0\.000 +0\.000 +3\.0 +unknown +2 +123µs +same$`, text)
	require.Regexp(t, `(?m)^ *second +1\.0000 +1\.0000 +0\.[0-9]{4} to 1\.[0-9]{4} +1\.0000 +not shown to differ$`, text)
	require.Regexp(t, `(?m)^ *third +0\.5000 +0\.5000 +0\.4[0-9]{3} to 0\.5[0-9]{3} +<0\.0001 +faster$`, text)
	require.NotContains(t, text, "warning")
	for line := range strings.Lines(text) {
		require.Equal(t, strings.TrimRight(line, " \n")+"\n", line, "no space at the end")
	}

	b.Reset()
	require.NoError(t, reportOf(quiet).WriteText(&b))
	require.NotContains(t, b.String(), "ratio")
	b.Reset()
	require.NoError(t, reportOf(samplesOf(1, 1, 1, 1, 1), samplesOf(3, 3, 3, 3, 3)).WriteText(&b))
	require.Contains(t, b.String(), "3.0000  3.0000 to 3.0000  unknown  slower\n")
}

// TestWriteTextOfCommands checks that each command has a row, even if it failed.
func TestWriteTextOfCommands(t *testing.T) {
	o := Options{Program: "1brc", Stages: []string{"naive"}, Runs: 5, Notes: map[string]string{"wrong": "v1, -O3"}, Commits: map[string]string{"wrong": "4b825dc"}}
	for _, name := range []string{"right", "wrong", "broken"} {
		o.Commands = append(o.Commands, Command{name, []string{"/somewhere/" + name, "{}"}})
	}
	r := newReport(o, Input{}, Environment{})
	quiet := samplesOf(1, 1, 1, 1, 1)
	r.evaluate([]outcome{{samples: quiet}, {samples: quiet}, {samples: quiet, different: "a is not b"}, {samples: quiet[:2], failed: "run 2: open /a/b c/d/e.txt: no"}})
	require.Equal(t, "run 2: open b c/d/e.txt: no", r.Entries[3].Detail)
	require.Len(t, r.Entries[3].Samples, 2)
	var b bytes.Buffer
	require.NoError(t, r.WriteText(&b))
	for _, want := range []string{
		`(?m)^ *right +1\.0000 +1\.0000 +1\.0000 +0\.0 % +1\.5000 +0\.000 +0\.000 +3\.0 +same$`,
		`(?m)^ *wrong .* different$`, `(?m)^ *broken +failed$`, `(?m)^ *wrong +1\.0000 +1\.0000 +1\.0000 to 1\.0000 +1.0000 +other output$`,
		`(?m)^commit: wrong: 4b825dc\nnote: wrong: v1, -O3\ndifferent: wrong: a is not b\nfailed: broken: run 2: open `,
	} {
		require.Regexp(t, want, b.String())
	}
	require.NotContains(t, b.String(), "NaN")
	require.NotContains(t, b.String(), "warning: broken")
}

func TestWarnings(t *testing.T) {
	quiet := samplesOf(1.00, 1.01, 0.99, 1.00, 1.02, 0.98, 1.00)
	require.Empty(t, reportOf(quiet, quiet).Warnings)

	noisy := samplesOf(1.0, 1.6, 0.7, 1.2, 0.8, 1.4, 1.0)
	r := reportOf(quiet, noisy)
	require.False(t, r.Entries[1].Comparison.Different)
	require.Len(t, r.Warnings, 2)
	require.Contains(t, r.Warnings[0], "second: the spread is wide: the quartiles are 40.0 % of the median apart")
	require.Contains(t, r.Warnings[1], "second: the spread is too wide for a conclusion: the ratio to first may be 0.")

	require.Equal(t, []string{"3 runs of each are too few for a conclusion: take at least 5"},
		reportOf(samplesOf(1, 1, 1), samplesOf(1, 1, 1)).Warnings)
	require.Equal(t, []string{"1 run of each is not enough for a conclusion: take at least 5"}, reportOf(samplesOf(1), samplesOf(1)).Warnings)

	cold := samplesOf(1, 1, 1, 1, 1)
	half := 0.5
	cold[1].CachedFraction, cold[2].CachedFraction, cold[3].CachedFraction = nil, &half, &half
	r = reportOf(samplesOf(1, 1, 1, 1, 1), cold)
	require.Equal(t, []string{
		"before 2 of 10 runs a part of the input was not in the page cache: they measure the disk, too",
		"for 1 of 10 runs it is unknown whether the input was in the page cache",
	}, r.Warnings)
	require.Equal(t, "at least 50.0 % in the page cache before each run", r.PageCache())
}

func TestWriteJSON(t *testing.T) {
	for _, r := range []*Report{
		reportOf(samplesOf(1, 2, 3), samplesOf(4, 5, 6)),
		reportOf(samplesOf(1), samplesOf(2)), // without a t-test
	} {
		var b bytes.Buffer
		require.NoError(t, r.WriteJSON(&b))
		var back Report
		decoder := json.NewDecoder(&b)
		decoder.DisallowUnknownFields()
		require.NoError(t, decoder.Decode(&back))
		require.True(t, r.Time.Equal(back.Time))
		back.Time = r.Time
		require.Equal(t, r, &back)
	}
}
