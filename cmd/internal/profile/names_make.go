package profile

import (
	"bytes"
	"context"
	"debug/buildinfo"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"onebrc/cmd/internal/compare"
	"onebrc/gen"
)

// NamesOptions are the settings of MakeNames.
type NamesOptions struct {
	Folder string // the parent of the folder of samples, such as profiles
	Cache  string // the folder of the data sets and results, which are removed
	// Cases are measured in this order.
	Cases []NamesCase
	// Commands are the programs. The first one is this project. Commits and Notes
	// are texts about them, by name.
	Commands       []compare.Command
	Commits, Notes map[string]string
	// Program is the path of 1brc, which computes the expected results, and Gen that
	// of gen. It is a process of its own because Linux counts the memory of this one
	// as a part of that of the programs: see compare.Sample.
	Program, Gen string
	Runs         int           // of each program in a case
	Timeout      time.Duration // of a run; 0 means none
	// Progress, if not nil, is called with the name of each step.
	Progress func(string)
}

// NamesCase is a data set with a number of names.
type NamesCase struct {
	Profile     string // "uniform", or "unique", where Names is Rows
	Rows, Names int64
}

// name returns the name of the case's file, without its extension.
func (c NamesCase) name() string { return fmt.Sprintf("%s-%d", c.Profile, c.Names) }

// Check reports a case that cannot be generated.
func (c NamesCase) Check() error {
	o := gen.Options{Rows: c.Rows, Seed: seed, Profile: c.Profile}
	if c.Profile != "unique" {
		o.Names = c.Names
	}
	return o.Check()
}

// args returns the arguments of gen, without the output.
func (c NamesCase) args() []string {
	args := []string{"--profile", c.Profile, "--rows", fmt.Sprint(c.Rows), "--seed", fmt.Sprint(seed)}
	if c.Profile != "unique" {
		args = append(args, "--names", fmt.Sprint(c.Names))
	}
	return args
}

// CommitOf returns the commit that a Go program was built from, or "" if the program
// does not tell.
func CommitOf(program string) string {
	info, err := buildinfo.ReadFile(program)
	if err != nil {
		return ""
	}
	commit, modified := "", ""
	for _, s := range info.Settings {
		switch {
		case s.Key == "vcs.revision":
			commit = s.Value
		case s.Key == "vcs.modified" && s.Value == "true":
			modified = " with changes"
		}
	}
	return commit + modified
}

// MakeNames measures the cases, and writes the samples of each one when it is
// complete. It continues after a case that fails, unless ctx has ended, and returns
// the errors of all.
func MakeNames(ctx context.Context, o NamesOptions) error {
	if o.Progress == nil {
		o.Progress = func(string) {}
	}
	programs := []string{o.Program, o.Gen}
	for _, c := range o.Commands {
		programs = append(programs, c.Args[0])
	}
	for _, program := range programs {
		if _, err := exec.LookPath(program); err != nil {
			return fmt.Errorf("profile: %w", err)
		}
	}
	if err := os.MkdirAll(o.Folder, 0o777); err != nil {
		return fmt.Errorf("profile: %w", err)
	}
	var folder string
	var errs []error
	for _, c := range o.Cases {
		report, err := o.measure(ctx, c)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err == nil {
			if folder == "" { // a set is of the day on which it begins
				folder = filepath.Join(o.Folder, namesFolder, folderName(report.Time, report.Environment))
				err = os.MkdirAll(folder, 0o777)
			}
			err = errors.Join(err, writeJSON(filepath.Join(folder, c.name()+".json"), report))
		}
		if err != nil {
			err = fmt.Errorf("profile: %s: %w", c.name(), err)
			o.Progress(err.Error())
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// measure generates the data set of a case, has the programs run on it, and removes
// it.
func (o NamesOptions) measure(ctx context.Context, c NamesCase) (*compare.Report, error) {
	command := "gen " + strings.Join(c.args(), " ")
	o.Progress(c.name() + ": " + command)
	if err := os.MkdirAll(o.Cache, 0o777); err != nil {
		return nil, err
	}
	path := filepath.Join(o.Cache, "names-"+c.name()+".txt")
	defer os.Remove(path)
	if err := o.generate(ctx, path, c); err != nil {
		return nil, err
	}
	report, err := compare.Run(ctx, compare.Options{
		Program: o.Program, Commands: o.Commands, Commits: o.Commits, Notes: o.Notes,
		File: path, DataNote: command, Runs: o.Runs, Timeout: o.Timeout, Outputs: o.Cache, WatchMemory: true,
		Progress: func(done, total int) { o.Progress(fmt.Sprintf("%s: run %d of %d", c.name(), done, total)) },
	})
	if err != nil {
		return nil, err
	}
	if first := report.Entries[0]; first.Result != compare.Same {
		return nil, fmt.Errorf("the result of %s is %s: %s", first.Name, first.Result, first.Detail)
	}
	return report, nil
}

// generate writes the data set of a case, to the disk as well: the system must not do
// it during a run.
func (o NamesOptions) generate(ctx context.Context, path string, c NamesCase) error {
	command := exec.CommandContext(ctx, o.Gen, append(c.args(), "--quiet", "-o", path)...)
	command.Cancel = func() error { return command.Process.Signal(os.Interrupt) } // gen tidies up
	if said, err := command.CombinedOutput(); err != nil {
		return fmt.Errorf("%w: %s", err, bytes.TrimSpace(said))
	}
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
