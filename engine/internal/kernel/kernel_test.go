package kernel_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"onebrc/engine/internal/enginetest"
	"onebrc/engine/internal/kernel"
)

func TestNamesAndSelectAgree(t *testing.T) {
	names := kernel.Names()
	require.Equal(t, kernel.Auto, names[0])
	require.Contains(t, names, "generic")
	seen := map[string]bool{}
	for _, n := range names {
		require.False(t, seen[n], "%s is listed twice", n)
		seen[n] = true
	}

	// Select returns each kernel of All by its name.
	var running []string
	for _, k := range kernel.All() {
		selected, err := kernel.Select(k.Name)
		require.NoError(t, err)
		require.Same(t, k, selected)
		require.NotNil(t, k.Index)
		require.NotNil(t, k.Decode)
		require.NotNil(t, k.Accumulate)
		require.NotNil(t, k.Count)
		running = append(running, k.Name)
	}
	require.Subset(t, names[1:], running)
	require.Equal(t, "generic", running[len(running)-1], "the fallback must be last")

	// Select refuses a kernel that cannot run here instead of replacing it.
	for _, n := range names[1:] {
		selected, err := kernel.Select(n)
		if err == nil {
			require.Equal(t, n, selected.Name)
			require.Contains(t, running, n)
		} else {
			require.NotContains(t, running, n)
		}
	}
}

func TestSelectAuto(t *testing.T) {
	t.Setenv(kernel.Variable, "")
	for _, n := range []string{"", kernel.Auto} {
		k, err := kernel.Select(n)
		require.NoError(t, err)
		require.Same(t, kernel.All()[0], k)
	}
}

func TestSelectUnknown(t *testing.T) {
	for _, n := range []string{"none", "Generic", " generic", "generic,"} {
		_, err := kernel.Select(n)
		require.ErrorContains(t, err, n)
		for _, known := range kernel.Names() {
			require.ErrorContains(t, err, known)
		}
	}
}

func TestSelectVariable(t *testing.T) {
	for _, k := range kernel.All() {
		t.Setenv(kernel.Variable, k.Name)
		selected, err := kernel.Select(kernel.Auto)
		require.NoError(t, err)
		require.Same(t, k, selected)
		selected, err = kernel.Select("generic")
		require.NoError(t, err)
		require.Equal(t, "generic", selected.Name, "a name takes precedence over the variable")
	}
	t.Setenv(kernel.Variable, "none")
	_, err := kernel.Select(kernel.Auto)
	require.ErrorContains(t, err, "ONEBRC_KERNEL must be one of auto, ")
	_, err = kernel.Select("nothing")
	require.EqualError(t, err, "Kernel must be one of "+strings.Join(kernel.Names(), ", ")+`, got "nothing"`)
}

// TestRequiredKernels skips a subtest for each kernel that cannot run here, and
// fails if ONEBRC_REQUIRE names it.
func TestRequiredKernels(t *testing.T) {
	running := enginetest.Kernels(t, kernel.Names()[1:], func(name string) error {
		_, err := kernel.Select(name)
		return err
	})
	require.Contains(t, running, "generic")
	for _, name := range kernel.Names()[1:] {
		t.Run(name, func(t *testing.T) {
			if _, err := kernel.Select(name); err != nil {
				require.ErrorContains(t, err, "needs CPU features that this machine lacks: ")
				t.Skip(err)
			}
			require.Contains(t, running, name)
		})
	}
}

// TestSetWithOthers checks a set that lacks a kernel of another one.
func TestSetWithOthers(t *testing.T) {
	best, last := "best", "last"
	s := kernel.Set[string]{
		Kernels:  []*string{&best, &last},
		Others:   []string{kernel.Auto, "best", "other", "last"},
		Describe: func(k *string) (string, []string) { return *k, nil },
	}
	require.Equal(t, []string{kernel.Auto, "best", "last", "other"}, s.Names())
	for name, want := range map[string]*string{kernel.Auto: &best, "best": &best, "other": &last, "last": &last} {
		t.Setenv(kernel.Variable, "")
		k, err := s.Select(name)
		require.NoError(t, err)
		require.Same(t, want, k, name)
		t.Setenv(kernel.Variable, name)
		k, err = s.Select("")
		require.NoError(t, err)
		require.Same(t, want, k, name)
	}
	_, err := s.Select("none")
	require.EqualError(t, err, `Kernel must be one of auto, best, last, other, got "none"`)
}
