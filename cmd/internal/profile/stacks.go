package profile

import (
	"bytes"
	"fmt"
	"maps"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/google/pprof/profile"

	"onebrc/cmd/internal/flame"
)

// module starts the paths of this module's packages.
const module = "onebrc/"

// The indexes of values in the samples of Go's profiles.
const (
	cpuValue              = 1 // nanoseconds
	allocatedObjectsValue = 0
	allocatedBytesValue   = 1
)

// readProfile reads and checks a profile.
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

// readAndClean reads a profile, removes the paths of this machine from it, and
// writes it back.
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

// clean replaces paths. A program keeps only its base name. The source file of a
// function gets the path of its package, relative to the root of this module (where
// pprof -list finds it) or of Go's library.
func clean(p *profile.Profile) {
	for _, m := range p.Mapping {
		m.File = filepath.Base(m.File)
	}
	for _, f := range p.Function {
		if f.Filename == "" {
			continue
		}
		name := path.Base(filepath.ToSlash(f.Filename))
		f.Filename = strings.TrimPrefix(path.Join(flame.PackageOf(f.Name), name), module)
	}
}

// stacks evaluates a profile for one of its values.
type stacks struct {
	tree  *flame.Node // the root stands for all functions
	total int64
	self  map[string]int64 // by function, without the functions that it calls
	sets  []stackSet
}

// stackSet is the set of functions of one stack.
type stackSet struct {
	functions map[string]bool
	value     int64
}

// newStacks evaluates the value with index place of each sample.
func newStacks(p *profile.Profile, place int) *stacks {
	all := stacksOf(p, place)
	s := &stacks{tree: flame.Tree(all), self: map[string]int64{}}
	for _, stack := range all {
		s.total += stack.Value
		set := map[string]bool{}
		for _, name := range stack.Functions {
			set[name] = true
		}
		s.self[stack.Functions[len(stack.Functions)-1]] += stack.Value
		s.sets = append(s.sets, stackSet{set, stack.Value})
	}
	return s
}

// stacksOf returns the stacks of a profile that have a value with index place.
func stacksOf(p *profile.Profile, place int) []flame.Stack {
	var all []flame.Stack
	for _, sample := range p.Sample {
		if names, value := functionsOf(sample), sample.Value[place]; value != 0 && len(names) > 0 {
			all = append(all, flame.Stack{Functions: names, Value: value})
		}
	}
	return all
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

// top returns the function with the largest share, without the functions that it
// calls. Of equal ones it returns the first by name.
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

// has reports whether the stack has a function that matches.
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
