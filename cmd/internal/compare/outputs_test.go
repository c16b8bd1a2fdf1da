package compare

import (
	"bufio"
	"context"
	"io"
	"os"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestRunWithFiles checks that the runs write to files, which are gone at the end,
// and that the results are those of runs that write to a pipe.
func TestRunWithFiles(t *testing.T) {
	o := options(t)
	for _, kind := range []string{"right", "other", "mute", "silent", "work"} {
		o.Commands = append(o.Commands, Command{kind, []string{o.Program, kind, "{}"}})
	}
	o.Outputs, o.WatchMemory = t.TempDir(), true
	report, err := Run(context.Background(), o)
	require.NoError(t, err)
	var results []string
	for _, e := range report.Entries {
		results = append(results, e.Result)
	}
	require.Equal(t, []string{Same, Different, Different, Failed, Same}, results)
	require.Equal(t, "the expected result does not start with {", report.Entries[1].Detail)
	require.Equal(t, []bool{true, true, true}, []bool{
		report.Entries[1].Samples[0].Different, report.Entries[1].Samples[1].Different, report.Entries[2].Samples[0].Different})
	left, err := os.ReadDir(o.Outputs)
	require.NoError(t, err)
	require.Empty(t, left)

	work := report.Entries[4].Summary
	if runtime.GOOS == "linux" {
		require.Greater(t, work.PeakOwnBytes, int64(workBytes))
		require.LessOrEqual(t, work.PeakOwnBytes, work.PeakResidentBytes)
		require.Less(t, report.Entries[0].Summary.PeakOwnBytes, int64(workBytes))
	} else {
		require.Zero(t, work.PeakOwnBytes)
	}

	o.Outputs += "x"
	_, err = Run(context.Background(), o)
	require.ErrorIs(t, err, os.ErrNotExist)
}

// TestDifferenceOfFiles uses results that are longer than the buffers.
func TestDifferenceOfFiles(t *testing.T) {
	f, err := newFileOutputs(t.TempDir())
	require.NoError(t, err)
	defer f.remove()
	expected, err := f.expected()
	require.NoError(t, err)
	const rows = 200_000
	write := func(w io.Writer, text string) {
		_, err := io.WriteString(w, text)
		require.NoError(t, err)
	}
	write(expected, "{"+strings.Repeat("a=1.0/2.0/3.0, ", rows-1)+"a=1.0/2.0/3.0}\n")
	for _, test := range []struct{ got, want string }{
		{"{" + strings.Repeat("a=1.0/2.0/3.0, ", rows-1) + "a=1.0/2.0/3.0}\n", ""},
		{"name,min,mean,max\n" + strings.Repeat("a,1.0,2.04,3\n", rows), ""},
		{"{" + strings.Repeat("a=1.0/2.0/3.0, ", rows-1) + "a=1.0/2.0/3.1}\n", "it is neither the expected result nor its rows as CSV: "},
		{strings.Repeat("a,1.0,2.04,3\n", rows-1), "it has only 199999 rows"},
	} {
		got, err := f.next()
		require.NoError(t, err)
		write(got, test.got)
		different, err := f.difference(got)
		require.NoError(t, err)
		require.Equal(t, test.want == "", different == "", different)
		require.Contains(t, different, test.want)
	}
}

func TestDifferentRows(t *testing.T) {
	const two = "{, b=1.0/2.0/=-1.0/0.0/3.0, é=5.0/5.0/5.0}\n" // the first name is ", b=1.0/2.0/"
	for _, test := range []struct{ got, result, want string }{
		{"", "{}\n", ""},
		{"name,min,mean,max\n", "{}\n", ""},
		{"\", b=1.0/2.0/\",-1,-0.04,3.00\né,5,5,5\n", two, ""},
		{"n,min,avg,max\n\", b=1.0/2.0/\",-1,0.05,3\né,5,5,5\n", two, ""},
		{"\", b=1.0/2.0/\",-1,0.06,3\né,5,5,5\n", two, `row 1: ", b=1.0/2.0/,-1,0.06,3", not , b=1.0/2.0/=-1.0/0.0/3.0`},
		{"\", b=1.0/2.0/\",-1,0,2.9\né,5,5,5\n", two, "row 1: "},
		{"\", b=1.0/2.0/\",-1,NaN,3\né,5,5,5\n", two, "row 1: "},
		{"\", b=1.0/2.0/\",x,0,3\né,5,5,5\n", two, "row 1: "},
		{"\", b=1.0/2.0/\",-1,0,3\ne,5,5,5\n", two, `row 2: "e", not "`},
		{"\", b=1.0/2.0/\",-1,0,3\n", two, "it has only 1 rows"},
		{"\", b=1.0/2.0/\",-1,0,3\né,5,5,5\né,5,5,5\n", two, "it has more than 2 rows"},
		{"a,1,1,1\n", "{}\n", "it has more than 0 rows"},
		{"a,1,1\n", two, "it is neither the expected result nor its rows as CSV: record on line 1: wrong number of fields"},
		{"a;1\n", "", "the expected result does not start with {"},
		{"a,1.0,2.0,3.0\n", "{a=1.0/2.0}\n", "row 1: "},
		{"a,1.0,2.0,3.0\n", "{a=1.0/2.0/3.0/4.0}\n", "row 1: "},
		{"a,1.0,2.0,3.0\n", "{a2=1.0/2.0/3.0}\n", "row 1: "},
	} {
		got, err := differentRows(bufio.NewReader(strings.NewReader(test.got)), bufio.NewReader(strings.NewReader(test.result)))
		require.NoError(t, err, test.got)
		require.Equal(t, test.want == "", got == "", "%q: %s", test.got, got)
		require.Contains(t, got, test.want, test.got)
	}
	_, err := differentRows(bufio.NewReader(strings.NewReader("a,1,1,1\n")), bufio.NewReader(strings.NewReader("{a=1")))
	require.ErrorContains(t, err, `has "1" instead of numbers`)
}
