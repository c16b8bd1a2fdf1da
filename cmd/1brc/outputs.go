package main

import (
	"io/fs"
	"os"
	"path/filepath"

	"onebrc/cmd/internal/cli"
)

// output is a file that a flag names for writing.
type output struct{ flag, path string }

// outputs returns the flags that name output files.
func (c *runConfig) outputs() []output {
	return []output{
		{"output", c.output}, {"rejects", c.badRows.path}, {"cpuprofile", c.profiles.cpu},
		{"memprofile", c.profiles.memory}, {"trace", c.profiles.trace}, {"report", c.report.path},
	}
}

// checkOutputs refuses outputs without a name, those that would overwrite an input
// or a standard stream, and two outputs to one file.
func checkOutputs(outputs []output, changed func(flag string) bool, args []string) error {
	var given []output
	for _, o := range outputs {
		if !changed(o.flag) {
			continue
		}
		if o.path == "" || o.path == "-" {
			return cli.Usagef("--%s must name a file, got %q", o.flag, o.path)
		}
		for _, standard := range []*os.File{os.Stdin, os.Stdout, os.Stderr} {
			if isFile(o.path, standard.Stat) {
				return cli.Usagef("--%s %s would overwrite %s", o.flag, o.path, standard.Name())
			}
		}
		for _, arg := range args {
			if isFile(o.path, func() (fs.FileInfo, error) { return os.Stat(arg) }) {
				return cli.Usagef("--%s %s would overwrite the input %s", o.flag, o.path, arg)
			}
		}
		for _, other := range given {
			same := filepath.Clean(o.path) == filepath.Clean(other.path)
			if same || isFile(o.path, func() (fs.FileInfo, error) { return os.Stat(other.path) }) {
				return cli.Usagef("--%s and --%s must name different files, got %s", other.flag, o.flag, o.path)
			}
		}
		given = append(given, o)
	}
	return nil
}

// isFile reports whether path is the regular file that stat describes.
func isFile(path string, stat func() (fs.FileInfo, error)) bool {
	file, err := os.Stat(path)
	if err != nil || !file.Mode().IsRegular() {
		return false
	}
	other, err := stat()
	return err == nil && os.SameFile(file, other)
}
