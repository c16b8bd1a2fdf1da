package main

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"

	"github.com/spf13/pflag"
	"github.com/stretchr/testify/require"

	"onebrc/engine"
	"onebrc/parse/oracle"
)

// partial runs 1brc partial and returns what it prints.
func partial(t *testing.T, input string, args ...string) string {
	t.Helper()
	got := execute(t, strings.NewReader(input), append([]string{"partial"}, args...)...)
	require.Equal(t, 0, got.code, got.stderr)
	require.Empty(t, got.stderr)
	return got.stdout
}

// merge runs 1brc merge.
func merge(t *testing.T, input string, args ...string) outcome {
	t.Helper()
	return execute(t, strings.NewReader(input), append([]string{"merge"}, args...)...)
}

// rangesOf returns the lines that 1brc ranges prints.
func rangesOf(t *testing.T, args ...string) []string {
	t.Helper()
	got := execute(t, nil, append([]string{"ranges"}, args...)...)
	require.Equal(t, 0, got.code, got.stderr)
	return strings.Split(strings.TrimSuffix(got.stdout, "\n"), "\n")
}

// asMerge returns what 1brc prints as 1brc merge prints it.
func asMerge(got outcome) outcome {
	got.stderr = strings.Replace(got.stderr, "1brc: ", "1brc merge: ", 1)
	return got
}

// TestPartial checks that several processes give what one process does, for files with
// and without bad rows.
func TestPartial(t *testing.T) {
	r := rand.New(rand.NewPCG(14, 5))
	var paths []string
	for _, p := range oracle.Golden(t) {
		paths = append(paths, p.Path)
	}
	for _, b := range oracle.BadInputs(t) {
		paths = append(paths, b.Path)
	}
	r.Shuffle(len(paths), func(i, j int) { paths[i], paths[j] = paths[j], paths[i] })
	if testing.Short() {
		paths = paths[:6]
	}
	for _, path := range paths {
		info, err := os.Stat(path)
		require.NoError(t, err)
		lines := rangesOf(t, "--size", fmt.Sprint(info.Size()/3+1), path, path)
		r.Shuffle(len(lines), func(i, j int) { lines[i], lines[j] = lines[j], lines[i] })
		for mode, flags := range map[string][]string{"fail": nil, "skip": {"--on-error", "skip"}, "keep": {"--on-error", "skip"}} {
			var parts strings.Builder
			for i, line := range lines {
				if i%2 == 0 {
					parts.WriteString(partial(t, "", "--on-error", mode, line))
				} else {
					parts.WriteString(partial(t, line+"\n", "--on-error", mode))
				}
			}
			require.Equal(t, asMerge(execute(t, nil, append(flags, path, path)...)), merge(t, parts.String()), path)
			if mode == "keep" {
				rejects := filepath.Join(t.TempDir(), "rejects")
				require.Equal(t, 0, merge(t, parts.String(), "--rejects", rejects).code)
				_, want := skip(t, "", path, path)
				got, err := os.ReadFile(rejects)
				require.NoError(t, err)
				require.Equal(t, want, string(got))
			}
		}
	}
}

