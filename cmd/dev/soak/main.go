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

// config is the command line.
type config struct {
	minutes float64
	seed    uint64
	number  uint64 // of the case to repeat
	single  bool   // it is given
	from    uint64 // the first case, of the process that runs them
	program string
	folder  string
	readme  string
	write   bool
	render  bool
	bytes   int           // of the largest data sets
	hang    time.Duration // how long a try may take
}

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

// childVariable, in the environment, makes this process the one that runs the
// cases.
const childVariable = "ONEBRC_SOAK_CHILD"

func parse(args []string) (config, error) {
	c := config{}
	flags := pflag.NewFlagSet("soak", pflag.ContinueOnError)
	flags.Float64Var(&c.minutes, "minutes", 1, "how long cases are started")
	flags.Uint64Var(&c.seed, "seed", uint64(time.Now().UnixNano()), "what all random numbers come from")
	flags.Uint64Var(&c.number, "case", 0, "run only the case of that `NUMBER`")
	flags.StringVar(&c.program, "program", filepath.Join("bin", "1brc"), "path of 1brc")
	flags.IntVar(&c.bytes, "bytes", 50_000_000, "size of the largest data sets")
	flags.DurationVar(&c.hang, "hang", 2*time.Minute, "how long one try may take")
	flags.BoolVar(&c.write, "write", false, "write the counts to --folder, and the table into --readme")
	flags.BoolVar(&c.render, "render", false, "only write the table of the newest counts again")
	flags.StringVar(&c.folder, "folder", filepath.Join("profiles", "soak"), "folder of the counts")
	flags.StringVar(&c.readme, "readme", "README.md", "file with the table")
	flags.Uint64Var(&c.from, "from", 0, "number of the first case")
	if err := flags.Parse(args); err != nil {
		return c, err
	}
	c.single = flags.Changed("case")
	if flags.NArg() > 0 {
		return c, fmt.Errorf("unexpected argument %q", flags.Arg(0))
	}
	if c.minutes <= 0 || c.bytes < 1 {
		return c, errors.New("--minutes and --bytes start above 0")
	}
	var err error
	c.program, err = filepath.Abs(c.program)
	return c, err
}

func (c config) run(ctx context.Context) error {
	if os.Getenv(childVariable) != "" {
		return c.cases(ctx)
	}
	if c.render {
		return render(c.folder, c.readme)
	}
	if _, err := os.Stat(c.program); err != nil {
		return fmt.Errorf("%w: make soak builds it", err)
	}
	start := time.Now()
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
	if !c.write || c.single {
		return nil
	}
	return errors.Join(report.save(c.folder), render(c.folder, c.readme))
}
