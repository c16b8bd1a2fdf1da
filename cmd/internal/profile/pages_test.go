package profile

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// repository is the root of the module.
var repository = filepath.Join("..", "..", "..")

// TestLengthOfReadme keeps the main README short.
func TestLengthOfReadme(t *testing.T) {
	content, err := os.ReadFile(filepath.Join(repository, "README.md"))
	require.NoError(t, err)
	require.LessOrEqual(t, strings.Count(string(content), "\n"), 150)
}

var (
	linked = regexp.MustCompile(`(?:\]\(|src(?:set)?=")([^)"\s]+)[)"]`)
	fences = regexp.MustCompile("(?ms)^```.*?^```$")
	spans  = regexp.MustCompile("`[^`\n]*`")
)

// targets returns the targets of the links in a page.
func targets(page string) []string {
	var all []string
	for _, found := range linked.FindAllStringSubmatch(spans.ReplaceAllString(fences.ReplaceAllString(page, ""), ""), -1) {
		all = append(all, found[1])
	}
	return all
}

// anchors returns the anchors of a page's headings, as GitHub makes them.
func anchors(page string) []string {
	var all []string
	for _, found := range regexp.MustCompile(`(?m)^#+ (.*?)\r?$`).FindAllStringSubmatch(fences.ReplaceAllString(page, ""), -1) {
		text := regexp.MustCompile(`[^\w\- ]`).ReplaceAllString(strings.ToLower(found[1]), "")
		all = append(all, strings.ReplaceAll(text, " ", "-"))
	}
	return all
}

func TestTargets(t *testing.T) {
	page := "# A `B`: c\n[a](b) `[c](d)`\n<img src=\"e\" srcset=\"f\">\n```\n# no heading\n[g](h)\n```\n[i](j#k)\n"
	require.Equal(t, []string{"b", "e", "f", "j#k"}, targets(page))
	require.Equal(t, []string{"a-b-c"}, anchors(page))
}

// TestLinks checks that the relative links of all pages lead somewhere.
func TestLinks(t *testing.T) {
	var checked int
	err := filepath.WalkDir(repository, func(path string, entry os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := entry.Name()
		if entry.IsDir() && path != repository && (strings.HasPrefix(name, ".") && name != ".." || name == "testdata" && filepath.Dir(path) != repository) {
			return filepath.SkipDir
		}
		if filepath.Ext(name) != ".md" {
			return nil
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for _, target := range targets(string(content)) {
			if strings.Contains(target, "://") {
				continue
			}
			checked++
			file, anchor, hasAnchor := strings.Cut(target, "#")
			to := path
			if file != "" {
				to = filepath.Join(filepath.Dir(path), filepath.FromSlash(file))
			}
			_, err := os.Stat(to)
			require.NoError(t, err, "%s links to %s", path, target)
			if hasAnchor {
				page, err := os.ReadFile(to)
				require.NoError(t, err)
				require.Contains(t, anchors(string(page)), anchor, "%s links to %s", path, target)
			}
		}
		return nil
	})
	require.NoError(t, err)
	require.Greater(t, checked, 50)
}

// TestReadme builds the program in the README as a module beside this one, and
// runs the README's commands: they print what the README says.
func TestReadme(t *testing.T) {
	shell, err := exec.LookPath("bash")
	if err != nil || runtime.GOOS == "windows" {
		t.Skip("the commands of the README need bash")
	}
	content, err := os.ReadFile(filepath.Join(repository, "README.md"))
	require.NoError(t, err)
	root, err := filepath.Abs(repository)
	require.NoError(t, err)

	// The folder has a link to the repository as onebrc, which is not written
	// to: the first command is run in the repository, with its output here.
	folder := t.TempDir()
	require.NoError(t, os.Symlink(root, filepath.Join(folder, "onebrc")))
	mine := filepath.Join(folder, "mine")
	require.NoError(t, os.Mkdir(mine, 0o777))
	require.NoError(t, os.WriteFile(filepath.Join(mine, "go.mod"), []byte("module mine\n\ngo 1.26\n"), 0o666))
	program := regexp.MustCompile("(?s)```go\n(.*?)```").FindSubmatch(content)
	require.NotNil(t, program, "the README has a program")
	require.NoError(t, os.WriteFile(filepath.Join(mine, "main.go"), program[1], 0o666))

	run := func(dir, command string) string {
		c := exec.Command(shell, "-c", command)
		c.Dir = dir
		c.Env = append(os.Environ(), "GOPROXY=off", "GOWORK=", "GOFLAGS=")
		said, _ := c.CombinedOutput() // the exit code may be 1
		return string(said)
	}
	commands := 0
	for _, block := range regexp.MustCompile("(?s)```console\n(.*?)```").FindAllSubmatch(content, -1) {
		for _, part := range strings.Split("\n"+string(block[1]), "\n$ ")[1:] {
			command, want, _ := strings.Cut(part, "\n")
			dir := folder
			if strings.HasPrefix(command, "go build -o bin/") {
				dir, command = root, strings.Replace(command, "bin/", folder+"/bin/", 1)
			}
			require.Equal(t, strings.TrimSuffix(want, "\n"), strings.TrimSuffix(run(dir, command), "\n"), command)
			commands++
		}
	}
	require.Greater(t, commands, 5)

	// The other way: a replaced module.
	require.NoError(t, os.Remove(filepath.Join(mine, "go.work")))
	said := run(mine, "go mod edit -replace onebrc=../onebrc -require onebrc@v0.0.0 && GOFLAGS=-mod=mod GONOSUMDB='*' GONOSUMCHECK=1 GOSUMDB=off go run .")
	require.True(t, strings.HasPrefix(said, "Abidjan "), said)
}
