//go:build unix

package main

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// TestConformWrong checks a program that prints something else.
func TestConformWrong(t *testing.T) {
	got := execute(t, nil, "conform", "--command", "cat {}", "--case", "single-row,empty-row-first")
	require.Equal(t, 1, got.code)
	require.Equal(t, "1brc conform: 1 of 1 legal cases are not right\n", got.stderr)
	require.Contains(t, got.stdout, "cat {}: 0 of 1 legal cases are right (ties: up, time limit 30 s)\n")
	require.Regexp(t, `(?m)^single-row +boundaries +wrong +1 of 1 stations, the first: "`, got.stdout)
	require.Regexp(t, `(?m)^empty-row-first +malformed +accepted +unlike without bad rows: `, got.stdout)
}

func TestConformHangs(t *testing.T) {
	got := execute(t, nil, "conform", "--command", `sh -c "sleep 1000; cat {}"`, "--case", "single-row", "--timeout", "200ms", "--table", "markdown")
	require.Equal(t, 1, got.code)
	require.Contains(t, got.stdout, "| single-row | boundaries | hung | `timed out: it still ran after 200ms and was killed` |\n")
}

// TestConformShell runs a program that reads its standard input, as CONFORM.md shows it.
func TestConformShell(t *testing.T) {
	got := execute(t, nil, "conform", "--command", `sh -c "'`+binary+`' <{}"`, "--case", "single-row,empty-row-first", "--all")
	require.Equal(t, 0, got.code, got.stderr)
	require.Regexp(t, `(?m)^single-row +boundaries +right$`, got.stdout)
	require.Regexp(t, `(?m)^empty-row-first +malformed +refused `, got.stdout)
}
