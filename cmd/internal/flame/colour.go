package flame

import (
	"fmt"
	"hash/fnv"
	"strings"
)

// module starts the paths of this module's packages.
const module = "onebrc/"

// Group is a group of functions, which have similar colours.
type Group struct {
	Name string
	of   func(packagePath string) bool
	rgb  [3]int
}

// groups lists the groups. The first one that matches counts.
var groups = [...]Group{
	{"this project", func(p string) bool { return p == "main" || strings.HasPrefix(p, module) }, [3]int{240, 150, 70}},
	{"Go runtime", func(p string) bool { return p == "runtime" || strings.Contains(p, "/runtime/") || p == "" }, [3]int{110, 165, 220}},
	{"other modules", func(p string) bool { return strings.Contains(strings.SplitN(p, "/", 2)[0], ".") }, [3]int{190, 145, 210}},
	{"standard library", func(string) bool { return true }, [3]int{130, 195, 120}},
}

// Groups returns all groups.
func Groups() []Group { return groups[:] }

// Colour returns the colour of the group in a legend, as #rrggbb. Text on it is black.
func (g Group) Colour() string { return hex(g.rgb) }

// GroupOf returns the group of a function.
func GroupOf(function string) Group {
	p := PackageOf(function)
	for _, g := range groups {
		if g.of(p) {
			return g
		}
	}
	panic("flame: the last group has all functions")
}

// Colour returns the colour of a function's group, slightly lighter or darker depending
// on its name. Root is grey.
func Colour(function string) string {
	if function == Root {
		return "#d8d8d8"
	}
	hash := fnv.New32a()
	hash.Write([]byte(function))
	shift := int(hash.Sum32()%31) - 15
	rgb := GroupOf(function).rgb
	return hex([3]int{rgb[0] + shift, rgb[1] + shift, rgb[2] + shift})
}

// hex formats a colour. Its parts are from 0 to 255.
func hex(rgb [3]int) string { return fmt.Sprintf("#%02x%02x%02x", rgb[0], rgb[1], rgb[2]) }

// PackageOf returns the path of a function's package. It returns "" for assembly
// functions without a package.
func PackageOf(function string) string {
	function, _, _ = strings.Cut(function, "[") // type arguments may have paths
	slash := strings.LastIndexByte(function, '/') + 1
	name, _, ok := strings.Cut(function[slash:], ".")
	if !ok {
		return ""
	}
	return function[:slash] + name
}