// TestPartialFiles checks arguments and outputs that are files.
func TestPartialFiles(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "rows with a range:0-5")
	require.NoError(t, os.WriteFile(path, []byte("b;1.0\na;2.0\nb;3.0"), 0o666))
	require.Equal(t, []string{path + ":0-7:1", path + ":7-14:1", path + ":14-17:1"}, rangesOf(t, "--size", "7", path))
	first, second, result := filepath.Join(dir, "1.part"), filepath.Join(dir, "2.part"), filepath.Join(dir, "result")
	require.Empty(t, partial(t, "", path+":0-7", "-o", first))
	require.Empty(t, partial(t, path+":7-14\n"+path+":14-99:1", "-", "--output", second))
	require.Equal(t, success("{a=2.0/2.0/2.0, b=1.0/2.0/3.0}\n"), merge(t, "", second, first))
	require.Equal(t, success(""), merge(t, "", "-o", result, first, second))
	content, err := os.ReadFile(result)
	require.NoError(t, err)
	require.Equal(t, "{a=2.0/2.0/2.0, b=1.0/2.0/3.0}\n", string(content))
	content, err = os.ReadFile(second)
	require.NoError(t, err)
	require.Equal(t, success("{a=2.0/2.0/2.0, b=1.0/2.0/3.0}\n"), merge(t, string(content), "-", first))
	// A FILE without a range is all of it.
	plain := write(t, "rows", "b;1.0\n")
	require.Equal(t, success("{b=1.0/1.0/1.0}\n"), merge(t, partial(t, "", plain)))
	require.Equal(t, partial(t, "", plain), partial(t, "", plain+":0-6", "--workers", "3", "--access", "copy"))
	empty := write(t, "empty", "")
	require.Equal(t, []string{empty + ":0-0:1", plain + ":0-6:2"}, rangesOf(t, empty, plain))
	require.Equal(t, success("{}\n"), merge(t, partial(t, "", empty)))
}

// TestPartialFailures has ranges and partial results that give no result.
func TestPartialFailures(t *testing.T) {
	path := write(t, "rows", "b;1.0\na;2.0\nb;3.0\n")
	parts := []string{partial(t, "", path+":0-6"), partial(t, "", path+":6-12"), partial(t, "", path+":12-18")}
	all := strings.Join(parts, "")
	failed := func(want, input string, args ...string) {
		t.Helper()
		require.Equal(t, want, requireFailure(t, merge(t, input, args...)))
	}
	failed(path+": the bytes from 6 to 11 are in no range", parts[0]+parts[2])
	failed(path+": the bytes from 6 to 11 are in two ranges", parts[1]+all)
	failed("partial results that treat bad rows differently cannot be merged", parts[0]+partial(t, "", path+":6-18", "--on-error", "skip"))
	failed("stdin: not a partial result: it ends too soon", all[:len(all)-1])
	failed("stdin: not a partial result: its checksum does not match", all[:len(all)-1]+"x")
	failed("stdin: not a partial result: it has version 7 of the format, this program reads version 1", all[:8]+"\x07"+all[9:])
	failed("stdin: no partial result in it", "")
	failed(path+`: not a partial result: it does not begin with "1brcpart"`, all, "-", path)
	failed("stdin: no partial result in it", "", write(t, "part", all), "-")
	failed("--rejects: the partial results have no bad rows; make them with --on-error keep", all, "--rejects", filepath.Join(t.TempDir(), "rejects"))
	missing := filepath.Join(t.TempDir(), "missing")
	require.Contains(t, requireFailure(t, merge(t, "", missing)), "no such file or directory")

	require.NoError(t, os.WriteFile(path, []byte("b;1.0\na;2.0\nb;3.0\nc;4.0\n"), 0o666))
	require.Contains(t, requireFailure(t, merge(t, all+partial(t, "", path+":18-24"))), path+": the file has changed: a part is of 18 bytes of ")

	// Files of the same place are in the order of their paths.
	first, second := write(t, "a", "bad\n"), write(t, "b", "bad\n")
	if second < first {
		first, second = second, first
	}
	failed(first+`:1: byte 0: missing-separator: "bad"`, partial(t, "", second)+partial(t, "", first))

	for input, want := range map[string]string{
		"":                       "standard input has no ranges",
		"\n":                     "stdin: line 1: the name of a file is missing",
		path + ":2-1\n":          `stdin: line 1: the range ends before it begins: "` + path + `:2-1"`,
		path + "\n" + path + ":": path + ":: no such file or directory",
		path + ":0-7\n" + path:   path + ": the bytes from 0 to 6 are in two ranges",
	} {
		require.Equal(t, want, requireFailure(t, execute(t, strings.NewReader(input), "partial")), "%q", input)
	}
	require.Equal(t, filepath.Dir(path)+": is a directory", requireFailure(t, execute(t, nil, "partial", filepath.Dir(path))))
	require.Contains(t, requireFailure(t, execute(t, nil, "ranges", missing)), "no such file or directory")
	got := execute(t, nil, "partial", missing, "-o", missing+".part")
	require.Contains(t, requireFailure(t, got), "no such file or directory")
	require.NoFileExists(t, missing+".part")
	if runtime.GOOS == "linux" {
		require.Contains(t, requireFailure(t, execute(t, nil, "ranges", "/proc/self/status")), "the size of the file is not known")
		require.Contains(t, requireFailure(t, execute(t, nil, "partial", "/dev/null")), "not a regular file")
	}
}

