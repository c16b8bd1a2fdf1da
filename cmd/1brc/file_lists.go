package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"onebrc/cmd/internal/cli"
)

// fileLists are files that name FILEs, one a line or each before a NUL. "-" means standard
// input, "" means that there is no list.
type fileLists struct{ lines, nul string }

// addTo returns args and the FILEs of the lists.
func (l fileLists) addTo(args []string) ([]string, error) {
	all := slices.Clone(args)
	for _, list := range []struct{ flag, path, end string }{{"files-from", l.lines, "\n"}, {"files0-from", l.nul, "\x00"}} {
		if list.path == "" {
			continue
		}
		names, err := readNames(list.path, list.end)
		if err != nil {
			return nil, fmt.Errorf("--%s: %w", list.flag, err)
		}
		all = append(all, names...)
	}
	switch {
	case l == (fileLists{}):
	case len(all) == 0:
		return nil, errors.New("--files-from: no FILE is named") // standard input is not meant
	case (l.lines == stdinArgument || l.nul == stdinArgument) && slices.ContainsFunc(all, isStdin),
		l.lines == stdinArgument && l.nul == stdinArgument:
		return nil, cli.Usagef("standard input can be read only once: it has the list of FILEs")
	}
	return all, nil
}

// readNames returns the names in the file at path, each of which end ends. The last one
// may lack it.
func readNames(path, end string) ([]string, error) {
	from, name := os.Stdin, stdinName
	if path != stdinArgument {
		f, err := os.Open(path)
		if err != nil {
			return nil, err
		}
		defer f.Close()
		from, name = f, path
	}
	text, err := io.ReadAll(from)
	if err != nil || len(text) == 0 {
		return nil, err
	}
	names := strings.Split(strings.TrimSuffix(string(text), end), end)
	if i := slices.Index(names, ""); i >= 0 {
		return nil, fmt.Errorf("%s:%d: the name of a file is missing", name, i+1)
	}
	return names, nil
}
