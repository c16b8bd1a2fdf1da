// Package layers tests that imports point down: a package imports only packages
// of its own layer and of the layers below it.
package layers

import (
	"fmt"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"
)

// module is the path of the module.
const module = "onebrc"

// layers lists the folders of each layer's packages, from the lowest layer to the
// highest, as patterns of path.Match.
var layers = [][]string{
	{"testdata"},
	{"parse", "parse/oracle"},
	{"parse/delimited"},
	{"gen/replace"},
	{"gen"},
	{"engine/internal/topology", "engine/internal/schedule", "engine/internal/measure", "engine/internal/enginetest"},
	{"engine/internal/memory", "engine/internal/probing", "engine/internal/percent", "engine/internal/sketch"},
	{"engine/internal/partition", "engine/internal/decompress"},
	{"engine/internal/kernel", "engine/internal/table"}, // the tests of the passes fill a table
	{"engine/internal/fields"},
	{"engine/internal/source"},
	{"engine/internal/run"},
	{"engine/internal/challenge", "engine/internal/group"},
	{"engine"},
	{"engine/scaling"},
	{"engine/stages"},
	{"cmd/internal/*"},
	{"cmd/1brc", "cmd/gen", "cmd/dev/*"},
}

// testSupport lists the packages that only tests and cmd/dev may import. Package
// conform, which tests the programs of others, may import parse/oracle, too.
var testSupport = []string{"parse/oracle", "engine/internal/enginetest", "cmd/internal/faultyfile", "cmd/internal/browser"}

// layerOf returns the index of the layer of a folder, or -1.
func layerOf(folder string) int {
	for i, patterns := range layers {
		if matches(patterns, folder) {
			return i
		}
	}
	return -1
}

// matches reports whether folder matches one of the patterns.
func matches(patterns []string, folder string) bool {
	for _, p := range patterns {
		if ok, _ := path.Match(p, folder); ok {
			return true
		}
	}
	return false
}

// violations returns what is wrong with the imports of a module's Go files,
// whatever their platform and build tags. Like the go command, it ignores
// testdata and names that begin with "_" or ".".
func violations(root fs.FS) (wrong []string, err error) {
	err = fs.WalkDir(root, ".", func(name string, entry fs.DirEntry, err error) error {
		base := path.Base(name)
		switch {
		case err != nil || name == ".":
			return err
		case base[0] == '_' || base[0] == '.' || base == "testdata":
			if entry.IsDir() {
				return fs.SkipDir
			}
			return nil
		case entry.IsDir() || path.Ext(name) != ".go":
			return nil
		}
		content, err := fs.ReadFile(root, name)
		if err != nil {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, content, parser.ImportsOnly)
		if err != nil {
			return err
		}
		for _, spec := range file.Imports {
			imported, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return err
			}
			if text := violation(name, imported); text != "" {
				wrong = append(wrong, text)
			}
		}
		if layerOf(path.Dir(name)) < 0 {
			wrong = append(wrong, fmt.Sprintf("%s: the folder %s is in no layer", name, path.Dir(name)))
		}
		return nil
	})
	return wrong, err
}

// violation returns what is wrong with an import of a file, or "".
func violation(file, imported string) string {
	to, ours := strings.CutPrefix(imported, module+"/")
	if !ours {
		return ""
	}
	from := path.Dir(file)
	switch forTests := strings.HasSuffix(file, "_test.go") || strings.HasPrefix(from, "cmd/dev/"); {
	case layerOf(from) < layerOf(to):
		return fmt.Sprintf("%s: imports %s, which is in a higher layer", file, to)
	case strings.HasPrefix(from, "cmd/") && strings.HasPrefix(to, "engine/internal/"):
		return fmt.Sprintf("%s: imports %s, which is internal to the engine", file, to)
	case matches(testSupport, to) && !forTests && !(from == "cmd/internal/conform" && to == "parse/oracle"):
		return fmt.Sprintf("%s: imports %s, which is for tests", file, to)
	}
	return ""
}

// TestImports checks the imports of this module.
func TestImports(t *testing.T) {
	root := os.DirFS("../../..")
	wrong, err := violations(root)
	require.NoError(t, err)
	require.Empty(t, wrong)
	found, err := fs.Glob(root, "parse/*.go")
	require.NoError(t, err)
	require.NotEmpty(t, found, "this is the root of the module")
}

// TestViolations checks that violations finds wrong imports.
func TestViolations(t *testing.T) {
	file := func(imports ...string) *fstest.MapFile {
		text := "package p\n"
		for _, i := range imports {
			text += "import _ " + strconv.Quote(i) + "\n"
		}
		return &fstest.MapFile{Data: []byte(text)}
	}
	for _, test := range []struct {
		name, imported, want string
	}{
		{"gen/x.go", "onebrc/parse", ""},
		{"gen/x_test.go", "onebrc/parse/oracle", ""},
		{"gen/x_test.go", "onebrc/engine", "gen/x_test.go: imports engine, which is in a higher layer"},
		{"gen/x_windows.go", "onebrc/engine", "gen/x_windows.go: imports engine, which is in a higher layer"},
		{"parse/x_test.go", "onebrc/parse/oracle", ""},
		{"parse/x_test.go", "onebrc/gen", "parse/x_test.go: imports gen, which is in a higher layer"},
		{"parse/x.go", "onebrc/parse/oracle", "parse/x.go: imports parse/oracle, which is for tests"},
		{"engine/internal/table/x.go", "onebrc/engine/internal/kernel", ""},
		{"engine/internal/schedule/x.go", "onebrc/engine/internal/table",
			"engine/internal/schedule/x.go: imports engine/internal/table, which is in a higher layer"},
		{"engine/x.go", "onebrc/engine/stages", "engine/x.go: imports engine/stages, which is in a higher layer"},
		{"cmd/internal/x/x.go", "onebrc/cmd/internal/y", ""},
		{"cmd/internal/x/x.go", "onebrc/cmd/dev/y", "cmd/internal/x/x.go: imports cmd/dev/y, which is in a higher layer"},
		{"cmd/dev/x/x.go", "onebrc/parse/oracle", ""},
		{"cmd/internal/conform/x.go", "onebrc/parse/oracle", ""},
		{"cmd/internal/conform/x.go", "onebrc/cmd/internal/faultyfile",
			"cmd/internal/conform/x.go: imports cmd/internal/faultyfile, which is for tests"},
		{"cmd/internal/x/x_test.go", "onebrc/cmd/internal/browser", ""},
		{"cmd/internal/x/x.go", "onebrc/cmd/internal/browser", "cmd/internal/x/x.go: imports cmd/internal/browser, which is for tests"},
		{"parse/x.go", "onebrc/testdata", ""},
		{"cmd/dev/x/x.go", "onebrc/engine/internal/run",
			"cmd/dev/x/x.go: imports engine/internal/run, which is internal to the engine"},
		{"engine/util/x.go", "fmt", "engine/util/x.go: the folder engine/util is in no layer"},
		{"x.go", "fmt", "x.go: the folder . is in no layer"},
		{"engine/_asm/x.go", "onebrc/cmd/1brc", ""},
		{"engine/testdata/x.go", "onebrc/cmd/1brc", ""},
	} {
		wrong, err := violations(fstest.MapFS{test.name: file("os", test.imported)})
		require.NoError(t, err)
		require.Equal(t, test.want, strings.Join(wrong, "\n"), test.name)
	}
}
