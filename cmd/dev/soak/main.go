//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"github.com/spf13/pflag"
)

// config holds the flags.
type config struct {
	minutes float64
	seed    uint64
	number  uint64 // of the only case, if single
	single  bool
	from    uint64 // number of the first case
	program string
	folder  string
	page    string
	write   bool
	add     bool
	render  bool
	bytes   int           // size of the largest data sets
	hang    time.Duration // time limit of a try
}

// defaultBytes is the size of the largest data sets, unless --bytes sets it.
const defaultBytes = 50_000_000

// maxMinutes is the maximum of --minutes, which a time.Duration can hold.
const maxMinutes = 1e6

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	c, err := parse(os.Args[1:])
	switch {
	case errors.Is(err, pflag.ErrHelp):
		return
	case err != nil:
		fmt.Fprintln(os.Stderr, "soak:", err)
		os.Exit(2)
	}
	if err := c.run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "soak:", err)
		os.Exit(1)
	}
}

// childVariable is set in the environment of the child process, which runs the
// cases.
const childVariable = "ONEBRC_SOAK_CHILD"

// parse parses the flags.
func parse(args []string) (config, error) {
	c := config{}
	flags := pflag.NewFlagSet("soak", pflag.ContinueOnError)
	flags.Float64Var(&c.minutes, "minutes", 1, "start cases for that many minutes, such as 0.5")
	flags.Uint64Var(&c.seed, "seed", uint64(time.Now().UnixNano()), "seed of all random numbers; the default is the time")
	flags.Uint64Var(&c.number, "case", 0, "run only the case with this `NUMBER`")
	flags.StringVar(&c.program, "program", filepath.Join("bin", "1brc"), "path of 1brc")
	flags.IntVar(&c.bytes, "bytes", defaultBytes, "size of the largest data sets")
	flags.DurationVar(&c.hang, "hang", 2*time.Minute, "time limit of one try")
	flags.BoolVar(&c.write, "write", false, "write the counts to --folder and the table into --page")
	flags.BoolVar(&c.add, "add", false, "continue the run whose counts are in --folder, and add to them; implies --write")
	flags.BoolVar(&c.render, "render", false, "only write the table of the counts in --folder into --page")
	flags.StringVar(&c.folder, "folder", filepath.Join("profiles", "soak"), "folder of the counts")
	flags.StringVar(&c.page, "page", filepath.Join("profiles", "SOAK.md"), "file with the table")
	flags.Uint64Var(&c.from, "from", 0, "number of the first case")
	if err := flags.Parse(args); err != nil {
		return c, err
	}
	c.single = flags.Changed("case")
	if flags.NArg() > 0 {
		return c, fmt.Errorf("unexpected argument %q", flags.Arg(0))
	}
	if !(c.minutes > 0 && c.minutes <= maxMinutes) { // also if it is NaN
		return c, fmt.Errorf("--minutes must be above 0 and at most %.0f, got %v", maxMinutes, c.minutes)
	}
	if c.bytes < 1 {
		return c, fmt.Errorf("--bytes must be 1 or more, got %d", c.bytes)
	}
	var err error
	c.program, err = filepath.Abs(c.program)
	return c, err
}

// run runs the cases in a child process and reports them, or runs them if it is
// that process.
func (c config) run(ctx context.Context) error {
	if os.Getenv(childVariable) != "" {
		return c.cases(ctx)
	}
	if c.render {
		return render(c.folder, c.page)
	}
	if _, err := os.Stat(c.program); err != nil {
		return fmt.Errorf("%w (make build writes bin/1brc)", err)
	}
	start := time.Now()
	var before report
	if c.add {
		var err error
		if before, err = load(c.folder); err != nil {
			return err
		}
		c.seed, c.from = before.Seed, before.Cases
	}
	child, err := c.child()
	if err != nil {
		return err
	}
	cases, counts, err := c.watch(ctx, child)
	report := newReport(c, start, cases, counts)
	fmt.Print(report.table())
	if err != nil {
		return err
	}
	if !c.write && !c.add || c.single {
		return nil
	}
	if c.add {
		if err := report.add(before); err != nil {
			return err
		}
	}
	return errors.Join(report.save(c.folder), render(c.folder, c.page))
}