func TestPartialUsage(t *testing.T) {
	path := write(t, "rows", "b;1.0\n")
	for _, test := range []struct {
		reason string
		args   []string
	}{
		{"unknown flag: --rejects", []string{"partial", "--rejects", "x", path}},
		{`--on-error must be one of fail, skip, keep, got "x"`, []string{"partial", "--on-error", "x", path}},
		{"--kernel must be one of ", []string{"partial", "--kernel", "x", path}},
		{`the name of a file is missing`, []string{"partial", ""}},
		{`the range ends before it begins: "x:2-1"`, []string{"partial", "x:2-1"}},
		{`files are counted from 1 to 2147483647, got "x:1-2:0"`, []string{"partial", "x:1-2:0"}},
		{`99999999999999999999 is too large a number in "x:1-99999999999999999999"`, []string{"partial", "x:1-99999999999999999999"}},
		{"standard input has ranges if it is the only argument", []string{"partial", path, "-"}},
		{"--output " + path + " would overwrite the input " + path, []string{"partial", "-o", path, path + ":0-3"}},
		{`--output must name a file, got ""`, []string{"partial", "-o", "", path}},
		{"--output " + path + " would overwrite the input " + path, []string{"merge", "-o", path, path}},
		{"standard input can be read only once", []string{"merge", "-", "-"}},
		{"--output and --rejects must name different files", []string{"merge", "-o", "x", "--rejects", "x"}},
		{"need at least one FILE", []string{"ranges"}},
		{`--size must be at least 1`, []string{"ranges", "--size", "0", path}},
		{"a FILE with a line feed in its name cannot be listed", []string{"ranges", "a\nb"}},
	} {
		requireUsage(t, execute(t, nil, test.args...), test.reason)
	}
	requireUsage(t, execute(t, strings.NewReader(path), "partial", "-o", path), "--output "+path+" would overwrite the input "+path)
	for _, command := range []string{"ranges", "partial", "merge"} {
		got := execute(t, nil, command, "--help")
		require.Equal(t, 0, got.code)
		sub, _, err := newCommand(nil).Find([]string{command})
		require.NoError(t, err)
		sub.Flags().VisitAll(func(f *pflag.Flag) {
			_, usage := pflag.UnquoteUsage(f)
			require.Contains(t, got.stdout, usage)
		})
		require.Equal(t, ":0\n", execute(t, nil, "__complete", command, "x").stdout, "file names")
	}
}

