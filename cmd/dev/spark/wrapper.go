//go:build linux

package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
)

// wrapper is a program for executors that writes down its ranges and then runs a script.
type wrapper struct {
	path string
	runs string // folder of files with the ranges of each process
}

// newWrapper creates a wrapper. The script finds 1brc in $program, its ranges in $ranges,
// and may create files in $state. It runs 1brc by "exec "$program" "$@" <"$ranges"".
func (l *lab) newWrapper(script string) (*wrapper, error) {
	dir, err := os.MkdirTemp(l.dir, "wrapper")
	if err != nil {
		return nil, err
	}
	w := &wrapper{path: filepath.Join(dir, "program"), runs: filepath.Join(dir, "runs")}
	for _, name := range []string{w.runs, filepath.Join(dir, "state")} {
		if err := os.Mkdir(name, 0o777); err != nil {
			return nil, err
		}
	}
	const format = `#!/bin/bash
program='%s' state='%s/state'
ranges=$(mktemp '%s/XXXXXXXX')
cat >"$ranges"
%s
exec "$program" "$@" <"$ranges"
`
	text := fmt.Sprintf(format, l.absolute, dir, w.runs, script)
	return w, os.WriteFile(w.path, []byte(text), 0o777)
}

// count returns the number of ranges that processes began, and how many of them were not
// begun for the first time.
func (w *wrapper) count() (begun, again int, err error) {
	entries, err := os.ReadDir(w.runs)
	if err != nil {
		return 0, 0, err
	}
	seen := map[string]bool{}
	for _, entry := range entries {
		content, err := os.ReadFile(filepath.Join(w.runs, entry.Name()))
		if err != nil {
			return 0, 0, err
		}
		for line := range bytes.Lines(content) {
			begun++
			if seen[string(line)] {
				again++
			}
			seen[string(line)] = true
		}
	}
	return begun, again, nil
}
