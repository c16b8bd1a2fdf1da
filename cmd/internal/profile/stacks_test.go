package profile

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/pprof/profile"
	"github.com/stretchr/testify/require"

	"onebrc/cmd/internal/flame"
)

// stack is one sample of a profile: its functions, the outermost first. All but the
// first function of a location are inlined into it.
type stack struct {
	locations [][]string
	value     int64
}

// newProfile returns a CPU profile of stacks.
func newProfile(stacks ...stack) *profile.Profile {
	p := &profile.Profile{
		SampleType: []*profile.ValueType{{Type: "samples", Unit: "count"}, {Type: "cpu", Unit: "nanoseconds"}},
		PeriodType: &profile.ValueType{Type: "cpu", Unit: "nanoseconds"},
		Period:     1e7,
		Mapping:    []*profile.Mapping{{ID: 1, Start: 1, Limit: 1 << 20, File: "/somewhere/bin/program", HasFunctions: true}},
	}
	functions := map[string]*profile.Function{}
	function := func(name string) *profile.Function {
		if functions[name] == nil {
			functions[name] = &profile.Function{ID: uint64(len(functions) + 1), Name: name, Filename: "/somewhere/src/file.go"}
			p.Function = append(p.Function, functions[name])
		}
		return functions[name]
	}
	for _, s := range stacks {
		sample := &profile.Sample{Value: []int64{s.value / 1e7, s.value}}
		for _, names := range s.locations {
			id := uint64(len(p.Location) + 1)
			location := &profile.Location{ID: id, Mapping: p.Mapping[0], Address: id}
			for _, name := range names {
				location.Line = append([]profile.Line{{Function: function(name), Line: 1}}, location.Line...)
			}
			p.Location = append(p.Location, location)
			sample.Location = append([]*profile.Location{location}, sample.Location...)
		}
		p.Sample = append(p.Sample, sample)
	}
	return p
}

// example returns a profile with a recursive function, an inlined function, and a
// function with two callers.
func example() *profile.Profile {
	return newProfile(
		stack{[][]string{{"main.main"}, {"onebrc/engine.b", "onebrc/engine.inlined"}}, 3e9},
		stack{[][]string{{"main.main"}, {"onebrc/engine.b"}, {"onebrc/engine.b"}}, 1e9},
		stack{[][]string{{"main.main"}, {"onebrc/engine.a"}, {"memeqbody"}}, 4e9},
		stack{[][]string{{"runtime.gc"}, {"memeqbody"}}, 2e9},
	)
}

func TestStacks(t *testing.T) {
	p := example()
	require.NoError(t, p.CheckValid())
	s := newStacks(p, cpuValue)
	require.EqualValues(t, 10e9, s.total)
	b := &flame.Node{Name: "onebrc/engine.b", Total: 4e9, Children: []*flame.Node{
		{Name: "onebrc/engine.b", Total: 1e9, Self: 1e9},
		{Name: "onebrc/engine.inlined", Total: 3e9, Self: 3e9},
	}}
	a := &flame.Node{Name: "onebrc/engine.a", Total: 4e9, Children: []*flame.Node{{Name: "memeqbody", Total: 4e9, Self: 4e9}}}
	require.Equal(t, &flame.Node{Name: "all", Total: 10e9, Children: []*flame.Node{
		{Name: "main.main", Total: 8e9, Children: []*flame.Node{a, b}},
		{Name: "runtime.gc", Total: 2e9, Children: []*flame.Node{{Name: "memeqbody", Total: 2e9, Self: 2e9}}},
	}}, s.tree)

	function, share := s.top()
	require.Equal(t, "memeqbody", function)
	require.Equal(t, 0.6, share)
	for _, test := range []struct {
		want     float64
		patterns []string
	}{
		{0.6, []string{"memeqbody"}},
		{0.4, []string{"onebrc/engine.b"}}, // counted once when it calls itself
		{0.8, []string{"onebrc/engine.a", "onebrc/engine.b"}},
		{0.8, []string{"onebrc/engine.*"}},
		{0.8, []string{"onebrc/*.a", "onebrc/*.b"}}, // wherever the package is
		{0.0, []string{"main*"}},                    // '*' matches no '.'
		{0.0, []string{"onebrc/engine."}},
		{0.0, []string{"memeq"}},
	} {
		require.Equal(t, test.want, s.share(test.patterns), test.patterns)
		require.Equal(t, test.want > 0, s.has(test.patterns), test.patterns)
	}
}

// TestShareOfMovedFunctions checks that a lesson finds a function after its package moved,
// and that a '*' in a pattern also matches that of a receiver.
func TestShareOfMovedFunctions(t *testing.T) {
	s := newStacks(newProfile(
		stack{[][]string{{"onebrc/parse.DecodeGeneric"}}, 1e9},
		stack{[][]string{{"onebrc/engine/internal/kernel.decodeAVX2"}}, 2e9},
		stack{[][]string{{"onebrc/engine/stages.(*tile).decode"}}, 1e9},
	), cpuValue)
	require.Equal(t, 0.75, s.share([]string{"onebrc/*.Decode*", "onebrc/*.decode*"}))
	require.Equal(t, 0.25, s.share([]string{"onebrc/engine/stages.(*tile).decode"}))
}

func TestStacksOfNothing(t *testing.T) {
	s := newStacks(newProfile(), cpuValue)
	function, share := s.top()
	require.Empty(t, function)
	require.Zero(t, share)
	require.Zero(t, s.share([]string{"main.main"}))
}

func TestReadAndClean(t *testing.T) {
	path := filepath.Join(t.TempDir(), "cpu.pprof")
	f, err := os.Create(path)
	require.NoError(t, err)
	require.NoError(t, example().Write(f))
	require.NoError(t, f.Close())
	_, err = readAndClean(path)
	require.NoError(t, err)

	p, err := readProfile(path)
	require.NoError(t, err)
	require.Equal(t, "program", p.Mapping[0].File)
	files := map[string]string{}
	for _, f := range p.Function {
		files[f.Name] = f.Filename
	}
	require.Equal(t, map[string]string{
		"main.main": "main/file.go", "onebrc/engine.a": "engine/file.go", "onebrc/engine.b": "engine/file.go",
		"onebrc/engine.inlined": "engine/file.go", "memeqbody": "file.go", "runtime.gc": "runtime/file.go",
	}, files)
	text, err := topText(path, "cpu")
	require.NoError(t, err)
	require.Contains(t, text, "6s 60.00% 60.00%         6s 60.00%  memeqbody")

	_, err = topText(path, "no such value")
	require.ErrorContains(t, err, "no such value")
	require.NoError(t, os.WriteFile(path, []byte("no profile"), 0o666))
	_, err = readAndClean(path)
	require.ErrorContains(t, err, "cpu.pprof: ")
}
