package profile

import (
	"bytes"
	"cmp"
	"fmt"
	"maps"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/google/pprof/profile"
)

// module is the path of this module, and the start of its packages' paths.
const module = "onebrc/"

// The values that Go's profiles have in each sample, by their place.
const (
	cpuValue              = 1 // nanoseconds
	allocatedObjectsValue = 0
	allocatedBytesValue   = 1
)

// readProfile reads a profile.
func readProfile(file string) (*profile.Profile, error) {
	content, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	p, err := profile.ParseData(content)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", filepath.Base(file), err)
	}
	return p, p.CheckValid()
}

// readAndClean reads a profile, takes the paths of this machine out of it, and
// writes it again.
func readAndClean(file string) (*profile.Profile, error) {
	p, err := readProfile(file)
	if err != nil {
		return nil, err
	}
	clean(p)
	var b bytes.Buffer
	if err := p.Write(&b); err != nil {
		return nil, err
	}
	return p, os.WriteFile(file, b.Bytes(), 0o666)
}

// clean replaces paths: of the program only the base stays, and the source of
// a function is named by its package, as from the root of the module (where
// pprof -list finds it) or that of Go's library.
func clean(p *profile.Profile) {
	for _, m := range p.Mapping {
		m.File = filepath.Base(m.File)
	}
	for _, f := range p.Function {
		if f.Filename == "" {
			continue
		}
		name := path.Base(filepath.ToSlash(f.Filename))
		f.Filename = strings.TrimPrefix(path.Join(packageOf(f.Name), name), module)
	}
}

// packageOf returns the path of a function's package; that of a function in
// assembly which is in no package is "".
func packageOf(function string) string {
	function, _, _ = strings.Cut(function, "[") // type arguments have paths, too
	slash := strings.LastIndexByte(function, '/') + 1
	name, _, ok := strings.Cut(function[slash:], ".")
	if !ok {
		return ""
	}
	return function[:slash] + name
}

// node is a function in the tree of stacks: what called it is its parent.
type node struct {
	name        string
	self, total int64
	children    []*node // sorted by name
}

// child returns the child of that name, made if there is none.
func (n *node) child(name string) *node {
	at, ok := slices.BinarySearchFunc(n.children, name, func(c *node, name string) int { return cmp.Compare(c.name, name) })
	if !ok {
		n.children = slices.Insert(n.children, at, &node{name: name})
	}
	return n.children[at]
}

// stacks is a profile, evaluated for one of its values.
type stacks struct {
	tree  *node // its root is no function, but all of them
	total int64
	self  map[string]int64 // of each function, without those that it calls
	sets  []stackSet
}

// stackSet is one stack as the set of its functions.
type stackSet struct {
	functions map[string]bool
	value     int64
}

// newStacks evaluates the value at that place of each sample.
func newStacks(p *profile.Profile, place int) *stacks {
	s := &stacks{tree: &node{name: "all"}, self: map[string]int64{}}
	for _, sample := range p.Sample {
		names, value := functionsOf(sample), sample.Value[place]
		if value == 0 || len(names) == 0 {
			continue
		}
		s.total += value
		s.tree.total += value
		set := map[string]bool{}
		at := s.tree
		for _, name := range names {
			at = at.child(name)
			at.total += value
			set[name] = true
		}
		at.self += value
		s.self[at.name] += value
		s.sets = append(s.sets, stackSet{set, value})
	}
	return s
}

// functionsOf returns the functions of a stack, the outermost first.
func functionsOf(sample *profile.Sample) []string {
	var names []string
	for _, location := range slices.Backward(sample.Location) {
		for _, line := range slices.Backward(location.Line) { // inlined ones come first
			if line.Function != nil {
				names = append(names, line.Function.Name)
			}
		}
	}
	return names
}

// top returns the function with the largest share of its own; of equal ones it
// takes the first by name.
func (s *stacks) top() (function string, share float64) {
	var most int64
	for _, name := range slices.Sorted(maps.Keys(s.self)) {
		if s.self[name] > most {
			function, most = name, s.self[name]
		}
	}
	if s.total == 0 {
		return "", 0
	}
	return function, float64(most) / float64(s.total)
}

// share returns the share of the stacks that have a function which matches one
// of the patterns, at any depth. In a pattern, '*' stands for any text without
// a '.': onebrc/*.decode* is a function of any package of this module.
func (s *stacks) share(patterns []string) float64 {
	matched := matcher(patterns)
	var with int64
	for _, set := range s.sets {
		if set.has(matched) {
			with += set.value
		}
	}
	return float64(with) / float64(max(s.total, 1))
}

// has reports whether any stack has a function that matches one of the
// patterns.
func (s *stacks) has(patterns []string) bool {
	matched := matcher(patterns)
	return slices.ContainsFunc(s.sets, func(set stackSet) bool { return set.has(matched) })
}

func (set stackSet) has(matched *regexp.Regexp) bool {
	for function := range set.functions {
		if matched.MatchString(function) {
			return true
		}
	}
	return false
}

// matcher returns the regular expression of patterns.
func matcher(patterns []string) *regexp.Regexp {
	quoted := make([]string, len(patterns))
	for i, p := range patterns {
		quoted[i] = strings.ReplaceAll(regexp.QuoteMeta(p), `\*`, `[^.]*`)
	}
	return regexp.MustCompile(`^(?:` + strings.Join(quoted, "|") + `)$`)
}
