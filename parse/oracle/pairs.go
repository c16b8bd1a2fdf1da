package oracle

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

// tb is a testing.TB. Programs that import this package do not import package testing.
type tb interface {
	Fatalf(format string, args ...any)
}

// Pair is a legal input and its expected output, from testdata/golden.
type Pair struct {
	Name, Path    string
	Input, Output string
}

// testdata returns the path of a folder in the module's testdata.
func testdata(folder string) string {
	_, file, _, _ := runtime.Caller(0)
	return filepath.Join(filepath.Dir(file), "..", "..", "testdata", folder)
}

// Golden returns all legal pairs.
func Golden(t tb) []Pair {
	var pairs []Pair
	each(t, testdata("golden"), ".out", func(name, path, input, output string) {
		pairs = append(pairs, Pair{name, path, input, output})
	})
	return pairs
}

// BadInputs returns all inputs with a bad row; of several, the first counts.
func BadInputs(t tb) []Bad {
	var all []Bad
	each(t, testdata("bad"), ".err", func(name, path, input, expected string) {
		b := Bad{Name: name, Path: path, Input: input}
		if _, err := fmt.Sscan(expected, &b.Line, &b.Offset, &b.Reason); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		all = append(all, b)
	})
	return all
}

// each calls do for each input in folder, with the content of the file that has
// suffix in the place of ".txt".
func each(t tb, folder, suffix string, do func(name, path, input, expected string)) {
	paths, err := filepath.Glob(filepath.Join(folder, "*.txt"))
	if err != nil || len(paths) <= 100 {
		t.Fatalf("%d pairs in %s: %v", len(paths), folder, err)
	}
	for _, path := range paths {
		name := strings.TrimSuffix(path, ".txt")
		input, err := os.ReadFile(path)
		if err != nil {
			t.Fatalf("%v", err)
		}
		expected, err := os.ReadFile(name + suffix)
		if err != nil {
			t.Fatalf("%v", err)
		}
		do(filepath.Base(name), path, string(input), string(expected))
	}
}
