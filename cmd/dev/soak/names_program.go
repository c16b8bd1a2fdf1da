//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"onebrc/engine"
	"onebrc/parse/oracle"
)

// manyRun is a run of the program that has many names and little memory.
type manyRun struct {
	command *exec.Cmd
	options engine.Options
	enough  bool   // it must not fail for want of memory
	want    string // the result
}

// newManyRun prepares a run of 1brc or, at random, of 1brc group.
func (l *lab) newManyRun() (*manyRun, error) {
	m, err := l.newManyNames()
	if err != nil {
		return nil, err
	}
	r := &manyRun{options: l.options(), want: m.want}
	check, args := engine.Options.Check, []string{}
	if l.r.IntN(2) == 0 {
		t := manyGroups(l)
		l.note("grouped by %q", t.flags())
		want, err := t.want([]oracle.GroupInput{{Name: inputName, Content: m.content}})
		if err != nil {
			return nil, err
		}
		r.want = want.result
		args = append([]string{"group", "--format=csv"}, t.flags()...)
		check = func(o engine.Options) error {
			_, err := t.run(context.Background(), o, false, engine.Bytes(inputName, []byte("a;1.0\n")))
			return err
		}
	}
	if r.enough, err = l.littleMemory(&r.options, check); err != nil {
		return nil, err
	}
	args = slices.Concat(args, flagsOf(r.options), []string{
		fmt.Sprintf("--max-memory=%d", r.options.MaxMemory), "--temp-dir=" + r.options.TempDir, l.write(m.content),
	})
	r.command = exec.Command(l.program, args...)
	return r, nil
}

// manyGroups returns a query that groups rows of the challenge by their names.
func manyGroups(l *lab) *table {
	t := &table{about: "rows of the challenge", names: []string{"1", "2"}}
	t.query.Delimiter, t.query.NoHeader, t.query.NoQuote = ';', true, true
	t.plain = oracle.GroupQuery{Delimiter: ';', NoHeader: true, Point: '.'}
	t.groupBy(l.r, 1)
	for range 1 + l.r.IntN(4) {
		t.aggregate(l.r, randomFunc(l.r, engine.Funcs()), 2)
	}
	t.finish(l.r)
	return t
}

// checkMany compares the outcome of r with the result.
func (l *lab) checkMany(r *manyRun, got outcome) error {
	switch {
	case got.code == 1 && !r.enough && strings.HasPrefix(r.want, got.stdout) &&
		strings.Count(got.stderr, "\n") == 1 && strings.Contains(got.stderr, "over the memory limit"):
		l.note("too little memory")
		return nil
	case got.code != 0 || got.stderr != "":
		return errors.New(got.String())
	case got.stdout != r.want:
		return difference(got.stdout, r.want)
	}
	return nil
}

// tryManyProgram runs the program on many names in little memory.
func tryManyProgram(l *lab) error {
	r, err := l.newManyRun()
	if err != nil {
		return err
	}
	got := finish(r.command, nil)
	return errors.Join(noTemporaryFiles(r.options), l.checkMany(r, got))
}

// tryManyKilled ends the program by a signal at a random time, often while it has a
// temporary file.
func tryManyKilled(l *lab) error {
	r, err := l.newManyRun()
	if err != nil {
		return err
	}
	signal := pick(l.r, []syscall.Signal{syscall.SIGKILL, syscall.SIGKILL, syscall.SIGINT, syscall.SIGTERM})
	wait, delay := l.r.IntN(4) > 0, time.Duration(l.r.IntN(1<<(10+l.r.IntN(18))))
	l.note("%v after %v, after the first temporary file: %t", signal, delay, wait)
	got := finish(r.command, func() {
		for wait && !hasTemporaryFile(r) && running(r) {
			time.Sleep(time.Millisecond)
		}
		time.Sleep(delay)
		_ = r.command.Process.Signal(signal)
	})
	if err := noTemporaryFiles(r.options); err != nil {
		return err
	}
	if wasInterrupted(got, r.want) {
		l.note("it was interrupted")
		return nil
	}
	return l.checkMany(r, got)
}

// hasTemporaryFile reports whether the program has an open file in the folder for
// temporary files.
func hasTemporaryFile(r *manyRun) bool {
	folder := fmt.Sprintf("/proc/%d/fd", r.command.Process.Pid)
	files, _ := os.ReadDir(folder) // none if the program has ended
	for _, file := range files {
		target, err := os.Readlink(filepath.Join(folder, file.Name()))
		if err == nil && strings.HasPrefix(target, r.options.TempDir+"/") {
			return true
		}
	}
	return false
}

// running reports whether the program has not ended. It need not have been waited for.
func running(r *manyRun) bool {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", r.command.Process.Pid))
	_, state, found := strings.Cut(string(stat), ") ")
	return err == nil && found && state[0] != 'Z'
}
