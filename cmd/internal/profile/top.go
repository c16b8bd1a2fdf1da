package profile

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io"
	"strings"

	"onebrc/cmd/internal/journey"

	"github.com/google/pprof/driver"
)

// writeTop writes the top functions of both profiles of a stage, as pprof -top
// prints them.
func writeTop(run *journey.Run, stage string) error {
	var b bytes.Buffer
	for i, report := range []struct{ file, value, explain string }{
		{journey.CPUFile, "cpu", "CPU time by function: flat excludes the functions that it calls, cum includes them"},
		{journey.AllocsFile, "alloc_space", "memory that one run allocates, by function"},
	} {
		text, err := topText(run.Path(stage, report.file), report.value)
		if err != nil {
			return err
		}
		if i > 0 {
			b.WriteString("\n")
		}
		fmt.Fprintf(&b, "%s: %s\n\n%s", report.file, report.explain, text)
	}
	return writeFile(run.Path(stage, journey.TopFile), b.Bytes())
}

// topText returns what pprof -top prints for one value of a profile.
func topText(path, value string) (string, error) {
	out := &memory{}
	ui := &quietUI{}
	flags := &flags{FlagSet: flag.NewFlagSet("pprof", flag.ContinueOnError), args: []string{
		"-top", "-nodecount=30", "-symbolize=none", "-sample_index=" + value, "-output=top", path,
	}}
	flags.SetOutput(io.Discard)
	if err := driver.PProf(&driver.Options{Flagset: flags, UI: ui, Writer: out}); err != nil {
		return "", errors.Join(err, ui.err)
	}
	var kept []string
	for line := range strings.Lines(out.String()) {
		kept = append(kept, strings.TrimRight(line, " \n")+"\n")
	}
	return strings.Join(kept, ""), nil
}

// memory is a pprof writer that keeps its one file.
type memory struct{ bytes.Buffer }

// Open returns m.
func (m *memory) Open(string) (io.WriteCloser, error) { return m, nil }

// Close does nothing.
func (m *memory) Close() error { return nil }

// flags is a command line for pprof.
type flags struct {
	*flag.FlagSet
	args []string
}

// StringList defines a flag that takes one value; pprof would allow several.
func (f *flags) StringList(name, value, usage string) *[]*string {
	return &[]*string{f.String(name, value, usage)}
}

// ExtraUsage returns nothing: there is no help text.
func (f *flags) ExtraUsage() string { return "" }

// AddExtraUsage does nothing.
func (f *flags) AddExtraUsage(string) {}

// Parse parses the command line and returns the arguments after the flags.
func (f *flags) Parse(usage func()) []string {
	if err := f.FlagSet.Parse(f.args); err != nil {
		usage()
		return nil
	}
	return f.Args()
}

// quietUI is a pprof user interface that keeps errors and prints nothing.
type quietUI struct{ err error }

// ReadLine returns io.EOF: there is no user.
func (*quietUI) ReadLine(string) (string, error) { return "", io.EOF }

// Print does nothing.
func (*quietUI) Print(...any) {}

// PrintErr keeps the text as an error.
func (u *quietUI) PrintErr(args ...any) { u.err = errors.Join(u.err, errors.New(fmt.Sprint(args...))) }

// IsTerminal returns false.
func (*quietUI) IsTerminal() bool { return false }

// WantBrowser returns false.
func (*quietUI) WantBrowser() bool { return false }

// SetAutoComplete does nothing.
func (*quietUI) SetAutoComplete(func(string) string) {}
