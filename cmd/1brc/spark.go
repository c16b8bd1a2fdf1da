package main

import (
	"context"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"onebrc/cmd/internal/cli"
	"onebrc/cmd/internal/spark"
	"onebrc/engine"
)

// sparkConfig is the command line of 1brc spark.
type sparkConfig struct {
	runConfig // which has only some of its flags here
	master    string
	home      string
	processes string // path of the program that executors run
	conf      []string
	rangeSize cli.Size
	tasks     cli.Int
	timeout   time.Duration
}

// newSparkCommand returns the command spark.
func newSparkCommand() *cobra.Command {
	c := &sparkConfig{
		runConfig: newRunConfig("1brc spark", countedNames),
		rangeSize: cli.Size{Bytes: spark.DefaultRangeBytes, Min: 1},
		tasks:     cli.Int{Value: spark.DefaultTasks, Min: 1, Max: 1_000_000},
	}
	command := &cobra.Command{
		Use:   "spark [flags] FILE...",
		Short: "Run the job of 1brc on a cluster of Apache Spark",
		Long: `Run the job of 1brc on a cluster of Apache Spark.

1brc spark divides the FILEs into ranges and has spark-sql run a query whose tasks
each start a process of 1brc for some ranges. Spark repeats tasks that fail, and
merges their results. The result is the same as that of 1brc on one machine, and so
are the errors about bad rows.

spark-sql is looked for in --spark-home, in the environment variable SPARK_HOME and in
PATH. It needs Java. The default master, local[N,4] for N CPUs, runs the job on this
machine, and gives each task four attempts; local[N] gives one.

On a cluster, all machines must have the FILEs and --program at the same paths. The
size and the modification time of each FILE are taken at the start. If a task finds
another version, the job fails.

If Spark fails, what it printed stays in a file that the error names. No other
temporary files stay. An interrupt or --timeout cancels the job.

Whoever can submit a job to a master can run any program on its workers: this command
does just that. See cmd/1brc/SPARK.md.`,
		Example: `  1brc spark --spark-home /opt/spark measurements.txt
  1brc spark --master spark://10.0.0.1:7077 --timeout 1h -o result.txt /shared/*.txt`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return cli.Usagef("need a FILE: other machines cannot read standard input")
			}
			return nil
		},
		PreRunE: func(command *cobra.Command, args []string) error { return c.check(command.Flags().Changed, args) },
		RunE:    func(_ *cobra.Command, args []string) error { return c.run(args) },
	}
	c.addFlags(command)
	return command
}

// addFlags adds the flags and how shells complete them.
func (c *sparkConfig) addFlags(command *cobra.Command) {
	flags := command.Flags()
	flags.SortFlags = false
	flags.StringVar(&c.master, "master", spark.DefaultMaster(), "`URL` of the master, or local[N,ATTEMPTS]")
	flags.StringVar(&c.home, "spark-home", "", "`DIR` of Spark, with bin/spark-sql in it; by default SPARK_HOME, or spark-sql in PATH")
	flags.StringVar(&c.processes, "program", "", "`PATH` of 1brc on the workers; by default that of this program")
	flags.StringArrayVar(&c.conf, "conf", nil, "property `KEY=VALUE` of Spark, such as spark.driver.memory=4g; may be repeated")
	flags.Var(&c.rangeSize, "range-size", "bytes of a range, such as 64MiB or 1g")
	flags.Var(&c.tasks, "tasks", "largest number of tasks; a task with several ranges is repeated as a whole")
	flags.DurationVar(&c.timeout, "timeout", 0, "cancel a job that takes longer, such as 90s or 1h; 0 means never")
	flags.StringVarP(&c.output, "output", "o", "", "write the result to `FILE` instead of standard output")
	flags.Var(&c.badRows.onError, "on-error", "what to do about a bad row: end the run, or skip the row")
	flags.StringVar(&c.badRows.path, "rejects", "", "write the bad rows to `FILE`, in input order")
	flags.Var(&c.badRows.limit, "max-rejects", "fail at the `N`th bad row, after writing it; by default there is no limit")
	flags.StringVar(&c.options.TempDir, "temp-dir", "", "write temporary files in `DIR` instead of the system's folder for them")
	completeValues(command, map[string][]string{
		"master": {spark.DefaultMaster()}, "conf": nil, "range-size": nil, "tasks": nil, "timeout": nil,
		"on-error": cli.Texts(c.badRows.onError.All), "max-rejects": nil,
	})
	// The error can only be an unknown flag, which the tests would show.
	_ = command.MarkFlagDirname("spark-home")
	_ = command.MarkFlagDirname("temp-dir")
}

// check reports wrong usage that the types of the flags do not prevent. changed reports
// whether a flag is given.
func (c *sparkConfig) check(changed func(flag string) bool, args []string) error {
	for _, property := range c.conf {
		if key, _, found := strings.Cut(property, "="); !found || key == "" {
			return cli.Usagef("--conf must be KEY=VALUE, got %q", property)
		}
	}
	switch {
	case c.master == "":
		return cli.Usagef("--master must be a URL, or local[N,ATTEMPTS]")
	case c.rangeSize.Bytes == 0:
		return cli.Usagef("--range-size must be at least 1 byte, got 0")
	case c.timeout < 0:
		return cli.Usagef("--timeout must be 0 or more, got %v", c.timeout)
	}
	for _, arg := range args {
		if isStdin(arg) {
			return cli.Usagef("FILE must be a file, got %q: other machines cannot read standard input", arg)
		}
	}
	return c.runConfig.check(changed, args)
}

// badRowMode returns what the processes return of bad rows.
func (c *sparkConfig) badRowMode() engine.BadRowMode {
	switch {
	case c.badRows.onError.Value == onErrorFail:
		return engine.BadRowsFail
	case c.badRows.path == "" && c.badRows.limit.Value == 0:
		return engine.BadRowsCount
	}
	return engine.BadRowsKeep
}

// run prints the result of the files that args name.
func (c *sparkConfig) run(args []string) error {
	var job sync.Mutex
	err := c.runConfig.run(args, func(ctx context.Context, args []string) (result, error) {
		job.Lock()
		defer job.Unlock()
		stream, err := c.compute(ctx, args)
		return streamResult{stream}, err
	})
	job.Lock() // after a signal, Spark has to cancel its job; none may begin
	return err
}

// compute runs the job.
func (c *sparkConfig) compute(ctx context.Context, args []string) (*engine.Stream, error) {
	plan, err := spark.NewPlan(args, c.rangeSize.Bytes, c.tasks.Value)
	if err != nil {
		return nil, err
	}
	job := &spark.Job{Master: c.master, Program: c.processes, Conf: c.conf, TempDir: c.options.TempDir, Timeout: c.timeout}
	if job.Program == "" {
		if job.Program, err = os.Executable(); err != nil {
			return nil, err
		}
	}
	if job.SQL, job.Home, err = spark.Find(c.home); err != nil {
		return nil, err
	}
	bar := cli.NewBar("spark", "", plan.Tasks)
	defer bar.Clear()
	if bar != nil {
		job.Progress = func(done, tasks int64) {
			if tasks == plan.Tasks { // not another stage of the query
				bar.Set(done)
			}
		}
	}
	mode := c.badRowMode()
	stream, err := job.Aggregate(ctx, plan, mode, c.badRows.add)
	if err == nil && mode == engine.BadRowsCount {
		c.badRows.count = int(stream.BadRows)
	}
	return stream, err
}
