// Command profiles profiles all stages and renders the pages from the profiles:
//
//	go run ./cmd/dev/profiles --rows 1e7
//
// It runs in the root of the module and needs bin/1brc, built with -trimpath.
// make profiles does both. See package profile.
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

	"onebrc/cmd/internal/profile"
	"onebrc/engine/stages"
	"onebrc/gen"
)

// childArgument is the first argument of the child process whose CPU is profiled.
const childArgument = "cpu-child"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, os.Args[1:])
	stop()
	var usage usageError
	switch {
	case err == nil:
	case errors.Is(err, pflag.ErrHelp):
	case errors.As(err, &usage):
		fmt.Fprintf(os.Stderr, "profiles: %v\n", err)
		os.Exit(2)
	default:
		text := strings.TrimPrefix(strings.TrimPrefix(err.Error(), "profile: "), "journey: ")
		fmt.Fprintf(os.Stderr, "profiles: %s\n", text)
		os.Exit(1)
	}
}

// usageError is an error in the command line.
type usageError struct{ error }

// Unwrap returns the wrapped error.
func (e usageError) Unwrap() error { return e.error }

// run runs the command with args, or the child process.
func run(ctx context.Context, args []string) error {
	if len(args) > 0 && args[0] == childArgument {
		return profile.CPUChild(ctx, args[1:], os.Stdout)
	}
	executable, err := os.Executable()
	if err != nil {
		return err
	}
	start := time.Now()
	o := profile.Options{
		Child: []string{executable, childArgument},
		Progress: func(text string) {
			fmt.Fprintf(os.Stderr, "%4.0f s  %s\n", time.Since(start).Seconds(), text)
		},
	}
	flags := pflag.NewFlagSet("profiles", pflag.ContinueOnError)
	rows := flags.String("rows", "1e7", "number of rows of the data set")
	flags.StringVar(&o.DataProfile, "profile", gen.DefaultProfile, "profile of the data set, as in gen --profile")
	flags.StringSliceVar(&o.Stages, "stages", nil, "`NAMES` of the stages; all if empty")
	flags.IntVar(&o.Runs, "runs", 10, "number of timed runs of each stage")
	flags.DurationVar(&o.FastTime, "fast", 300*time.Millisecond, "the first stage that takes less than this, and all after it, have ten times as many rows; 0 means none")
	flags.DurationVar(&o.CPUTime, "cpu", 33*time.Second, "CPU time that a stage runs for its CPU profile, 100 samples a second")
	flags.StringVar(&o.Program, "program", filepath.Join("bin", "1brc"), "path of 1brc, built with -trimpath")
	flags.StringVar(&o.Cache, "cache", ".cache", "folder for the data sets")
	flags.StringVar(&o.Folder, "folder", "profiles", "folder for the profiles")
	readme := flags.String("readme", "README.md", "file with the headline")
	render := flags.Bool("render", false, "only render the pages of the newest run")
	if err := flags.Parse(args); err != nil {
		return usageError{err}
	}
	if flags.NArg() > 0 {
		return usageError{fmt.Errorf("unexpected argument %q", flags.Arg(0))}
	}
	if o.Rows, err = gen.ParseRows(*rows); err != nil {
		return usageError{err}
	}
	for _, name := range o.Stages {
		if _, err := stages.ByName(name); err != nil {
			return usageError{err}
		}
	}
	if o.Rows < 1 {
		return usageError{fmt.Errorf("--rows must be 1 or more, got %s", *rows)}
	}
	if o.Runs < 1 {
		return usageError{fmt.Errorf("--runs must be 1 or more, got %d", o.Runs)}
	}
	if o.FastTime < 0 || o.CPUTime < 0 {
		return usageError{errors.New("--fast and --cpu must be 0 or more")}
	}
	if !*render {
		folder, err := profile.Make(ctx, o)
		if err != nil {
			return err
		}
		o.Progress("wrote " + folder)
	}
	return profile.Render(o.Folder, *readme)
}
