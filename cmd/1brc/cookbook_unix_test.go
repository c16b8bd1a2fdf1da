//go:build unix

package main

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// recipe is a section of COOKBOOK.md: lines for the shell, of 1brc first, and what 1brc
// prints.
type recipe struct {
	title, output string
	lines         []string
}

// readCookbook returns the recipes.
func readCookbook(t *testing.T) (recipes []recipe) {
	page, err := os.ReadFile("COOKBOOK.md")
	require.NoError(t, err)
	section := regexp.MustCompile("^(.*)\n\n(?:[^`\n][^\n]*\n\n)?```sh\n((?:[^`\n].*\n)+)```\n\n```\n((?:[^`\n].*\n)+)```\n\n?$")
	for _, text := range strings.Split(string(page), "\n## ")[1:] {
		parts := section.FindStringSubmatch(text + "\n")
		require.NotNil(t, parts, "not a recipe: %s", text)
		recipes = append(recipes, recipe{parts[1], parts[3], strings.Split(strings.TrimSuffix(parts[2], "\n"), "\n")})
	}
	return recipes
}

// cookbookFolder returns a folder with the files of the cookbook, and the environment for
// commands in it.
func cookbookFolder(t *testing.T) (folder string, env []string) {
	folder, programs := t.TempDir(), t.TempDir()
	require.NoError(t, os.CopyFS(folder, os.DirFS("../../testdata/cookbook")))
	require.NoError(t, os.Symlink(binary, filepath.Join(programs, "1brc")))
	path := programs + string(os.PathListSeparator) + os.Getenv("PATH")
	return folder, append(os.Environ(), "PATH="+path, "LC_ALL=C")
}

// TestCookbook runs each line of the cookbook whose program is installed. A program in
// ONEBRC_REQUIRE must be.
func TestCookbook(t *testing.T) {
	recipes := readCookbook(t)
	require.GreaterOrEqual(t, len(recipes), 20)
	folder, env := cookbookFolder(t)
	run := func(t *testing.T, line string) string {
		command := exec.Command("sh", "-c", line)
		command.Dir, command.Env = folder, env
		var stderr strings.Builder
		command.Stderr = &stderr
		out, err := command.Output()
		require.NoError(t, err, "%s\n%s", line, stderr.String())
		return string(out)
	}
	for _, r := range recipes {
		require.Contains(t, r.lines[0], "1brc ", r.title)
		require.Equal(t, r.output, run(t, r.lines[0]), r.title)
	}
	for i, program := range []string{"duckdb", "mlr", "awk"} {
		t.Run(program, func(t *testing.T) {
			problem := ""
			if _, err := exec.LookPath(program); err != nil {
				problem = "it is not installed"
			} else if program == "awk" && exec.Command("awk", `BEGIN {exit strftime("%Y", 0) == ""}`).Run() != nil {
				problem = "it has no strftime"
			}
			if problem != "" {
				if slices.Contains(strings.Split(os.Getenv("ONEBRC_REQUIRE"), ","), program) {
					t.Fatal("ONEBRC_REQUIRE: ", problem)
				}
				t.Skip(problem)
			}
			tolerance := 1e-9
			if program == "awk" {
				tolerance = 1e-5 // it prints six digits
			}
			for _, r := range recipes {
				require.Len(t, r.lines, 4, r.title)
				line := r.lines[i+1]
				require.Contains(t, line, program+" ", r.title)
				got := run(t, line)
				want := cookbookRows(t, r.output, true)
				assert.True(t, sameRows(want, cookbookRows(t, got, program != "awk"), tolerance), "%s\n%s\nprints\n%s\nnot\n%s", r.title, line, got, r.output)
			}
		})
	}
}

// cookbookRows returns the rows of CSV without quotes, whose first line may be a header, or
// of objects on lines, in the order of their texts.
func cookbookRows(t *testing.T, text string, header bool) (rows [][]string) {
	lines := strings.Split(strings.TrimSpace(strings.ReplaceAll(text, "\r", "")), "\n")
	if header && !strings.HasPrefix(lines[0], "{") {
		lines = lines[1:]
	}
	slices.Sort(lines)
	for _, line := range lines {
		if !strings.HasPrefix(line, "{") {
			rows = append(rows, strings.Split(line, ","))
			continue
		}
		var object map[string]any
		require.NoError(t, json.Unmarshal([]byte(line), &object), line)
		row := make([]string, 0, len(object))
		for name, value := range object {
			row = append(row, fmt.Sprintf("%s: %T %[2]v", name, value))
		}
		slices.Sort(row)
		rows = append(rows, row)
	}
	return rows
}

// sameRows compares numbers with a relative tolerance, and other fields as texts.
func sameRows(a, b [][]string, tolerance float64) bool {
	return slices.EqualFunc(a, b, func(a, b []string) bool {
		return slices.EqualFunc(a, b, func(a, b string) bool {
			x, errX := strconv.ParseFloat(a, 64)
			y, errY := strconv.ParseFloat(b, 64)
			if errX != nil || errY != nil {
				return a == b
			}
			return math.Abs(x-y) <= tolerance*math.Abs(x)
		})
	})
}
