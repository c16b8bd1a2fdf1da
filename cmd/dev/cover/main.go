// Command cover reads a coverage profile from standard input and writes a table
// of the coverage of each package into a page:
//
//	go test -coverpkg ./... -coverprofile FILE ./...
//	go run ./cmd/dev/cover <FILE
package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"onebrc/cmd/internal/profile"
)

// The table goes between these lines of the page.
const (
	beginMarker = "<!-- coverage table: begin -->"
	endMarker   = "<!-- coverage table: end -->"
)

func main() {
	page := pflag.String("page", filepath.Join("profiles", "COVERAGE.md"), "file with the table")
	pflag.Parse()
	if err := run(os.Stdin, *page); err != nil {
		fmt.Fprintln(os.Stderr, "cover:", err)
		os.Exit(1)
	}
}

// run writes the table of a profile into the file page.
func run(from io.Reader, page string) error {
	table, err := tableOf(from, time.Now())
	if err != nil {
		return err
	}
	content, err := os.ReadFile(page)
	if err != nil {
		return err
	}
	text, err := profile.ReplaceBetween(string(content), beginMarker, endMarker, table)
	if err != nil {
		return fmt.Errorf("%s: %w", page, err)
	}
	return os.WriteFile(page, []byte(text), 0o666)
}

// block matches a line of a profile: the package and the position of a block of
// statements, their number and how often they ran.
var block = regexp.MustCompile(`^(\S+)/([^/\s]+:\S+) ([0-9]+) ([0-9]+)$`)

// tableOf returns the table of a profile. The profile may have several lines for
// one block, from different test programs.
func tableOf(from io.Reader, now time.Time) (string, error) {
	type count struct{ all, covered int }
	packages := map[string]*count{}
	statements, covered := map[string]int{}, map[string]bool{}
	lines := bufio.NewScanner(from)
	for lines.Scan() {
		found := block.FindStringSubmatch(lines.Text())
		if found == nil {
			continue // the first line, which has the mode
		}
		name := found[1] + "/" + found[2]
		n, err := strconv.Atoi(found[3])
		if err != nil {
			return "", err
		}
		of := packages[found[1]]
		if of == nil {
			of = &count{}
			packages[found[1]] = of
		}
		if _, known := statements[name]; !known {
			statements[name] = n
			of.all += n
		}
		if found[4] != "0" && !covered[name] {
			covered[name] = true
			of.covered += n
		}
	}
	if len(packages) == 0 {
		return "", errors.Join(errors.New("the profile has no blocks"), lines.Err())
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s, %s/%s, %s: `make cover`.\n\n| package | statements | covered |\n|---|--:|--:|\n",
		now.UTC().Format(time.DateOnly), runtime.GOOS, runtime.GOARCH, runtime.Version())
	for _, name := range slices.Sorted(maps.Keys(packages)) {
		of := packages[name]
		fmt.Fprintf(&b, "| `%s` | %d | %.1f %% |\n", name, of.all, 100*float64(of.covered)/float64(of.all))
	}
	return b.String(), lines.Err()
}
