package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"onebrc/cmd/internal/cli"
	"onebrc/cmd/internal/compare"
	"onebrc/cmd/internal/conform"
)

// conformConfig is the command line of 1brc conform.
type conformConfig struct {
	options              conform.Options
	command              string
	classes, skip, names []string
	ties                 cli.Choice[conform.Ties]
	table                cli.Choice[conform.Format]
	all, list            bool
}

// newConformCommand returns the command conform.
func newConformCommand() *cobra.Command {
	c := &conformConfig{
		ties:  cli.Choice[conform.Ties]{Value: conform.AllTies()[0], All: conform.AllTies(), Kind: "rule"},
		table: cli.Choice[conform.Format]{Value: conform.Text, All: conform.Formats(), Kind: "format"},
	}
	command := &cobra.Command{
		Use:   "conform --command 'PROGRAM ARGUMENT... {}' [flags]",
		Short: "Check a program for the challenge on cases that reveal mistakes",
		Long: `Check a program for the One Billion Row Challenge on cases that reveal mistakes.

Each case is written to a temporary file, on which the program runs; {} stands for
it. The command is split into arguments as a shell would do it, but no shell runs.
The program prints the result to standard output. It is

  right     if the output is exactly the expected one, and the exit code 0,
  wrong     if the output is another one: the report has the first difference,
  refused   if the exit code is not 0: for a malformed file, as it should be,
  crashed   if a signal or an uncaught error ended it,
  hung      if it, or a process that it left behind, ran longer than --timeout,
  accepted  if the exit code is 0 for a malformed file.

The classes of the cases are:

` + conform.DescribeClasses() + `

A mean is rounded to the nearest tenth, and a tie is rounded up. --ties says how it
is computed: "up" is exact. "double" is the baseline of the challenge, which rounds
the sum and divides it in doubles; "double-sum" is its first version, which does not
round the sum. These miss some ties.

The report has the cases that are neither right nor refused as malformed. The exit
code is 0 if all legal cases that ran are right, and otherwise 1.`,
		Example: `  1brc conform --command './entry {}'
  1brc conform --command 'sh -c "./entry <{}"' --skip extensions,malformed
  1brc conform --command './entry {}' --case mean-ties --keep .
  1brc conform --list --table markdown`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 0 {
				return cli.Usagef("takes no argument, got %q: quote the command", args[0])
			}
			return nil
		},
		PreRunE: func(*cobra.Command, []string) error { return c.check() },
		RunE:    func(*cobra.Command, []string) error { return c.run() },
	}
	flags := command.Flags()
	flags.SortFlags = false
	flags.StringVar(&c.command, "command", "", "the program as `COMMAND`, with {} for the file")
	flags.StringSliceVar(&c.classes, "class", nil, "run only the cases of these `CLASSES`")
	flags.StringSliceVar(&c.skip, "skip", nil, "leave out the cases of these `CLASSES`")
	flags.StringSliceVar(&c.names, "case", nil, "run only the cases of these `NAMES`")
	flags.Var(&c.ties, "ties", "how means are computed: up, double or double-sum")
	flags.DurationVar(&c.options.Timeout, "timeout", 30*time.Second, "kill a run that takes longer, with all processes that it has started; 0 means never")
	flags.Var(&c.table, "table", "text, markdown or json")
	flags.BoolVar(&c.all, "all", false, "list all cases in the report, also those that are right")
	flags.StringVar(&c.options.Keep, "keep", "", "keep the input and the expected output of cases that the report lists in `FOLDER`")
	flags.BoolVar(&c.list, "list", false, "list the cases and run nothing")
	// The error can only be an unknown flag, which the tests would show.
	for name, texts := range map[string][]string{
		"class": cli.Texts(conform.Classes()), "skip": cli.Texts(conform.Classes()),
		"ties": cli.Texts(c.ties.All), "table": cli.Texts(c.table.All),
	} {
		_ = command.RegisterFlagCompletionFunc(name, cobra.FixedCompletions(texts, cobra.ShellCompDirectiveNoFileComp))
	}
	_ = command.RegisterFlagCompletionFunc("case", func(*cobra.Command, []string, string) ([]cobra.Completion, cobra.ShellCompDirective) {
		return conform.CaseNames(), cobra.ShellCompDirectiveNoFileComp
	})
	return command
}

// check reports wrong usage that the types of the flags do not prevent, and chooses
// the cases.
func (c *conformConfig) check() error {
	for _, flag := range []struct {
		name         string
		given, known []string
	}{
		{"class", c.classes, cli.Texts(conform.Classes())},
		{"skip", c.skip, cli.Texts(conform.Classes())},
		{"case", c.names, conform.CaseNames()},
	} {
		for _, name := range flag.given {
			if slices.Contains(flag.known, name) {
				continue
			}
			if flag.name == "case" {
				return cli.Usagef("--case: there is no case %q: see --list", name)
			}
			return cli.Usagef("--%s must be among %s, got %q", flag.name, strings.Join(flag.known, ", "), name)
		}
	}
	for _, one := range conform.Cases() {
		switch class := string(one.Class); {
		case len(c.classes) > 0 && !slices.Contains(c.classes, class), slices.Contains(c.skip, class),
			len(c.names) > 0 && !slices.Contains(c.names, one.Name):
		default:
			c.options.Cases = append(c.options.Cases, one)
		}
	}
	switch {
	case len(c.options.Cases) == 0:
		return cli.Usagef("no case is left by --class, --skip and --case")
	case c.options.Timeout < 0:
		return cli.Usagef("--timeout must be 0 or more, got %v", c.options.Timeout)
	case c.list && c.command != "":
		return cli.Usagef("--list runs no --command")
	case c.list:
		return nil
	case c.command == "":
		return cli.Usagef("need --command or --list")
	}
	if c.options.Keep != "" {
		if info, err := os.Stat(c.options.Keep); err != nil {
			return cli.Usagef("--keep: %w", err)
		} else if !info.IsDir() {
			return cli.Usagef("--keep: %s is not a folder", c.options.Keep)
		}
	}
	var err error
	if c.options.Args, err = compare.ParseArgs(c.command); err != nil {
		return cli.Usagef("--command: %w", err)
	}
	c.options.Ties = c.ties.Value
	return nil
}

// run runs the program, or lists the cases.
func (c *conformConfig) run() error {
	if c.list {
		return toStdout(func(w io.Writer) error { return conform.WriteList(w, c.table.Value, c.options.Cases) })
	}
	ctx, stop := cli.SignalContext()
	defer stop()
	bar := cli.NewBar("conform", "", int64(len(c.options.Cases)))
	defer bar.Clear()
	c.options.Progress = func(done, _ int) { bar.Set(int64(done)) }
	report, err := conform.Run(ctx, c.options)
	if errors.Is(err, context.Canceled) {
		return cli.ErrInterrupted
	}
	if err != nil {
		return err
	}
	bar.Clear()
	if err := toStdout(func(w io.Writer) error { return report.Write(w, c.table.Value, c.all) }); err != nil {
		return err
	}
	if cases, right := report.Legal(); right < cases {
		return fmt.Errorf("%d of %d legal cases are not right", cases-right, cases)
	}
	return nil
}