func TestParseRange(t *testing.T) {
	for text, want := range map[string]engine.Range{
		"a:1-2":           {Path: "a", Begin: 1, End: 2},
		"a:1-2:3":         {Path: "a", Begin: 1, End: 2, File: 2},
		"a:1-2:3-4":       {Path: "a:1-2", Begin: 3, End: 4},
		"a:1-2:3-4:5":     {Path: "a:1-2", Begin: 3, End: 4, File: 4},
		"a:1-2:3:4-5":     {Path: "a:1-2:3", Begin: 4, End: 5},
		"a-1:\n:0-0:1":    {Path: "a-1:\n", Begin: 0, End: 0},
		"C:\\x\xff:1-1":   {Path: "C:\\x\xff", Begin: 1, End: 1},
		"a":               {Path: "a", End: 1<<63 - 1},
		":1-2":            {Path: ":1-2", End: 1<<63 - 1},
		"a:1":             {Path: "a:1", End: 1<<63 - 1},
		"a:1-":            {Path: "a:1-", End: 1<<63 - 1},
		"a:+1-2":          {Path: "a:+1-2", End: 1<<63 - 1},
		"a:1-2 ":          {Path: "a:1-2 ", End: 1<<63 - 1},
		"a:1-2:3:4":       {Path: "a:1-2:3:4", End: 1<<63 - 1},
		"-":               {Path: "-", End: 1<<63 - 1},
		"a:007-008:00009": {Path: "a", Begin: 7, End: 8, File: 8},
	} {
		got, err := parseRange(text)
		require.NoError(t, err, text)
		require.Equal(t, want, got, text)
	}
}

// FuzzParseRange checks that ranges are read as they were written.
func FuzzParseRange(f *testing.F) {
	f.Add("a:1-2", int64(3), int64(4), 5)
	f.Fuzz(func(t *testing.T, path string, begin, end int64, file int) {
		if path == "" || begin < 0 || end < begin || file < 0 || file >= 1<<31-1 {
			return
		}
		got, err := parseRange(fmt.Sprintf("%s:%d-%d:%d", path, begin, end, file+1))
		require.NoError(t, err)
		require.Equal(t, engine.Range{Path: path, Begin: begin, End: end, File: file}, got)
	})
}

// TestRejectsOfOddName checks that --rejects refuses what it cannot list.
func TestRejectsOfOddName(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("no tabs in names of files")
	}
	part := partial(t, "", "--on-error", "keep", write(t, "a\tb", "bad\n"))
	rejects := filepath.Join(t.TempDir(), "rejects")
	require.Contains(t, requireFailure(t, merge(t, part, "--rejects", rejects)), "cannot be listed")
	require.NoFileExists(t, rejects)
	require.Equal(t, 0, merge(t, part).code)
}

// TestPicture checks the picture of ranges in PARTIAL.md.
func TestPicture(t *testing.T) {
	lines := map[string]string{}
	for line := range strings.Lines(blocksOf(t, "PARTIAL.md", "text")[0]) {
		lines[line[:9]] = strings.TrimSuffix(line[9:], "\n")
	}
	path := write(t, "rows", strings.ReplaceAll(lines["rows     "], "⏎", "\n"))
	ranges, have := lines["ranges   "], ""
	borders := regexp.MustCompile(`\|`).FindAllStringIndex(ranges, -1)
	require.Len(t, borders, 4)
	for i, name := range regexp.MustCompile(`\d+-\d+`).FindAllString(ranges, -1) {
		r, err := parseRange(path + ":" + name)
		require.NoError(t, err)
		require.Equal(t, []int64{int64(borders[i][0]), int64(borders[i+1][0])}, []int64{r.Begin, r.End})
		p, err := engine.AggregatePartial(t.Context(), engine.Options{}, engine.BadRowsFail, r)
		require.NoError(t, err)
		for s := range p.All() {
			have += s.Name + " "
		}
	}
	require.Equal(t, strings.Fields(strings.ReplaceAll(lines["have     "], ",", "")), strings.Fields(have))
}

// blocksOf returns the blocks of code of a page in a language.
func blocksOf(t *testing.T, page, language string) (blocks []string) {
	t.Helper()
	content, err := os.ReadFile(page)
	require.NoError(t, err)
	for _, part := range bytes.Split(content, []byte("```"+language+"\n"))[1:] {
		block, _, found := bytes.Cut(part, []byte("```"))
		require.True(t, found)
		blocks = append(blocks, string(block))
	}
	return blocks
}
