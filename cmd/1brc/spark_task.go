package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"github.com/spf13/cobra"

	"onebrc/cmd/internal/cli"
	"onebrc/cmd/internal/spark"
	"onebrc/engine"
)

// newSparkTaskCommand returns the command spark-task, which executors run.
func newSparkTaskCommand() *cobra.Command {
	badRows := cli.Choice[spark.BadRows]{Value: spark.BadRowsOf(engine.BadRowsFail), All: spark.AllBadRows(), Kind: "fail|skip|keep"}
	command := &cobra.Command{
		Use:    spark.TaskCommand,
		Hidden: true, // people have no use for it
		Short:  "Read the ranges of a task of 1brc spark",
		Long: `Read the ranges of a task of 1brc spark.

The query of 1brc spark runs this command. Lines on standard input are ranges of
files; rows on standard output are their partial result. The documentation of package
cmd/internal/spark has the formats.`,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error { return runSparkTask(badRows.Value.Mode()) },
	}
	command.Flags().Var(&badRows, spark.BadRowsFlag, "what to return of bad rows: the first one, their number, or all: "+list(badRows.All))
	return command
}

// runSparkTask prints the partial result of the ranges on standard input.
func runSparkTask(mode engine.BadRowMode) error {
	ctx, stop := cli.SignalContext()
	go func() {
		waitForParent()
		stop()
	}()
	_, err := untilSignal(ctx, func() (any, error) {
		ranges, err := spark.ReadRanges(os.Stdin)
		if err != nil {
			return nil, fmt.Errorf("standard input: %w", err)
		}
		// Spark runs as many processes as there are cores.
		o := engine.Options{Workers: 1, NUMA: engine.NUMAOff}
		partial, err := engine.AggregatePartial(ctx, o, mode, ranges...)
		if err != nil {
			return nil, explainTask(err)
		}
		// Not toStdout: a reader that stops early is no success here.
		return nil, spark.WriteRows(os.Stdout, partial, len(ranges))
	})
	return err
}

// waitForParent returns soon after the end of the process that started this one. Spark
// cancels a job by ending its executors, which leave their processes behind.
func waitForParent() {
	for parent := os.Getppid(); os.Getppid() == parent; {
		time.Sleep(time.Second)
	}
}

// explainTask makes err say what people can do about it.
func explainTask(err error) error {
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission) {
		host, hostErr := os.Hostname()
		if hostErr != nil {
			host = "a worker"
		}
		return fmt.Errorf("%w on %s: all workers must have the files at the same paths", err, host)
	}
	return err
}
