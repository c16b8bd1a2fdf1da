package main

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/klauspost/compress/gzip"
	"github.com/stretchr/testify/require"
)

// gzipped returns text as gzip data.
func gzipped(t *testing.T, text string) string {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, err := w.Write([]byte(text))
	require.NoError(t, err)
	require.NoError(t, w.Close())
	return b.String()
}

// TestCompressedInput checks that 1brc and 1brc group decompress files, whatever their
// names are, and standard input, and what they say about a bad row.
func TestCompressedInput(t *testing.T) {
	data := gzipped(t, "a;1.0\nb;2.0\n")
	path := write(t, "data", data)
	const want = "{a=1.0/1.0/1.0, b=2.0/2.0/2.0}\n"
	require.Equal(t, success(want), execute(t, nil, path))
	require.Equal(t, success(want), execute(t, strings.NewReader(data)))
	require.Equal(t, success(want), execute(t, strings.NewReader(data), "--workers", "3", path, "-"))
	text := write(t, "text.gz", "a;1.0\nb;2.0\n")
	require.Equal(t, success(want), execute(t, nil, text), "text, whatever its name is")
	legal := write(t, "legal", "BZh1;1.0\n")
	require.Equal(t, success("{BZh1=1.0/1.0/1.0}\n"), execute(t, nil, legal))

	bad := write(t, "bad.gz", gzipped(t, "a;1.0\nx\n"))
	require.Equal(t, bad+`:2: byte 6: missing-separator: "x"`, requireFailure(t, execute(t, nil, path, bad, path)))
	table := write(t, "x.tsv.gz", gzipped(t, "city\ttemp\na\t1\nb\t2.5\n"))
	require.Equal(t, success("city,sum(temp)\na,1.0\nb,2.5\n"), execute(t, nil, "group", "-g", "city", "-a", "sum(temp)", "-f", "csv", table))
}

// TestDamagedInput checks the error of data that is not complete, and that there is no
// result.
func TestDamagedInput(t *testing.T) {
	data := gzipped(t, strings.Repeat("a;1.0\n", 100_000))
	cut := write(t, "cut", data[:len(data)-9])
	for _, args := range [][]string{{cut}, {"group", "-n", "-d", ";", "-g", "1", cut}} {
		require.Equal(t, fmt.Sprintf("%s: gzip data is truncated: it ends at compressed byte %d", cut, len(data)-9),
			requireFailure(t, execute(t, nil, args...)))
	}
	require.Equal(t, fmt.Sprintf("stdin: gzip data is damaged before compressed byte %d: trailing garbage", len(data)),
		requireFailure(t, execute(t, strings.NewReader(data+"more"))))
}

// TestCompressedRanges checks that a range of a compressed file is an error.
func TestCompressedRanges(t *testing.T) {
	path := write(t, "data", gzipped(t, strings.Repeat("a;1.0\n", 1000)))
	want := path + ": compressed with gzip, so that it has no ranges: decompress it, or read it whole"
	for _, args := range [][]string{{"ranges", path}, {"partial", path}, {"partial", path + ":0-10"}} {
		require.Equal(t, want, requireFailure(t, execute(t, nil, args...)), "%q", args)
	}
}

// TestCompressedStage checks that a stage refuses a compressed file, and does not take it
// for rows.
func TestCompressedStage(t *testing.T) {
	path := write(t, "data", gzipped(t, "a;1.0\n"))
	for _, name := range []string{"naive", "engine-generic"} {
		require.Contains(t, requireFailure(t, execute(t, nil, "--stage", name, path)),
			path+": stages read plain text, and the file is compressed with gzip: decompress it first")
	}
}
