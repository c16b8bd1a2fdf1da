package conform

import (
	"io/fs"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"onebrc/parse/oracle"
	"onebrc/testdata"
)

// TestCasesAreListed checks that there is a case for each file, and the other way round.
func TestCasesAreListed(t *testing.T) {
	known := map[string]bool{}
	for _, c := range Cases() {
		require.False(t, known[c.Name], "%s is there twice", c.Name)
		known[c.Name] = true
		require.NotEmpty(t, c.About, c.Name)
		require.Contains(t, Classes(), c.Class)
	}
	for folder, cases := range map[string][]Case{"golden": legal, "bad": malformed} {
		paths, err := fs.Glob(testdata.Files, folder+"/*.txt")
		require.NoError(t, err)
		require.Len(t, cases, len(paths))
		for _, path := range paths {
			require.True(t, known[strings.TrimSuffix(strings.TrimPrefix(path, folder+"/"), ".txt")], path)
		}
	}
	order := Classes()
	for _, c := range Cases() {
		for c.Class != order[0] {
			order = order[1:]
		}
	}
}

var leadingZero = regexp.MustCompile(`(?m);-?0[0-9]\.[0-9]$`)

// TestExpectations checks all cases: the oracle and the files in testdata agree, the
// class malformed has the inputs with bad rows, and the class extensions those that the
// public rules do not have.
func TestExpectations(t *testing.T) {
	for _, c := range Cases() {
		if testing.Short() && c.generate != nil {
			continue
		}
		input, err := c.Input()
		require.NoError(t, err)
		require.Less(t, len(input), 101_000_000, "%s: CONFORM.md has the size of the largest file", c.Name)
		output, err := c.Expected(input, oracle.TiesUp)
		require.NoError(t, err)
		computed, bad := oracle.Skip(input)
		require.Equal(t, c.Class == Malformed, len(bad) > 0, c.Name)
		require.True(t, output == computed, c.Name)
		if c.Class != Malformed {
			isExtended := !utf8.ValidString(input) || strings.Contains(input, "\r") ||
				leadingZero.MatchString(input) || strings.Count(output, "=") > 10_000
			require.Equal(t, c.Class == Extensions, isExtended, c.Name)
		}
	}
}

// TestSizes checks the generated files whose names or texts promise a size.
func TestSizes(t *testing.T) {
	for name, size := range map[string]int{
		"size-2097151": 2097151, "size-2097152": 2097152, "size-2097152-no-last-lf": 2097152, "size-2097153": 2097153,
		"size-16777216": 16777216, "size-16777216-no-last-lf": 16777216,
	} {
		input := inputOf(t, name)
		require.Len(t, input, size)
		require.Equal(t, strings.HasSuffix(name, "no-last-lf"), !strings.HasSuffix(input, "\n"))
	}
	require.Zero(t, len(inputOf(t, "large-page-multiple"))%4096)
	require.Greater(t, strings.Count(inputOf(t, "count-over-24-bits"), "\n"), 1<<24)
	for name, bits := range map[string]int{"sum-over-31-bits": 31, "sum-over-32-bits": 32} {
		require.Greater(t, int64(strings.Count(inputOf(t, name), "99.9\n"))*999, int64(1)<<bits)
	}
}

func caseOf(t *testing.T, name string) Case {
	t.Helper()
	all := Cases()
	i := slices.IndexFunc(all, func(c Case) bool { return c.Name == name })
	require.GreaterOrEqual(t, i, 0, name)
	return all[i]
}

func inputOf(t *testing.T, name string) string {
	t.Helper()
	input, err := caseOf(t, name).Input()
	require.NoError(t, err)
	return input
}

// TestTies checks two known ties that one of the ways of rounding misses.
func TestTies(t *testing.T) {
	for name, wrong := range map[string]Ties{"mean-tie-six-rows": oracle.TiesDouble, "mean-tie-20124-rows": oracle.TiesDoubleSum} {
		c := caseOf(t, name)
		input := inputOf(t, name)
		exact, err := c.Expected(input, oracle.TiesUp)
		require.NoError(t, err)
		for _, ties := range AllTies() {
			output, err := c.Expected(input, ties)
			require.NoError(t, err)
			require.Equal(t, ties == wrong, output != exact, "%s: %s", name, ties)
		}
	}
}
