//go:build !parquet

package main

import "testing"

// TestGroupWithoutParquet checks that a program without Parquet says how to get one with it.
func TestGroupWithoutParquet(t *testing.T) {
	requireUsage(t, group(t, "", "-f", "parquet"),
		"--format parquet: this 1brc was built without it, so that it is smaller and starts faster; build it with: go build -tags parquet ./cmd/1brc")
}
