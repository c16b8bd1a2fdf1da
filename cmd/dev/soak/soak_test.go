//go:build linux

package main

import (
	"context"
	"encoding/json"
	"errors"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"onebrc/parse/oracle"
)

// build builds 1brc and returns its path.
func build(t *testing.T) string {
	path := filepath.Join(t.TempDir(), "1brc")
	out, err := exec.Command("go", "build", "-o", path, "onebrc/cmd/1brc").CombinedOutput()
	require.NoError(t, err, "%s", out)
	return path
}

// script writes a shell script and returns its path.
func script(t *testing.T, text string) string {
	path := filepath.Join(t.TempDir(), "script")
	require.NoError(t, os.WriteFile(path, []byte("#!/bin/sh\n"+text+"\n"), 0o755))
	return path
}

// cases runs n cases and returns the number of tries of each kind, and what is
// wrong.
func cases(t *testing.T, c config, n uint64) (tries []int, wrong string) {
	tries = make([]int, len(kinds))
	for number := range n {
		var out strings.Builder
		ok, err := c.oneCase(number, json.NewEncoder(&out))
		require.NoError(t, err)
		counts := make([]count, len(kinds))
		_, err = read(strings.NewReader(out.String()), counts, func() {})
		require.Equal(t, ok, err == nil)
		for i := range counts {
			tries[i] += counts[i].Tries
		}
		if err != nil {
			return tries, err.Error()
		}
	}
	return tries, ""
}

func TestCases(t *testing.T) {
	n := uint64(8)
	if testing.Short() {
		n = 2
	}
	tries, wrong := cases(t, config{seed: 1, program: build(t), bytes: 1 << 16}, n)
	require.Empty(t, wrong)
	for i, k := range kinds {
		if tries[i] == 0 && strings.Contains(k.name, "a disk that fails") {
			t.Logf("left out: %s", k.name)
			continue
		}
		require.Equal(t, int(n)*k.tries, tries[i], k.name)
	}
}

// TestWrongPrograms runs programs that misbehave.
func TestWrongPrograms(t *testing.T) {
	for _, text := range []string{
		"echo '{}'", "echo 'panic: bug' >&2; exit 2", "echo '1brc: no' >&2; exit 1", "exit 0", "kill -9 $$", "echo '{}' >&2",
	} {
		_, wrong := cases(t, config{seed: 1, program: script(t, text), bytes: 1 << 12}, 3)
		require.Regexp(t, "bytes of the profile .*: the program: ", wrong, text)
	}
}

// TestWrongGroups runs programs that misbehave only as 1brc group.
func TestWrongGroups(t *testing.T) {
	program := build(t)
	for _, text := range []string{
		"exit 0", "echo x", "echo '1brc group: no' >&2; exit 1", "kill -9 $$", `"$0" "$@" | sed '$s/[0-9]/x/'`, `"$0" "$@" --limit 1`,
	} {
		text = `[ "$1" = group ] || exec ` + program + ` "$@"` + "\n" + strings.ReplaceAll(text, `"$0"`, program)
		_, wrong := cases(t, config{seed: 1, program: script(t, text), bytes: 1 << 12}, 3)
		require.Regexp(t, "bytes of the profile .*: the program: .*group", wrong, text)
	}
}

// TestTables checks that whole tables have no bad rows but those with bad times, that most damaged ones have
// some, and few no result, and that many queries find several groups.
func TestTables(t *testing.T) {
	const tries = 200
	r := rand.New(rand.NewPCG(1, 0))
	var groups, rejects, failures int
	for range tries {
		table, err := newTable(r, randomSize(r, 1<<13))
		require.NoError(t, err)
		for _, damaged := range []bool{false, true} {
			var inputs []oracle.GroupInput
			for _, content := range table.contents(r, damaged) {
				inputs = append(inputs, oracle.GroupInput{Name: inputName, Content: content})
			}
			found, err := table.want(inputs)
			require.NoError(t, err)
			switch {
			case damaged && found.failure != "":
				failures++
			case damaged && len(found.rejects) > 0:
				rejects++
			case !damaged:
				require.Empty(t, found.failure)
				for _, line := range found.rejects {
					require.Contains(t, line, "\tbad-time\t", "%s: %q", table.about, table.flags())
				}
				if strings.Count(found.result, "\n") > 2 {
					groups++
				}
			}
		}
	}
	require.Greater(t, groups, tries/3)
	require.Greater(t, rejects, tries/2)
	require.Positive(t, failures)
}

