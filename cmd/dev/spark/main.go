//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"runtime"
	"syscall"
	"time"

	"github.com/spf13/pflag"

	"onebrc/gen"
)

func main() {
	runtime.LockOSThread() // the processes of a cluster end with the thread that starts them
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:])
	stop()
	if err != nil && !errors.Is(err, pflag.ErrHelp) {
		fmt.Fprintf(os.Stderr, "spark: %v\n", err)
		os.Exit(1)
	}
}

// config has the values of the flags.
type config struct {
	home, program, gen, cache, folder string
	only                              string
	rows, large                       string
	runs                              int
	timeout                           time.Duration
	render                            bool
}

// step is a part of the run. Its name is "check/...", "time/..." or "plan/...".
type step struct {
	name    string
	cluster bool // it needs the cluster
	run     func(l *lab) error
}

// run runs the command with args.
func run(ctx context.Context, args []string) error {
	var c config
	flags := pflag.NewFlagSet("spark", pflag.ContinueOnError)
	flags.SortFlags = false
	flags.StringVar(&c.home, "spark-home", os.Getenv("SPARK_HOME"), "folder of Spark")
	flags.StringVar(&c.only, "only", "", "run the steps whose names match the regular expression `PATTERN`")
	flags.StringVar(&c.rows, "rows", "1e7", "number of rows of the checks and of one timing")
	flags.StringVar(&c.large, "large", "1e8", "number of rows of the other timing")
	flags.IntVar(&c.runs, "runs", 3, "number of runs of each timing")
	flags.DurationVar(&c.timeout, "timeout", 10*time.Minute, "longest time of a run")
	flags.StringVar(&c.program, "program", filepath.Join("bin", "1brc"), "path of 1brc")
	flags.StringVar(&c.gen, "gen", filepath.Join("bin", "gen"), "path of gen")
	flags.StringVar(&c.cache, "cache", ".cache", "folder for data sets, which stay")
	flags.StringVar(&c.folder, "folder", "profiles", "folder for the report and the page")
	flags.BoolVar(&c.render, "render", false, "only render the page")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("unexpected argument %q", flags.Arg(0))
	}
	if !c.render {
		if err := c.runSteps(ctx); err != nil {
			return err
		}
	}
	return renderPage(c.folder)
}

// runSteps runs the steps that --only selects, and saves the report after each one.
func (c *config) runSteps(ctx context.Context) (err error) {
	pattern, err := regexp.Compile(c.only)
	if err != nil {
		return fmt.Errorf("--only: %w", err)
	}
	l, err := newLab(ctx, c)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, l.close()) }()
	all := append(append(checks(), timings(c)...), plannings()...)
	ran := 0
	for _, s := range all {
		if !pattern.MatchString(s.name) {
			continue
		}
		if s.cluster {
			if err := l.startCluster(); err != nil {
				return err
			}
		}
		start := time.Now()
		fmt.Fprintf(os.Stderr, "%s\n", s.name)
		if err := s.run(l); err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
		fmt.Fprintf(os.Stderr, "  %.1f s\n", time.Since(start).Seconds())
		if err := l.report.save(c.folder, all); err != nil {
			return err
		}
		ran++
	}
	if ran == 0 {
		return fmt.Errorf("--only %s matches no step", c.only)
	}
	return nil
}

// data returns the path of a data set of a profile, which it generates if it is not there.
func (l *lab) data(rows, profile string) (string, error) {
	n, err := gen.ParseRows(rows)
	if err != nil {
		return "", err
	}
	path, err := filepath.Abs(filepath.Join(l.cache, fmt.Sprintf("spark-%s-%d.txt", profile, n)))
	if err != nil {
		return "", err
	}
	if _, err := os.Stat(path); err == nil {
		return path, nil
	}
	out, err := exec.Command(l.gen, "--profile", profile, "--rows", rows, "-o", path).CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("%w: %s", err, out)
	}
	return path, nil
}
