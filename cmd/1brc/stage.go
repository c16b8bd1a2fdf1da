package main

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"onebrc/cmd/internal/cli"
	"onebrc/engine"
	"onebrc/engine/stages"
)

// checkStage refuses flags and inputs that a stage cannot use. changed reports
// whether a flag is given.
func (c *config) checkStage(changed func(flag string) bool, args []string) error {
	if _, err := stages.ByName(c.stage); err != nil {
		return cli.Usagef("--stage: %s", strings.TrimPrefix(err.Error(), "stages: "))
	}
	for _, name := range []string{"kernel", "chunk-size", "max-memory", "temp-dir", "no-spill", "numa", "cpus", "smt", "percentiles"} {
		if changed(name) {
			return cli.Usagef("--%s cannot be used with --stage", name)
		}
	}
	if c.badRows.onError.Value == onErrorSkip {
		return cli.Usagef("--on-error skip cannot be used with --stage: a stage ends at the first bad row")
	}
	if len(args) != 1 || args[0] == stdinArgument {
		return cli.Usagef("--stage needs exactly one FILE, which is not standard input")
	}
	return nil
}

// runStage aggregates the file at path with the stage of --stage.
func (c *config) runStage(ctx context.Context, path string) (*engine.Result, error) {
	stage, err := stages.ByName(c.stage)
	if err != nil {
		return nil, err
	}
	return stage.Run(ctx, path, c.options.Workers)
}

// printStages prints the names of all stages in order.
func printStages() error {
	return toStdout(func(w io.Writer) error {
		for _, stage := range stages.All() {
			if _, err := fmt.Fprintln(w, stage.Name); err != nil {
				return err
			}
		}
		return nil
	})
}

// completeStage completes the name of a stage.
func completeStage(*cobra.Command, []string, string) ([]cobra.Completion, cobra.ShellCompDirective) {
	return stageNames(""), cobra.ShellCompDirectiveNoFileComp
}

// completeStages completes the last name of a comma-separated list.
func completeStages(_ *cobra.Command, _ []string, text string) ([]cobra.Completion, cobra.ShellCompDirective) {
	before := text[:strings.LastIndexByte(text, ',')+1]
	return stageNames(before), cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveNoSpace
}

// stageNames returns the completions of all stages, each after the text before.
func stageNames(before string) []cobra.Completion {
	var names []cobra.Completion
	for _, stage := range stages.All() {
		names = append(names, cobra.CompletionWithDesc(before+stage.Name, stage.Idea))
	}
	return names
}
