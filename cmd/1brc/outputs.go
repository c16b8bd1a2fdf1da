package main

import (
	"io/fs"
	"os"
	"path/filepath"

	"onebrc/cmd/internal/cli"
)

// output is a file that a flag has written.
type output struct{ flag, path string }

// outputs returns the files that flags name.
func (c *config) outputs() []output {
	var given []output
	for _, o := range []output{
		{"rejects", c.badRows.path}, {"cpuprofile", c.profiles.cpu},
		{"memprofile", c.profiles.memory}, {"trace", c.profiles.trace},
	} {
		if o.path != "" {
			given = append(given, o)
		}
	}
	return given
}

// checkOutputs refuses to write over an input or a standard stream, or two
// outputs to one file.
func checkOutputs(outputs []output, args []string) error {
	for i, o := range outputs {
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
		for _, other := range outputs[:i] {
			same := filepath.Clean(o.path) == filepath.Clean(other.path)
			if same || isFile(o.path, func() (fs.FileInfo, error) { return os.Stat(other.path) }) {
				return cli.Usagef("--%s and --%s name the same file %s", other.flag, o.flag, o.path)
			}
		}
	}
	return nil
}

// isFile reports whether path is the regular file that stat is about.
func isFile(path string, stat func() (fs.FileInfo, error)) bool {
	file, err := os.Stat(path)
	if err != nil || !file.Mode().IsRegular() {
		return false
	}
	other, err := stat()
	return err == nil && os.SameFile(file, other)
}
