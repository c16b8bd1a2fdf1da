package main

import (
	"context"
	"testing"

	"onebrc/cmd/internal/journey"

	"github.com/spf13/pflag"
	"github.com/stretchr/testify/require"
)

func TestUsage(t *testing.T) {
	for _, args := range [][]string{
		{"file"}, {"--no-such-flag"}, {"--rows", "many"}, {"--rows", "0"}, {"--runs", "0"}, {"--fast", "-1s"}, {"--cpu", "-1s"}, {"--stages", "naive,none"},
	} {
		var usage usageError
		require.ErrorAs(t, run(context.Background(), args), &usage, args)
	}
	require.ErrorIs(t, run(context.Background(), []string{"--help"}), pflag.ErrHelp)
}

func TestRenderWithoutARun(t *testing.T) {
	require.ErrorIs(t, run(context.Background(), []string{"--render", "--folder", t.TempDir()}), journey.ErrNoRun)
}

func TestChild(t *testing.T) {
	require.ErrorContains(t, run(context.Background(), []string{childArgument, "naive"}), "1 arguments")
}
