package stages

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"onebrc/engine"
)

// root is the root of the module.
var root = filepath.Join("..", "..")

// TestLessons checks that each stage has a lesson, in order, and that each exercise
// leads to the next stage.
func TestLessons(t *testing.T) {
	want := append(namesWritten(), "engine-generic", "engine-avx2", "engine-avx512", "engine-neon")
	for i, l := range lessons {
		require.Equal(t, want[i], l.Stage)
		switch l.Stage {
		case "engine-avx512", "engine-neon":
			require.Empty(t, l.Answer, "%s is the last stage of its processor", l.Stage)
		default:
			require.Equal(t, want[i+1], l.Answer)
		}
		if i < len(written) {
			require.Equal(t, "engine/stages/"+stageFile(l.Stage), l.Read[0])
		}
		found, ok := LessonOf(l.Stage)
		require.True(t, ok)
		require.Equal(t, l, found)
	}
	require.Len(t, lessons, len(want))
	for _, s := range All() {
		_, ok := LessonOf(s.Name)
		require.True(t, ok, s.Name)
	}
	for _, k := range engine.Kernels()[1:] { // those of this architecture
		_, ok := LessonOf("engine-" + string(k))
		require.True(t, ok, k)
	}
	_, ok := LessonOf("none")
	require.False(t, ok)
}

var (
	// code matches the code in a sentence.
	code = regexp.MustCompile("`[^`]+`")
	// declared matches a name of Go code that is not a word.
	declared = regexp.MustCompile(`^[a-z]+[A-Z]\w*$`)
	// source matches the path of a file of the module.
	source = regexp.MustCompile(`^[a-zA-Z]\S*/\S+\.(go|md|s)$`)
)

// TestLessonsAreTrue checks that the files of a lesson exist, and that names of code in
// its sentences are in the files that it mentions.
func TestLessonsAreTrue(t *testing.T) {
	for _, l := range lessons {
		sentences := append([]string{l.See, l.Exercise}, l.Try...)
		files := l.Read
		var names []string
		for _, s := range sentences {
			require.Regexp(t, `[.?)]$`, s, l.Stage)
			require.Zero(t, strings.Count(s, "`")%2, s)
			for _, c := range code.FindAllString(s, -1) {
				switch c = strings.Trim(c, "`"); {
				case declared.MatchString(c):
					names = append(names, c)
				case source.MatchString(c):
					files = append(files, c)
				}
			}
		}
		var text strings.Builder
		for _, file := range files {
			content, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(file)))
			require.NoError(t, err, l.Stage)
			text.Write(content)
		}
		for _, name := range names {
			require.Regexp(t, `\b`+name+`\b`, text.String(), "%s: %s", l.Stage, name)
		}
		require.NotEmpty(t, l.Try)
		for _, command := range l.Show {
			require.NotContains(t, command, "\n")
		}
	}
}
