//go:build linux

package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"onebrc/cmd/internal/faultyfile"
	"onebrc/engine"

	"golang.org/x/sys/unix"
)

// outcome is the outcome of a run of the program.
type outcome struct {
	code           int // exit code, or -1 if a signal ended the program
	stdout, stderr string
}

// String returns the exit code and the start of both outputs.
func (o outcome) String() string {
	return fmt.Sprintf("code %d, standard output %s, standard error %s", o.code, excerpt(o.stdout), excerpt(o.stderr))
}

// flags returns random options as flags.
func (l *lab) flags() []string { return flagsOf(l.options()) }

// flagsOf returns options about work as flags.
func flagsOf(o engine.Options) []string {
	flags := []string{
		"--workers", fmt.Sprint(o.Workers), "--chunk-size", fmt.Sprint(o.ChunkBytes),
		"--kernel", string(o.Kernel), "--access", string(o.Access), "--numa", string(o.NUMA), fmt.Sprintf("--smt=%t", o.SMT),
	}
	if len(o.CPUs) > 0 {
		flags = append(flags, "--cpus", strings.Trim(strings.ReplaceAll(fmt.Sprint(o.CPUs), " ", ","), "[]"))
	}
	return flags
}

// command returns a command that runs the program with random flags and args. If
// limit is not empty, it has the arguments of the shell's ulimit.
func (l *lab) command(limit string, args ...string) *exec.Cmd {
	args = append(l.flags(), args...)
	if limit == "" {
		return exec.Command(l.program, args...)
	}
	return exec.Command("sh", append([]string{"-c", "ulimit " + limit + ` && exec "$0" "$@"`, l.program}, args...)...)
}

// finish runs a command to its end. If middle is not nil, finish calls it after
// the start.
func finish(command *exec.Cmd, middle func()) outcome {
	var stdout, stderr bytes.Buffer
	if command.Stdout == nil {
		command.Stdout = &stdout
	}
	command.Stderr = &stderr
	if err := command.Start(); err != nil {
		return outcome{-1, "", err.Error()}
	}
	if middle != nil {
		middle()
	}
	_ = command.Wait() // its error is in the state
	return outcome{command.ProcessState.ExitCode(), stdout.String(), stderr.String()}
}

// succeeds returns an error unless the run printed the result and nothing else.
func (l *lab) succeeds(got outcome) error {
	switch {
	case got.code != 0 || got.stderr != "":
		return errors.New(got.String())
	case got.stdout != l.want:
		return difference(got.stdout, l.want)
	}
	return nil
}

// fails returns an error unless the run failed with the message and printed
// nothing else.
func fails(got outcome, message string) error {
	if want := (outcome{1, "", "1brc: " + message + "\n"}); got != want {
		return fmt.Errorf("got %v, want %v", got, want)
	}
	return nil
}

// tryProgram passes the data to the program on standard input, in a FIFO or in a
// file.
func tryProgram(l *lab) error {
	content := l.packed(l.content)
	switch l.r.IntN(3) {
	case 0:
		l.note("standard input")
		command := l.command("")
		command.Stdin = randomReads(l.r, content)
		return l.succeeds(finish(command, nil))
	case 1:
		l.note("FIFO")
		fifo := filepath.Join(l.folder, "fifo")
		if err := syscall.Mkfifo(fifo, 0o666); err != nil {
			return err
		}
		go func() { _ = os.WriteFile(fifo, []byte(content), 0) }()
		err := l.succeeds(finish(l.command("", fifo), nil))
		if reader, openErr := os.OpenFile(fifo, os.O_RDONLY|syscall.O_NONBLOCK, 0); openErr == nil {
			defer reader.Close() // the writer ends, even if the program never opened the FIFO
		}
		return err
	}
	l.note("file")
	return l.succeeds(finish(l.command("", l.listed(l.write(content))...), nil))
}

// listed returns files as arguments, or in one of three times a flag with a list of them.
func (l *lab) listed(files ...string) []string {
	if l.r.IntN(3) > 0 {
		return files
	}
	flag, end := "--files-from=", "\n"
	if l.r.IntN(2) == 0 {
		flag, end = "--files0-from=", "\x00"
	}
	l.note("%s", flag)
	return []string{flag + l.write(strings.Join(files, end)+end)}
}

// errLeftOut means that this machine can't do what a try needs.
var errLeftOut = errors.New("left out")

