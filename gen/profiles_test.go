package gen

import (
	"bytes"
	"fmt"
	"math"
	"os"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
)

// tally has the number of rows of a station, their sum and the sum of their squares.
type tally struct {
	count, sum, squares float64
}

// tallies reads the rows of o with splitRow.
func tallies(t *testing.T, o Options) map[string]*tally {
	t.Helper()
	all := map[string]*tally{}
	for row := range strings.Lines(string(generate(t, o))) {
		name, tenths, complaint := splitRow(strings.TrimSuffix(row, "\n"))
		if complaint != "" {
			t.Fatalf("row %q: %s", row, complaint)
		}
		s := all[name]
		if s == nil {
			s = &tally{}
			all[name] = s
		}
		value := float64(tenths) / 10
		s.count++
		s.sum += value
		s.squares += value * value
	}
	return all
}

// requireGaussian compares the number of rows, the mean and the sigma of each station
// with what is expected, within five standard errors and a bit more for rounding.
// want has the means of the stations.
func requireGaussian(t *testing.T, o Options, sigma float64, want map[string]float64) {
	t.Helper()
	got := tallies(t, o)
	require.Len(t, got, len(want))
	expected := float64(o.Rows) / float64(len(want))
	for name, mean := range want {
		s := got[name]
		require.NotNil(t, s, name)
		require.InDelta(t, expected, s.count, 5.5*math.Sqrt(expected), "rows of %s", name)
		m := s.sum / s.count
		require.InDelta(t, mean, m, 5.5*sigma/math.Sqrt(s.count), "mean of %s", name)
		deviation := math.Sqrt(s.squares/s.count - m*m)
		require.InDelta(t, sigma, deviation, 5.5*sigma/math.Sqrt(2*s.count), "sigma of %s", name)
	}
}

func TestDefaultStatistics(t *testing.T) {
	long(t)
	want := map[string]float64{}
	for _, c := range cities {
		want[c.name] = float64(c.meanTenths) / 10
	}
	requireGaussian(t, Options{Rows: 800_000, Seed: 11}, 10, want)
}

func Test10kStatistics(t *testing.T) {
	long(t)
	want := map[string]float64{}
	lowest, highest := math.Inf(1), math.Inf(-1)
	for i, name := range names10k() {
		mean := float64(mean10k(i)) / 10
		lowest, highest = min(lowest, mean), max(highest, mean)
		want[name] = mean
	}
	require.InDelta(t, -30, lowest, 0.2)
	require.InDelta(t, 45, highest, 0.2)
	requireGaussian(t, Options{Rows: 1_500_000, Seed: 12, Profile: "10k"}, 7, want)
}

func TestDefaultNames(t *testing.T) {
	seen := map[string]bool{}
	shortest, longest, over16 := 100, 0, 0
	for _, c := range cities {
		require.False(t, seen[c.name], "%s twice", c.name)
		seen[c.name] = true
		shortest, longest = min(shortest, len(c.name)), max(longest, len(c.name))
		if len(c.name) > 16 {
			over16++
		}
	}
	require.Len(t, seen, 413)
	require.Equal(t, []int{3, 26}, []int{shortest, longest})
	require.Greater(t, over16, 3)
}

func TestDefaultRowLength(t *testing.T) {
	long(t)
	const rows = 500_000
	mean := float64(len(generate(t, Options{Rows: rows, Seed: 5}))) / rows
	require.True(t, mean >= 13.5 && mean <= 14.1, "mean row of %v bytes", mean)
}

func Test10kNames(t *testing.T) {
	names := names10k()
	require.Equal(t, names, names10k(), "every call returns the same")
	seen := map[string]bool{}
	var lengths [maxNameBytes + 1]int
	var sizes [utf8.UTFMax + 1]int // number of characters by encoded size
	private := 0                   // number of characters from U+E000 to U+FFFF
	for _, name := range names {
		_, _, complaint := splitRow(name + ";1.0")
		require.Empty(t, complaint, "name %q", name)
		seen[name] = true
		lengths[len(name)]++
		for _, r := range name {
			sizes[utf8.RuneLen(r)]++
			if r >= 0xe000 && r <= 0xffff {
				private++
			}
		}
	}
	require.Len(t, seen, 10_000)
	require.Equal(t, 26, lengths[1])
	require.GreaterOrEqual(t, lengths[100], 26)
	sum := func(from, to int) (n int) {
		for _, c := range lengths[from : to+1] {
			n += c
		}
		return n
	}
	require.InDelta(t, 8400, sum(4, 16), 200)
	require.InDelta(t, 1200, sum(17, 32), 150)
	require.InDelta(t, 300, sum(33, 99), 80)
	require.Greater(t, sum(4, 8), sum(9, 16), "short names are more frequent")
	for size := 2; size <= utf8.UTFMax; size++ {
		require.Greater(t, sizes[size], 500, "characters of %d bytes", size)
	}
	require.Greater(t, private, 100)
}

// Test10kSameNamesForEachSeed compares the names in two data sets.
func Test10kSameNamesForEachSeed(t *testing.T) {
	long(t)
	keys := func(seed uint64) []string {
		var names []string
		for name := range tallies(t, Options{Rows: 300_000, Seed: seed, Profile: "10k"}) {
			names = append(names, name)
		}
		slices.Sort(names)
		return names
	}
	require.Len(t, keys(1), 10_000)
	require.Equal(t, keys(1), keys(2))
}

// TestDocListsProfiles compares the list in the package comment with the registry.
func TestDocListsProfiles(t *testing.T) {
	doc, err := os.ReadFile("doc.go")
	require.NoError(t, err)
	var want strings.Builder
	for _, name := range allProfiles() {
		fmt.Fprintf(&want, "//\t%-16s %s\n", name, DescribeProfile(name))
	}
	require.Contains(t, string(doc), "//\n"+want.String()+"//\n")
}

func TestRegistry(t *testing.T) {
	require.Equal(t, DefaultProfile, Profiles()[0])
	require.Contains(t, Profiles(), "10k")
	require.Equal(t, []string{"log", "log-quoted"}, LogProfiles())
	require.Len(t, allProfiles(), len(registry))
	for _, name := range allProfiles() {
		require.NotEmpty(t, DescribeProfile(name))
		require.NotContains(t, DescribeProfile(name), "\n")
	}
	require.Empty(t, DescribeProfile("nope"))
	Profiles()[0] = "changed"
	require.Equal(t, DefaultProfile, Profiles()[0], "the slice is a copy")
	require.True(t, bytes.Equal(generate(t, Options{Rows: 9}), generate(t, Options{Rows: 9, Profile: DefaultProfile})))
}
