package conform

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"onebrc/cmd/internal/profile"
)

var update = flag.Bool("update", false, "write the tables in testdata/README.md")

const readme = "../../../testdata/README.md"

// TestReadme checks that testdata/README.md has the cases, or writes them there.
func TestReadme(t *testing.T) {
	content, err := os.ReadFile(readme)
	require.NoError(t, err)
	want := string(content)
	for _, section := range []struct{ name, table string }{
		{"classes", classesTable(t)}, {"golden", casesTable(t, legal)}, {"bad", malformedTable(t)}, {"generated", casesTable(t, generated())},
	} {
		want, err = profile.ReplaceBetween(want, "<!-- "+section.name+": begin -->", "<!-- "+section.name+": end -->", section.table)
		require.NoError(t, err)
	}
	if *update {
		require.NoError(t, os.WriteFile(readme, []byte(want), 0o666))
		return
	}
	require.Equal(t, want, string(content), "go test ./cmd/internal/conform -run Readme -update")
}

func markdown(t *testing.T, rows [][]string) string {
	var b strings.Builder
	require.NoError(t, writeTable(&b, Markdown, rows))
	return b.String()
}

func classesTable(t *testing.T) string {
	rows := [][]string{{"class", "is about"}}
	for _, c := range classes {
		rows = append(rows, []string{"`" + string(c.class) + "`", c.about})
	}
	return markdown(t, rows)
}

func casesTable(t *testing.T, cases []Case) string {
	rows := [][]string{{"case", "class", "covers"}}
	for _, c := range cases {
		rows = append(rows, []string{"`" + c.Name + "`", string(c.Class), c.About})
	}
	return markdown(t, rows)
}

func malformedTable(t *testing.T) string {
	rows := [][]string{{"case", "covers", "expected"}}
	for _, c := range malformed {
		expected, err := embedded("bad/" + c.Name + ".err")
		require.NoError(t, err)
		rows = append(rows, []string{"`" + c.Name + "`", c.About, fmt.Sprintf("`%s`", strings.TrimSpace(expected))})
	}
	return markdown(t, rows)
}