// tryFaultyDisk reads a file that fails at a random byte.
func tryFaultyDisk(l *lab) error {
	if l.content == "" {
		return nil
	}
	good := l.r.Int64N(int64(len(l.content)))
	l.note("%d good bytes", good)
	path, unmount, err := faultyfile.MountFaulty(l.folder, []byte(l.content), good)
	if err != nil {
		return fmt.Errorf("%w: %w", errLeftOut, err)
	}
	return errors.Join(fails(finish(l.command("", path), nil), path+": input/output error"), unmount())
}

// latest is how soon after a signal the program must end, on a busy machine. The
// tests of the program allow less.
const latest = 5 * time.Second

// trySignal interrupts the program at a random time.
func trySignal(l *lab) error {
	signal := pick(l.r, []syscall.Signal{syscall.SIGINT, syscall.SIGTERM})
	delay := time.Duration(l.r.IntN(20_000_000 + len(l.content)/4))
	l.note("%v after %v", signal, delay)
	command := l.command("", l.write(l.content))
	command.Dir = l.folder
	before, err := os.ReadDir(l.folder)
	if err != nil {
		return err
	}
	var sent time.Time
	got := finish(command, func() {
		time.Sleep(delay)
		sent = time.Now()
		_ = command.Process.Signal(signal)
	})
	if took := time.Since(sent); took > latest {
		return fmt.Errorf("it ended %v after the signal", took)
	}
	after, err := os.ReadDir(l.folder)
	if err != nil || len(after) != len(before) {
		return fmt.Errorf("temporary files: %v, %w", after, err)
	}
	if wasInterrupted(got, l.want) {
		return nil
	}
	return l.succeeds(got)
}

// wasInterrupted reports whether a signal ended the program, which may have printed a
// part of the result want.
func wasInterrupted(got outcome, want string) bool {
	killed := got.code == -1 && got.stderr == "" // by SIGKILL, or before it handled signals
	return (killed || got.code == 1 && strings.HasSuffix(got.stderr, ": interrupted\n") && strings.Count(got.stderr, "\n") == 1) &&
		strings.HasPrefix(want, got.stdout)
}

// tryLimits limits the program's memory to what Go's runtime needs to start and
// some more, which may be too little for the workers.
func tryLimits(l *lab) error {
	limit := pick(l.r, []string{"-v 4194304", "-d 1048576"}) // KiB
	workers := 1 + l.r.IntN(3000)
	l.note("ulimit %s, %d workers", limit, workers)
	got := finish(l.command(limit, "--workers", fmt.Sprint(workers), l.write(l.content)), nil)
	if got.code == 1 && got.stdout == "" && strings.HasPrefix(got.stderr, "1brc: ") &&
		strings.Count(got.stderr, "\n") == 1 && strings.Contains(got.stderr, "cannot allocate memory") {
		return nil
	}
	if got.code == 2 && got.stdout == "" && strings.HasPrefix(got.stderr, "runtime: out of memory: ") {
		return nil // the workers left too little for Go's heap, which no program can catch
	}
	return l.succeeds(got)
}

// tryOutput reads the result slowly, and may close it before its end.
func tryOutput(l *lab) error {
	reader, writer, err := os.Pipe()
	if err != nil {
		return err
	}
	defer reader.Close()
	if _, err := unix.FcntlInt(writer.Fd(), unix.F_SETPIPE_SZ, os.Getpagesize()); err != nil {
		return err
	}
	limit := int64(len(l.want))
	if l.r.IntN(2) == 0 {
		limit = l.r.Int64N(limit)
	}
	l.note("%d of %d bytes are read", limit, len(l.want))
	command := l.command("", l.write(l.content))
	command.Stdout = writer
	done := make(chan []byte, 1)
	go func() {
		var got []byte
		part := make([]byte, 1000+limit/200)
		for int64(len(got)) < limit {
			n, err := reader.Read(part[:min(int64(len(part)), limit-int64(len(got)))])
			got = append(got, part[:n]...)
			if err != nil {
				break
			}
			time.Sleep(100 * time.Microsecond)
		}
		if limit < int64(len(l.want)) {
			reader.Close()
		}
		done <- got
	}()
	got := finish(command, func() { writer.Close() })
	if got != (outcome{}) {
		return errors.New(got.String())
	}
	if bytes := <-done; string(bytes) != l.want[:limit] {
		return difference(string(bytes), l.want[:limit])
	}
	return nil
}
