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

// flagSets divide the work on a small input in different ways.
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

// TestFirstBadRow has bad rows in many chunks. Any number of workers reports the
// first one.
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

// TestSameBytes compares results with the oracle's for every way to divide the work:
// on a million rows of the two profiles of the challenge, and fewer of the others.
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

// TestOneName gives one name more than 2^24 rows, with chunks up to the whole file. A
// slot counts with 24 bits, which must not overflow.
func TestOneName(t *testing.T) {
	if testing.Short() {
		t.Skip("writes 120 MB")
	}
	// The mean is (99.9 + 99.9 + 99.9 + 0.1) / 4 = 74.95, a tie, which rounds up.
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
