package conform

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"onebrc/cmd/internal/compare"
)

// Options say what to run.
type Options struct {
	// Args are the program and its arguments, one of which has the
	// compare.FilePlaceholder.
	Args  []string
	Cases []Case
	Ties  Ties
	// Timeout is the time after which a run is killed, together with all processes
	// that it has started; 0 means never.
	Timeout time.Duration
	// Keep, if not "", is a folder for the input and the expected output, NAME.txt and
	// NAME.out, of each legal case that is not right and of each malformed one that is
	// not refused.
	Keep string
	// Progress, if not nil, is called after each case.
	Progress func(done, total int)
}

// Run runs the program on each case, one at a time. The error says that the program did
// not start or that a file could not be written, or it is ctx.Err().
//
// No other goroutine may start processes meanwhile: see compare.Execute.
func Run(ctx context.Context, o Options) (*Report, error) {
	if _, err := exec.LookPath(o.Args[0]); err != nil {
		return nil, fmt.Errorf("conform: %w", err)
	}
	folder, err := os.MkdirTemp("", "1brc-conform-")
	if err != nil {
		return nil, fmt.Errorf("conform: %w", err)
	}
	defer os.RemoveAll(folder)
	r := &Report{Command: compare.CommandLine(o.Args), Ties: o.Ties, TimeoutSeconds: o.Timeout.Seconds()}
	for i, c := range o.Cases {
		result, err := o.try(ctx, c, folder)
		if err != nil {
			return nil, err
		}
		r.Results = append(r.Results, result)
		if o.Progress != nil {
			o.Progress(i+1, len(o.Cases))
		}
	}
	r.summarize()
	return r, nil
}

// try runs one case, whose input is in folder meanwhile.
func (o Options) try(ctx context.Context, c Case, folder string) (Result, error) {
	input, err := c.Input()
	if err != nil {
		return Result{}, err
	}
	want, err := c.Expected(input, o.Ties)
	if err != nil {
		return Result{}, err
	}
	path := filepath.Join(folder, c.Name+".txt")
	if err := os.WriteFile(path, []byte(input), 0o644); err != nil {
		return Result{}, fmt.Errorf("conform: %w", err)
	}
	run, err := compare.Execute(ctx, o.Args, path, o.Timeout, want)
	if ctx.Err() != nil {
		return Result{}, ctx.Err()
	}
	if err != nil {
		return Result{}, fmt.Errorf("conform: %w", err)
	}
	result := Result{Case: c}
	result.Verdict, result.Detail = judge(c.Class, run)
	if o.Keep != "" && !result.isGood() {
		if err := os.WriteFile(filepath.Join(o.Keep, c.Name+".out"), []byte(want), 0o666); err != nil {
			return Result{}, fmt.Errorf("conform: %w", err)
		}
		if err := os.WriteFile(filepath.Join(o.Keep, c.Name+".txt"), []byte(input), 0o666); err != nil {
			return Result{}, fmt.Errorf("conform: %w", err)
		}
	}
	if err := os.Remove(path); err != nil {
		return Result{}, fmt.Errorf("conform: %w", err)
	}
	return result, nil
}
