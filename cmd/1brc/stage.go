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

// checkStage refuses what --stage can't be together with.
func (c *config) checkStage(command *cobra.Command, args []string) error {
	if _, err := stages.ByName(c.stage); err != nil {
		return cli.UsageError{Err: err}
	}
	for _, name := range []string{"kernel", "chunk-size", "max-memory", "numa", "cpus", "smt"} {
		if command.Flags().Changed(name) {
			return cli.Usagef("--%s has no effect on a --stage", name)
		}
	}
	if c.badRows.onError == onErrorSkip {
		return cli.Usagef("--on-error skip is for the engine: a --stage ends at the first bad row")
	}
	if len(args) != 1 || args[0] == stdinArgument {
		return cli.Usagef("--stage needs exactly one FILE, which is not standard input")
	}
	return nil
}

// runStage aggregates the file at path the way of the stage --stage.
func (c *config) runStage(ctx context.Context, path string) (*engine.Result, error) {
	stage, err := stages.ByName(c.stage)
	if err != nil {
		return nil, err
	}
	return stage.Run(ctx, path, c.options.Workers)
}

// printStages lists the names of all stages in order.
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

// completeStages completes the last of several names with commas between them.
func completeStages(_ *cobra.Command, _ []string, text string) ([]cobra.Completion, cobra.ShellCompDirective) {
	before := text[:strings.LastIndexByte(text, ',')+1]
	return stageNames(before), cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveNoSpace
}

// stageNames are the completions of all stages, each behind the text before.
func stageNames(before string) []cobra.Completion {
	var names []cobra.Completion
	for _, stage := range stages.All() {
		names = append(names, cobra.CompletionWithDesc(before+stage.Name, stage.Idea))
	}
	return names
}