// TestWatch watches children that succeed, fail, crash and hang.
func TestWatch(t *testing.T) {
	const begin = `echo '{"case":5,"kind":2}'; `
	c := config{seed: 3, from: 4, bytes: defaultBytes, hang: time.Minute}
	watch := func(text string) (count, error) {
		cases, counts, err := c.watch(context.Background(), exec.Command("sh", "-c", text))
		require.EqualValues(t, 2, cases)
		return counts[2], err
	}
	name := kinds[2].name
	got, err := watch(begin + `echo '{"case":5,"kind":2,"done":true}'`)
	require.NoError(t, err)
	require.Equal(t, count{name, 1, 0, 0, 0}, got)

	const repeat = "\nto repeat it: go run ./cmd/dev/soak --seed 3 --case 5"
	got, err = watch(begin + `echo '{"case":5,"kind":2,"done":true,"error":"bad"}'`)
	require.EqualError(t, err, "case 5: bad"+repeat)
	require.Equal(t, count{name, 1, 1, 0, 0}, got)

	got, err = watch(begin + `exit 7`)
	require.EqualError(t, err, "case 5: "+name+": the child process failed: exit status 7"+repeat)
	require.Equal(t, count{name, 0, 0, 1, 0}, got)

	c.hang = 2 * time.Second
	got, err = watch(begin + `exec sleep 60`)
	require.EqualError(t, err, "case 5: "+name+": still running after 2s"+repeat)
	require.Equal(t, count{name, 0, 0, 0, 1}, got)

	c.bytes = 1000
	_, err = watch(begin + `exit 7`)
	require.ErrorContains(t, err, repeat+" --bytes 1000")
}

func TestUsage(t *testing.T) {
	for _, args := range [][]string{
		{"x"}, {"--minutes", "0"}, {"--minutes", "x"}, {"--minutes", "NaN"}, {"--minutes", "Inf"}, {"--bytes", "0"}, {"--none"},
	} {
		_, err := parse(args)
		require.Error(t, err, "%q", args)
	}
	_, err := parse([]string{"--minutes", "-1"})
	require.EqualError(t, err, "--minutes must be above 0 and at most 1000000, got -1")
	c, err := parse([]string{"--seed", "3", "--case", "0", "--minutes", "0.3"})
	require.NoError(t, err)
	require.True(t, c.single)
	require.Equal(t, 0.3, c.minutes)
}

func TestSaveAndRender(t *testing.T) {
	folder := t.TempDir()
	page := filepath.Join(folder, "page.md")
	require.NoError(t, os.WriteFile(page, []byte("before\n"+beginMarker+"\n"+endMarker+"\nafter\n"), 0o666))
	require.ErrorIs(t, render(folder, page), errNoReport)
	r := newReport(config{seed: 9, minutes: 30}, time.Now().Add(-30*time.Minute), 12, []count{{"a", 3, 0, 0, 0}, {"b", 4, 1, 2, 3}})
	require.NoError(t, r.save(folder))
	require.NoError(t, render(folder, page))
	content, err := os.ReadFile(page)
	require.NoError(t, err)
	require.Equal(t, "before\n"+beginMarker+"\n"+r.table()+endMarker+"\nafter\n", string(content))
	require.Contains(t, string(content), ": 12 cases in 30 minutes, `make soak MINUTES=30 SEED=9`.\n\n| kind |")
	require.Contains(t, string(content), "| a | 3 | 0 | 0 | 0 |\n| b | 4 | 1 | 2 | 3 |\n| all | 7 | 1 | 2 | 3 |\n")
}

// TestAdd adds a run to one before it.
func TestAdd(t *testing.T) {
	before := newReport(config{seed: 9, minutes: 2}, time.Now(), 12, []count{{"a", 3, 0, 0, 0}, {"b", 4, 1, 2, 3}})
	r := newReport(config{seed: 9, minutes: 1.5}, time.Now(), 5, []count{{"a", 1, 0, 0, 0}, {"b", 1, 1, 1, 1}})
	require.NoError(t, r.add(before))
	require.Equal(t, []count{{"a", 4, 0, 0, 0}, {"b", 5, 2, 3, 4}}, r.Counts)
	require.EqualValues(t, 17, r.Cases)
	require.Equal(t, 3.5, r.Asked)
	for _, counts := range [][]count{{{Kind: "a"}}, {{Kind: "a"}, {Kind: "c"}}} {
		before.Counts = counts
		require.ErrorContains(t, r.add(before), "the saved counts are of ")
	}
}

// TestCommandOfShortSoak checks that the command in the table has the minutes
// that were asked for.
func TestCommandOfShortSoak(t *testing.T) {
	r := newReport(config{seed: 9, minutes: 0.3}, time.Now().Add(-20*time.Second), 1, nil)
	require.Contains(t, r.table(), ": 1 cases in 0.3 minutes, `make soak MINUTES=0.3 SEED=9`.\n")
}

// TestCommittedTable checks that the table in the repository is that of the saved
// report, and that the report is of a soak of 30 minutes without failures.
func TestCommittedTable(t *testing.T) {
	root := filepath.Join("..", "..", "..")
	r, err := load(filepath.Join(root, "profiles", "soak"))
	if errors.Is(err, errNoReport) {
		t.Skip(err)
	}
	require.NoError(t, err)
	content, err := os.ReadFile(filepath.Join(root, "profiles", "SOAK.md"))
	require.NoError(t, err)
	require.Contains(t, string(content), beginMarker+"\n"+r.table()+endMarker)
	require.GreaterOrEqual(t, r.Minutes, 29.5)
	for _, c := range r.Counts {
		require.Positive(t, c.Tries, c.Kind)
		require.Equal(t, count{c.Kind, c.Tries, 0, 0, 0}, c)
	}
}
