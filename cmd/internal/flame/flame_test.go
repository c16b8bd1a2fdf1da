package flame

import (
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestTree(t *testing.T) {
	stacks := []Stack{{[]string{"main", "b"}, 3}, {[]string{"main", "b", "b"}, 1}, {[]string{"main", "a"}, 4}, {[]string{"gc"}, 2}}
	require.Equal(t, &Node{Name: Root, Total: 10, Children: []*Node{
		{Name: "gc", Self: 2, Total: 2},
		{Name: "main", Total: 8, Children: []*Node{
			{Name: "a", Self: 4, Total: 4},
			{Name: "b", Self: 3, Total: 4, Children: []*Node{{Name: "b", Self: 1, Total: 1}}},
		}},
	}}, Tree(stacks))
	require.Equal(t, []Function{
		{"a", 4, 4}, {"b", 4, 4}, {"gc", 2, 2}, {"main", 0, 8},
	}, Functions(stacks), "b counts once when it calls itself")
	require.Equal(t, &Node{Name: Root}, Tree(nil))
	require.Empty(t, Functions(nil))
}

func TestCollapsed(t *testing.T) {
	var b strings.Builder
	require.NoError(t, Write(&b, []Stack{
		{[]string{"main.main", "f[struct { a int; b int }]"}, 30}, {[]string{"a b"}, 1}, {[]string{"a b"}, 2}, {[]string{"x\ny\r"}, 4},
	}))
	require.Equal(t, "a b 3\nmain.main;f[struct { a int, b int }] 30\nx y  4\n", b.String())
	stacks, err := Parse(b.String())
	require.NoError(t, err)
	require.Equal(t, []Stack{{[]string{"a b"}, 3}, {[]string{"main.main", "f[struct { a int, b int }]"}, 30}, {[]string{"x y "}, 4}}, stacks)

	stacks, err = Parse("\r\na;b 2\r\n\nc 9223372036854775807")
	require.NoError(t, err, "CR LF, empty lines, no LF at the end")
	require.Equal(t, []Stack{{[]string{"a", "b"}, 2}, {[]string{"c"}, 1<<63 - 1}}, stacks)

	require.ErrorIs(t, Write(failing{}, stacks), errFull)
}

var errFull = errors.New("full")

type failing struct{}

func (failing) Write([]byte) (int, error) { return 0, errFull }

func TestParseErrors(t *testing.T) {
	for text, want := range map[string]string{
		"a 1\nb":                            `flame: line 2: want FUNCTION;FUNCTION VALUE, got "b"`,
		"a x":                               "line 1: the value must be an integer above 0",
		"a 0":                               "the value must be an integer above 0",
		"a -1":                              "the value must be an integer above 0",
		"a 1.5":                             "the value must be an integer above 0",
		"a 9223372036854775808":             "the value must be an integer above 0",
		"a ":                                "the value must be an integer above 0",
		"a;;b 1":                            "a function has no name",
		" 1":                                "a function has no name",
		"a; 1":                              "a function has no name",
		"a 1\n" + strings.Repeat("b", 1000): "line 2: want",
	} {
		_, err := Parse(text)
		require.ErrorContains(t, err, want, text)
		require.Less(t, len(err.Error()), 200)
	}
}

func TestPackageOf(t *testing.T) {
	for function, want := range map[string]string{
		"main.main":                           "main",
		"memeqbody":                           "",
		"runtime.(*mheap).alloc":              "runtime",
		"onebrc/engine/stages.runBytes":       "onebrc/engine/stages",
		"golang.org/x/exp/mmap.(*R).ReadAt":   "golang.org/x/exp/mmap",
		"sync/atomic.(*Pointer[a/b.T]).Load":  "sync/atomic",
		"onebrc/engine.f[go.shape.int].func1": "onebrc/engine",
	} {
		require.Equal(t, want, PackageOf(function), function)
	}
}

func TestColour(t *testing.T) {
	require.Equal(t, Colour("runtime.mallocgc"), Colour("runtime.mallocgc"))
	require.NotEqual(t, Colour("runtime.mallocgc"), Colour("runtime.memmove"))
	for function, want := range map[string]string{
		"main.main":                         "this project",
		"onebrc/kernel.IndexGeneric":        "this project",
		"runtime.mallocgc":                  "Go runtime",
		"internal/runtime/maps.(*Map).Get":  "Go runtime",
		"memeqbody":                         "Go runtime",
		"strconv.ParseFloat":                "standard library",
		"internal/bytealg.IndexByte":        "standard library",
		"github.com/dgryski/go-wyhash.Hash": "other modules",
	} {
		require.Equal(t, want, GroupOf(function).Name, function)
	}
}
