//go:build linux

package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"onebrc/parse/oracle"
)

// runGroup runs 1brc group with random flags. It leaves out bad rows if skip is set.
// The error is any that is not about rows.
func (l *lab) runGroup(t *table, skip bool, stdin string, files ...string) (grouped, error) {
	args := slices.Concat([]string{"group", "--format=csv"}, l.flags(), t.flags())
	rejects := filepath.Join(l.folder, "rejects")
	if skip {
		args = append(args, "--on-error=skip", "--rejects="+rejects)
	}
	command := exec.Command(l.program, append(args, files...)...)
	command.Stdin = randomReads(l.r, stdin)
	out := finish(command, nil)
	got := grouped{result: out.stdout}
	switch {
	case out.code == 1 && out.stdout == "":
		got.failure = cutUnverified(out.stderr)
		if failure, ok := cutDiffers(out.stderr); ok {
			got.failure = failure
		}
	case out.code != 0 || out.stderr != "" && !skip:
		return got, errors.New(out.String())
	case skip:
		listed, err := os.ReadFile(rejects)
		if err != nil {
			return got, err
		}
		if len(listed) > 0 {
			got.rejects = []string{string(listed)}
		}
		if !strings.HasPrefix(out.stderr, "1brc group: bad rows: ") {
			return got, errors.New(out.String())
		}
	}
	return got, nil
}

// cutUnverified returns an error without what it says about compressed data.
func cutUnverified(text string) string {
	before, found := strings.CutSuffix(text, " data whose checksum is not verified yet)\n")
	if at := strings.LastIndex(before, " (in "); found && at >= 0 {
		return before[:at] + "\n"
	}
	return text
}

// message returns the message of the program for what ended a run.
func message(failure string) string {
	parts := strings.SplitN(strings.TrimSuffix(failure, "\n"), "\t", 5)
	if len(parts) == 1 { // headers differ
		return "1brc group: " + failure
	}
	row := parts[4]
	return fmt.Sprintf("1brc group: %s:%s: byte %s: %s: %q\n", parts[0], parts[1], parts[2], parts[3], row[:min(len(row), 120)])
}

// sameGroup compares what a run of the program finds.
func sameGroup(got, want grouped, skip bool) error {
	want.rows = 0 // the program does not say
	if !skip {
		want = want.stopped()
	}
	if want.failure != "" { // a run that fails lists no bad rows
		want = grouped{failure: message(want.failure)}
	}
	return got.same(want)
}

// tryGroupProgram passes a table to the program on standard input, in a FIFO or in
// files.
func tryGroupProgram(l *lab) error {
	t, err := l.newTable()
	if err != nil {
		return err
	}
	how := pick(l.r, []string{"standard input", "FIFO", "files"})
	skip := l.r.IntN(2) == 0
	contents := t.contents(l.r, l.r.IntN(2) == 0)
	if how != "files" {
		contents = contents[:1]
	}
	l.note("%s, %d inputs, bad rows are skipped: %t", how, len(contents), skip)
	stdin := ""
	var files []string
	var inputs []oracle.GroupInput
	for _, content := range contents {
		name := "stdin"
		switch how {
		case "standard input":
			stdin = l.packed(content)
		case "FIFO":
			name = filepath.Join(l.folder, "fifo")
			if err := syscall.Mkfifo(name, 0o666); err != nil {
				return err
			}
			data := l.packed(content)
			go func() { _ = os.WriteFile(name, []byte(data), 0) }()
			files = append(files, name)
		case "files":
			name = l.write(l.packed(content))
			files = append(files, name)
		}
		inputs = append(inputs, oracle.GroupInput{Name: name, Content: content})
	}
	args := files
	if how == "files" {
		args = l.listed(files...)
	}
	got, err := l.runGroup(t, skip, stdin, args...)
	if how == "FIFO" { // its writer ends, even if the program never opened it
		if reader, openErr := os.OpenFile(files[0], os.O_RDONLY|syscall.O_NONBLOCK, 0); openErr == nil {
			defer reader.Close()
		}
	}
	if err != nil {
		return err
	}
	want, err := t.want(inputs)
	if err != nil {
		return err
	}
	return sameGroup(got, want, skip)
}

// tryGroupRejects compares what the program lists with gen's list of the bad rows that
// it planted.
func tryGroupRejects(l *lab) error {
	name := pick(l.r, []string{"stdin", filepath.Join(l.folder, "log")})
	t, planted, err := l.plantedLog(name)
	if err != nil {
		return err
	}
	content := t.header + strings.Join(t.rows, "")
	stdin, files := content, []string(nil)
	if name != "stdin" {
		if err := os.WriteFile(name, []byte(content), 0o666); err != nil {
			return err
		}
		stdin, files = "", []string{name}
	}
	got, err := l.runGroup(t, true, stdin, files...)
	if err != nil {
		return err
	}
	want, err := t.want([]oracle.GroupInput{{Name: name, Content: content}})
	if err != nil {
		return err
	}
	want.rejects = []string{planted}
	return sameGroup(got, want, true)
}
