// Command names measures time and memory against the number of names, and renders
// profiles/NAMES.md:
//
//	go run ./cmd/dev/names
//	go run ./cmd/dev/names --rows 1e6 --uniform 1e2,1e4 --unique '' --entry 'old=old/1brc {}'
//
// There are two series of data sets: "uniform" has a fixed number of rows, whose names
// are drawn from a number of names; in "unique", each row has a name of its own. Each
// data set is generated, measured and removed in turn; the samples of those that are
// complete are kept if a later one fails. A case takes the disk space of its data set
// and of two results.
//
// It runs in the root of the module and needs bin/1brc and bin/gen; make names does both. See
// packages profile and compare.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"onebrc/cmd/internal/cli"
	"onebrc/cmd/internal/compare"
	"onebrc/cmd/internal/profile"
	"onebrc/gen"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, os.Args[1:])
	stop()
	var usage cli.UsageError
	switch {
	case err == nil:
	case errors.Is(err, pflag.ErrHelp):
	case errors.As(err, &usage):
		fmt.Fprintf(os.Stderr, "names: %v\n", err)
		os.Exit(2)
	default:
		fmt.Fprintf(os.Stderr, "names: %s\n", strings.TrimPrefix(err.Error(), "profile: "))
		os.Exit(1)
	}
}

// config has the values of the flags.
type config struct {
	options         profile.NamesOptions
	rows            string
	uniform, unique []string
	entries, notes  []string // NAME=COMMAND and NAME=TEXT
	maxMemory       cli.Size
	render          bool
}

// ownName is the name of the first entry.
const ownName = "onebrc"

// run runs the command with args.
func run(ctx context.Context, args []string) error {
	start := time.Now()
	c := config{}
	c.options.Progress = func(text string) {
		fmt.Fprintf(os.Stderr, "%4.0f s  %s\n", time.Since(start).Seconds(), text)
	}
	if err := c.parse(args); err != nil {
		return err
	}
	var err error
	if !c.render {
		err = profile.MakeNames(ctx, c.options)
	}
	if ctx.Err() != nil {
		err = cli.ErrInterrupted
	}
	// The cases that are complete are worth a page, even if another one failed.
	return errors.Join(err, profile.RenderNames(c.options.Folder))
}

// parse parses the command line.
func (c *config) parse(args []string) error {
	o := &c.options
	flags := pflag.NewFlagSet("names", pflag.ContinueOnError)
	flags.SortFlags = false
	flags.StringVar(&c.rows, "rows", "1e8", "number of rows of the series uniform")
	flags.StringSliceVar(&c.uniform, "uniform", []string{"1e2", "1e3", "1e4", "1e5", "1e6", "1e7"}, "`NUMBERS` of names of the series uniform; '' leaves it out")
	flags.StringSliceVar(&c.unique, "unique", []string{"1e4", "1e5", "1e6", "1e7", "5e7"}, "`NUMBERS` of rows, and names, of the series unique; '' leaves it out")
	flags.IntVar(&o.Runs, "runs", 5, "number of runs of each program on a data set")
	flags.DurationVar(&o.Timeout, "timeout", 30*time.Minute, "kill a run that takes longer; 0 means never")
	flags.Var(&c.maxMemory, "max-memory", "--max-memory of 1brc; 0 leaves it out")
	flags.StringArrayVar(&c.entries, "entry", nil, "another program as `NAME=COMMAND`, with {} for the file; it prints the result of 1brc, or rows of CSV name,min,mean,max in the same order; may be repeated")
	flags.StringArrayVar(&c.notes, "note", nil, "note about a program as `NAME=TEXT`, such as its version; may be repeated")
	flags.StringVar(&o.Program, "program", filepath.Join("bin", "1brc"), "path of 1brc")
	flags.StringVar(&o.Gen, "gen", filepath.Join("bin", "gen"), "path of gen")
	flags.StringVar(&o.Cache, "cache", ".cache", "folder for the data sets and results, which are removed")
	flags.StringVar(&o.Folder, "folder", "profiles", "folder for the samples and the page")
	flags.BoolVar(&c.render, "render", false, "only render the page of the samples that are there")
	if err := flags.Parse(args); err != nil {
		return cli.UsageError{Err: err}
	}
	switch {
	case flags.NArg() > 0:
		return cli.Usagef("unexpected argument %q", flags.Arg(0))
	case o.Runs < 1:
		return cli.Usagef("--runs must be 1 or more, got %d", o.Runs)
	case o.Timeout < 0:
		return cli.Usagef("--timeout must be 0 or more, got %v", o.Timeout)
	}
	if err := c.parseCases(); err != nil {
		return err
	}
	return c.parseEntries()
}

// parseCases sets the cases.
func (c *config) parseCases() error {
	rows, err := gen.ParseRows(c.rows)
	if err != nil || rows < 1 {
		return cli.Usagef("--rows must be a number of at least 1, such as 1e8, got %q", c.rows)
	}
	for _, series := range []struct {
		profile string
		numbers []string
	}{{"uniform", c.uniform}, {"unique", c.unique}} {
		for _, text := range series.numbers {
			names, err := gen.ParseRows(text)
			if err != nil || names < 1 {
				return cli.Usagef("--%s must have numbers of at least 1, such as 1e6, got %q", series.profile, text)
			}
			one := profile.NamesCase{Profile: series.profile, Rows: rows, Names: names}
			if series.profile == "unique" {
				one.Rows = names
			}
			if err := one.Check(); err != nil {
				return cli.Usagef("--%s: %w", series.profile, err)
			}
			c.options.Cases = append(c.options.Cases, one)
		}
	}
	return nil
}

// parseEntries sets the commands and the texts about them.
func (c *config) parseEntries() error {
	o := &c.options
	own := compare.Command{Name: ownName, Args: []string{o.Program}}
	if c.maxMemory.Bytes > 0 {
		own.Args = append(own.Args, "--max-memory", c.maxMemory.String())
	}
	own.Args = append(own.Args, compare.FilePlaceholder)
	o.Commands = []compare.Command{own}
	for _, text := range c.entries {
		command, err := compare.ParseCommand(text)
		if err != nil {
			return cli.Usagef("--entry: %w", err)
		}
		o.Commands = append(o.Commands, command)
	}
	o.Commits, o.Notes = map[string]string{}, map[string]string{}
	for _, command := range o.Commands {
		if commit := profile.CommitOf(command.Args[0]); commit != "" {
			o.Commits[command.Name] = commit
		}
	}
	for _, text := range c.notes {
		name, note, err := compare.ParseNamed(text)
		if err != nil {
			return cli.Usagef("--note: %w", err)
		}
		o.Notes[name] = note
	}
	if err := (compare.Options{Commands: o.Commands, Notes: o.Notes}).CheckNames(); err != nil {
		return cli.UsageError{Err: err}
	}
	return nil
}
