package conform

import (
	"io/fs"
	"regexp"
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
}

func inputOf(t *testing.T, name string) string {
	for _, c := range Cases() {
		if c.Name == name {
			input, err := c.Input()
			require.NoError(t, err)
			return input
		}
	}
	require.Fail(t, "no such case", name)
	return ""
}

// TestTies checks that the ways of rounding give what they give for two known ties.
func TestTies(t *testing.T) {
	for _, c := range legal {
		var outputs []string
		for _, ties := range AllTies() {
			input, err := c.Input()
			require.NoError(t, err)
			output, err := c.Expected(input, ties)
			require.NoError(t, err)
			outputs = append(outputs, output)
		}
		up, double, doubleSum := outputs[0], outputs[1], outputs[2]
		switch c.Name {
		case "mean-tie-six-rows":
			require.NotEqual(t, up, double)
			require.Equal(t, up, doubleSum)
		case "mean-tie-20124-rows":
			require.Equal(t, up, double)
			require.NotEqual(t, up, doubleSum)
		}
	}
}
