package main

import (
	"bytes"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"onebrc/gen"
	"onebrc/parse/oracle"
)

// flagSets are the ways to cut the work of a small input.
var flagSets = [][]string{
	nil,
	{"--workers", "1", "--chunk-size", "4KiB"},
	{"--workers=7", "--chunk-size=4096", "--kernel=generic"},
}

func TestGolden(t *testing.T) {
	for _, pair := range oracle.Golden(t) {
		t.Run(pair.Name, func(t *testing.T) {
			t.Parallel()
			for _, flags := range flagSets {
				require.Equal(t, success(pair.Output), execute(t, nil, append(flags[:len(flags):len(flags)], pair.Path)...), "file %q", flags)
				require.Equal(t, success(pair.Output), execute(t, strings.NewReader(pair.Input), flags...), "stdin %q", flags)
			}
		})
	}
}

func TestBadRows(t *testing.T) {
	for _, bad := range oracle.BadInputs(t) {
		t.Run(bad.Name, func(t *testing.T) {
			t.Parallel()
			row, _, _ := strings.Cut(bad.Input[bad.Offset:], "\n")
			excerpt := row[:min(len(row), 120)]
			want := func(name string) outcome {
				return outcome{1, "", fmt.Sprintf("1brc: %s:%d: byte %d: %s: %q\n", name, bad.Line, bad.Offset, bad.Reason, excerpt)}
			}
			for _, flags := range flagSets {
				require.Equal(t, want(bad.Path), execute(t, nil, append(flags[:len(flags):len(flags)], bad.Path)...), "file %q", flags)
				require.Equal(t, want("stdin"), execute(t, strings.NewReader(bad.Input), flags...), "stdin %q", flags)
			}
		})
	}
}

// TestFirstBadRow has bad rows in many chunks: the first one is reported,
// whatever the number of workers.
func TestFirstBadRow(t *testing.T) {
	good := strings.Repeat("Reykjavík;-12.3\n", 50_000)
	path := write(t, "rows.txt", good+"bad;1\n"+good+"worse\n"+strings.Repeat(";\n", 1e5))
	want := fmt.Sprintf("%s:50001: byte %d: bad-value: %q", path, len(good), "bad;1")
	for _, workers := range []string{"1", "2", "7"} {
		for _, chunk := range []string{"4KiB", "64KiB", "64MiB"} {
			got := execute(t, nil, "--workers", workers, "--chunk-size", chunk, path)
			require.Equal(t, want, requireFailure(t, got))
		}
	}
}

// TestSameBytes holds the result of a million rows of each of the two profiles
// of the challenge, and of fewer of each other one, to the oracle's for every
// way to cut the work.
func TestSameBytes(t *testing.T) {
	if testing.Short() {
		t.Skip("reads a million rows many times")
	}
	for i, profile := range gen.Profiles() {
		rows := "1e6"
		if i >= 2 {
			rows = "5e4"
		}
		path := generate(t, "--rows", rows, "--seed", "3", "--profile", profile)
		content, err := os.ReadFile(path)
		require.NoError(t, err)
		output, bad := oracle.Aggregate(string(content))
		require.Nil(t, bad)
		want := success(output)
		for _, workers := range []string{"1", "2", "7"} {
			for _, chunk := range []string{"64KiB", "1MiB", "64MiB"} {
				flags := []string{"--workers", workers, "--chunk-size", chunk}
				require.Equal(t, want, execute(t, bytes.NewReader(content), flags...), "%s %q stdin", profile, flags)
				require.Equal(t, want, execute(t, nil, append(flags, path)...), "%s %q", profile, flags)
			}
		}
	}
}

// TestOneName has one name own more than 2^24 rows, where a count of 24 bits
// in a slot would overflow, in chunks of up to all of the file.
func TestOneName(t *testing.T) {
	if testing.Short() {
		t.Skip("writes 120 MB")
	}
	// 2e7 rows: 5e6 times 99.9, 99.9, 99.9 and 0.1 make 299.8 / 4 = 74.95,
	// a tie, which goes up.
	path := write(t, "rows.txt", strings.Repeat("a;99.9\na;99.9\na;99.9\na;0.1\n", 5e6))
	want := success("{a=0.1/75.0/99.9}\n")
	for _, flags := range [][]string{
		nil, {"--workers", "1"}, {"--workers", "7", "--chunk-size", "1MiB"}, {"--workers", "1", "--chunk-size", "1TiB"},
	} {
		require.Equal(t, want, execute(t, nil, append(flags, path)...), "%q", flags)
	}
	input, err := os.Open(path)
	require.NoError(t, err)
	defer input.Close()
	require.Equal(t, want, execute(t, input, "--workers", "1", "--chunk-size", "1TiB"))
}
