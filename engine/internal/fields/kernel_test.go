package fields_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"onebrc/engine/internal/enginetest"
	"onebrc/engine/internal/fields"
	"onebrc/engine/internal/kernel"
)

func TestNamesAndSelectAgree(t *testing.T) {
	names := fields.Names()
	require.Equal(t, kernel.Auto, names[0])
	require.ElementsMatch(t, kernel.Names(), names, "one option selects the kernels of both packages")
	var running []string
	for _, k := range fields.All() {
		selected, err := fields.Select(k.Name)
		require.NoError(t, err)
		require.Same(t, k, selected)
		for _, pass := range []any{k.Index, k.Integers, k.WideIntegers, k.Decimals, k.WideDecimals, k.Keys, k.Hash, k.Accumulate} {
			require.NotNil(t, pass)
		}
		running = append(running, k.Name)
	}
	require.Subset(t, names[1:], running)
	require.Equal(t, "generic", running[len(running)-1], "the fallback must be last")
	for _, n := range names[1:] {
		selected, err := fields.Select(n)
		switch {
		case n == "neon": // package kernel alone has it
			require.NoError(t, err)
			require.Equal(t, "generic", selected.Name)
		case slices.Contains(running, n):
			require.NoError(t, err)
			require.Equal(t, n, selected.Name)
		default:
			require.Error(t, err)
		}
	}
}

func TestSelect(t *testing.T) {
	t.Setenv(kernel.Variable, "")
	best, err := fields.Select("")
	require.NoError(t, err)
	require.Same(t, fields.All()[0], best)
	t.Setenv(kernel.Variable, "generic")
	k, err := fields.Select(kernel.Auto)
	require.NoError(t, err)
	require.Equal(t, "generic", k.Name)
	t.Setenv(kernel.Variable, "none")
	_, err = fields.Select(kernel.Auto)
	require.EqualError(t, err, "ONEBRC_KERNEL must be one of "+strings.Join(fields.Names(), ", ")+`, got "none"`)
	_, err = fields.Select("nothing")
	require.EqualError(t, err, "Kernel must be one of "+strings.Join(fields.Names(), ", ")+`, got "nothing"`)
}

// TestRequiredKernels skips a subtest for each kernel that cannot run here, and
// fails if ONEBRC_REQUIRE names it.
func TestRequiredKernels(t *testing.T) {
	running := enginetest.Kernels(t, fields.Names()[1:], func(name string) error {
		_, err := fields.Select(name)
		return err
	})
	require.Contains(t, running, "generic")
	for _, name := range fields.Names()[1:] {
		t.Run(name, func(t *testing.T) {
			if _, err := fields.Select(name); err != nil {
				require.ErrorContains(t, err, "needs CPU features that this machine lacks: ")
				t.Skip(err)
			}
			require.Contains(t, running, name)
		})
	}
}
