package main

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestFileLists checks both kinds of list, from a file and from standard input, with other
// FILEs and without.
func TestFileLists(t *testing.T) {
	one, two := write(t, "one", "a;1.0\n"), write(t, "two", "b;2.0\n")
	const both = "{a=1.0/1.0/1.0, b=2.0/2.0/2.0}\n"
	lines, unended, nul := one+"\n"+two+"\n", one+"\n"+two, one+"\x00"+two+"\x00"
	require.Equal(t, success(both), execute(t, nil, "--files-from", write(t, "list", lines)))
	require.Equal(t, success(both), execute(t, nil, "--files-from", write(t, "list", unended)))
	require.Equal(t, success(both), execute(t, nil, "--files0-from", write(t, "list", nul)))
	require.Equal(t, success(both), execute(t, strings.NewReader(lines), "--files-from", "-"))
	require.Equal(t, success(both), execute(t, strings.NewReader(nul), "--files0-from=-"))
	require.Equal(t, success(both), execute(t, strings.NewReader(two), "--files-from", "-", one))
	require.Equal(t, success(both), execute(t, strings.NewReader("b;2.0\n"), "--files-from", write(t, "list", "-\n"), one), "rows on standard input")
	feed := write(t, "line\nfeed", "b;2.0\n")
	require.Equal(t, success(both), execute(t, nil, "--files0-from", write(t, "list", one+"\x00"+feed)))
	require.Equal(t, success("1,count\na,1\nb,1\n"),
		execute(t, strings.NewReader(lines), "group", "-n", "-d", ";", "-g", "1", "-f", "csv", "--files-from", "-"))
}

// TestBadFileLists checks the errors of lists.
func TestBadFileLists(t *testing.T) {
	one := write(t, "one", "a;1.0\n")
	missing := filepath.Join(t.TempDir(), "missing")
	require.Equal(t, "--files-from: open "+missing+": no such file or directory", requireFailure(t, execute(t, nil, "--files-from", missing)))
	require.Equal(t, missing+": no such file or directory", requireFailure(t, execute(t, strings.NewReader(missing), "--files-from", "-")))
	require.Equal(t, "--files-from: no FILE is named", requireFailure(t, execute(t, strings.NewReader(""), "--files-from", "-")))
	require.Equal(t, "--files-from: stdin:2: the name of a file is missing",
		requireFailure(t, execute(t, strings.NewReader(one+"\n\n"+one), "--files-from", "-")))
	for _, args := range [][]string{{"--files-from", "-", "-"}, {"--files0-from", "-", "/dev/stdin"}, {"--files-from", "-", "--files0-from", "-"}} {
		got := execute(t, strings.NewReader(one), args...)
		require.Equal(t, 2, got.code, "%q", args)
		require.Contains(t, got.stderr, "standard input can be read only once")
	}
}
