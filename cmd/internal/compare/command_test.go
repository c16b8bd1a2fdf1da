package compare

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestParseCommand(t *testing.T) {
	for text, want := range map[string]Command{
		`a=1brc {}`:                           {"a", []string{"1brc", "{}"}},
		` a = 1brc --workers=1   {} `:         {"a", []string{"1brc", "--workers=1", "{}"}},
		`c++ -O3=./x --file={} -v`:            {"c++ -O3", []string{"./x", "--file={}", "-v"}},
		`a=awk -F';' '{print $1 | "x"}' {}`:   {"a", []string{"awk", "-F;", `{print $1 | "x"}`, "{}"}},
		`a="my program" "" a\ b 'x"y' "{}" #`: {"a", []string{"my program", "", "a b", `x"y`, "{}", "#"}},
	} {
		got, err := ParseCommand(text)
		require.NoError(t, err, text)
		require.Equal(t, want, got, text)
	}
	for text, want := range map[string]string{
		``:                 "want NAME=TEXT",
		`1brc {}`:          "want NAME=TEXT",
		`=1brc {}`:         "want NAME=TEXT",
		`a=`:               "want NAME=TEXT",
		`a=1brc`:           "no argument contains {}",
		`a={}`:             "no argument contains {}",
		`a=''`:             "no argument contains {}",
		`a=x {} | wc -l`:   `there is no shell for "| wc -l"`,
		`a=é {} > é`:       `there is no shell for "> é"`,
		`a=x {}; y`:        `there is no shell for "; y"`,
		`a=x < {}`:         `there is no shell for "< {}"`,
		`a=x {} 2>/dev/nu`: `there is no shell for "2>/dev/nu"`,
		`a=x 'y {}`:        "invalid command line string",
		`a=$(x) ` + "`y":   "invalid command line string",
	} {
		_, err := ParseCommand(text)
		require.ErrorContains(t, err, want, text)
	}
}

// TestPublicArgs checks that directories of the machine are removed, and nothing
// else.
func TestPublicArgs(t *testing.T) {
	script := filepath.Join(t.TempDir(), "script.py")
	require.NoError(t, os.WriteFile(script, nil, 0o666))
	e := entry{args: []string{filepath.Join("some", "python3"), script, "--file={}", "--with=" + script, "/x/{print}", "a/b", "=", ""}}
	require.Equal(t, []string{"python3", "script.py", "--file={}", "--with=script.py", "/x/{print}", "a/b", "=", ""}, e.publicArgs())
	require.Equal(t, "--file=rows.txt", e.argsOn("rows.txt")[2])

	for text, want := range map[string]string{
		"open /home/me/x.txt: no":     "open x.txt: no",
		`"/home/me/x.txt", /a/b/c.go`: `"x.txt", c.go`,
		"/a/b/c=/d/e f":               "c=e f",
		"Oslo=1.0/2.0/3.0, a / b, /":  "Oslo=1.0/2.0/3.0, a / b, /",
	} {
		require.Equal(t, want, withoutFolders(text))
	}
}

func TestIsSameProgram(t *testing.T) {
	program, err := os.Executable()
	require.NoError(t, err)
	require.True(t, isSameProgram(program, filepath.Join(filepath.Dir(program), ".", filepath.Base(program))))
	require.False(t, isSameProgram(program, copyOf(t, program)))
	require.False(t, isSameProgram(program, program+"x"))
}

func TestVersion(t *testing.T) {
	require.Equal(t, "", Entry{}.Version())
	require.Equal(t, "gcc", Entry{Note: "gcc"}.Version())
	require.Equal(t, "commit 4b825dc", Entry{Commit: "4b825dc"}.Version())
	require.Equal(t, "gcc, commit 4b825dc", Entry{Note: "gcc", Commit: "4b825dc"}.Version())
}

func TestCommandLine(t *testing.T) {
	e := Entry{Command: []string{"awk", "-F;", "", `it's "$1" \n | x`, "a=é", "{}"}}
	require.Equal(t, `awk '-F;' '' 'it'\''s "$1" \n | x' 'a=é' {}`, e.CommandLine())
	back, err := ParseCommand("name=" + e.CommandLine())
	require.NoError(t, err)
	require.Equal(t, e.Command, back.Args)
}
