//go:build linux

package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestCommittedPage checks that the page in the repository is what the report makes of it,
// and that only the ranges of a part of the tasks ran again after each fault.
func TestCommittedPage(t *testing.T) {
	folder := filepath.Join("..", "..", "..", "profiles")
	r, err := readReport(folder)
	require.NoError(t, err)
	want, err := r.page()
	require.NoError(t, err)
	got, err := os.ReadFile(filepath.Join(folder, "SPARK.md"))
	require.NoError(t, err)
	require.Equal(t, string(want), string(got))

	require.NotEmpty(t, r.Scale())
	require.GreaterOrEqual(t, len(r.Faults()), len(faults))
	for _, c := range r.Faults() {
		require.Positive(t, c.Again, c.Name)
		require.Less(t, c.Again, c.Ranges, c.Name)
	}
}

// TestMedian checks the median of even and odd numbers of times.
func TestMedian(t *testing.T) {
	require.Equal(t, 2.0, median([]float64{3, 1, 2}))
	require.Equal(t, 2.5, median([]float64{4, 1, 2, 3}))
	require.Equal(t, "2.50 (1.00 to 4.00)", spread([]float64{4, 1, 2, 3}))
}
