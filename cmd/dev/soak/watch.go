//go:build linux

package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"time"
)

// event is a line that the child process prints when a try begins or ends.
type event struct {
	Case  uint64 `json:"case"`
	Kind  int    `json:"kind"` // index in kinds, or -1 while the data is generated
	Done  bool   `json:"done"`
	Error string `json:"error,omitempty"`
}

// cases runs cases until the time is over or something is wrong, and prints events to
// standard output.
func (c config) cases(ctx context.Context) error {
	out := json.NewEncoder(os.Stdout)
	deadline := time.Now().Add(time.Duration(c.minutes * float64(time.Minute)))
	for number := c.from; time.Now().Before(deadline) && ctx.Err() == nil; number++ {
		if c.single {
			number = c.number
		}
		if ok, err := c.oneCase(number, out); !ok || c.single {
			return err
		}
	}
	return nil
}

// oneCase runs all tries of a case, up to the first that goes wrong: ok is then false.
func (c config) oneCase(number uint64, out *json.Encoder) (ok bool, err error) {
	if err := out.Encode(event{Case: number, Kind: -1}); err != nil {
		return false, err
	}
	l, err := newLab(c, number)
	if err != nil {
		return false, err
	}
	defer func() {
		if removeErr := os.RemoveAll(l.folder); removeErr != nil {
			ok, err = false, errors.Join(err, removeErr)
		}
	}()
	if c.single {
		fmt.Fprintf(os.Stderr, "case %d: %s\n", number, l.about)
	}
	for i, k := range kinds {
		for range k.tries {
			if err := out.Encode(event{Case: number, Kind: i}); err != nil {
				return false, err
			}
			e := event{Case: number, Kind: i, Done: true}
			start := time.Now()
			err := l.run(k)
			if c.single {
				fmt.Fprintf(os.Stderr, "%v: %s: %s\n", time.Since(start).Round(time.Millisecond), k.name, strings.Join(l.notes, ", "))
			}
			if errors.Is(err, errLeftOut) {
				fmt.Fprintf(os.Stderr, "soak: %v\n", err)
				break
			}
			if err != nil {
				e.Error = err.Error()
			}
			if err := errors.Join(out.Encode(e), l.clean()); err != nil || e.Error != "" {
				return false, err
			}
		}
	}
	return true, nil
}

// child returns a command that runs this program as the child process.
func (c config) child() (*exec.Cmd, error) {
	program, err := os.Executable()
	if err != nil {
		return nil, err
	}
	child := exec.Command(program, append(os.Args[1:len(os.Args):len(os.Args)], "--seed", strconv.FormatUint(c.seed, 10), "--from", strconv.FormatUint(c.from, 10))...)
	child.Env = append(os.Environ(), childVariable+"=1", "GOTRACEBACK=all")
	child.Stderr = os.Stderr
	child.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // a terminal's SIGINT is for this process
	return child, nil
}

// watch starts the child process and counts its events. The error says how to
// repeat what went wrong.
func (c config) watch(ctx context.Context, child *exec.Cmd) (cases uint64, counts []count, err error) {
	counts = make([]count, len(kinds))
	for i, k := range kinds {
		counts[i].Kind = k.name
	}
	out, err := child.StdoutPipe()
	if err != nil {
		return 0, counts, err
	}
	if err := child.Start(); err != nil {
		return 0, counts, err
	}
	defer context.AfterFunc(ctx, func() { _ = child.Process.Signal(syscall.SIGTERM) })()
	var hung atomic.Bool
	kill := time.AfterFunc(c.hang, func() {
		hung.Store(true)
		_ = child.Process.Signal(syscall.SIGQUIT) // makes it print its stacks
		time.AfterFunc(10*time.Second, func() { _ = child.Process.Kill() })
	})
	last, err := read(out, counts, func() { kill.Reset(c.hang) })
	waitErr := child.Wait()
	kill.Stop()
	kind := &counts[max(last.Kind, 0)]
	switch {
	case err != nil: // the child has said what is wrong
	case hung.Load():
		kind.Hangs++
		err = fmt.Errorf("%s: still running after %v", kind.Kind, c.hang)
	case waitErr != nil:
		kind.Crashes++
		err = fmt.Errorf("%s: the child process failed: %w", kind.Kind, waitErr)
	}
	if err != nil {
		err = fmt.Errorf("case %d: %w\nto repeat it: %s", last.Case, err, c.repeat(last.Case))
	}
	cases = last.Case - c.from + 1
	if c.single {
		cases = 1
	}
	return cases, counts, err
}

// repeat returns the command that repeats a case. The data depends on --bytes.
func (c config) repeat(number uint64) string {
	command := fmt.Sprintf("go run ./cmd/dev/soak --seed %d --case %d", c.seed, number)
	if c.bytes != defaultBytes {
		command += fmt.Sprintf(" --bytes %d", c.bytes)
	}
	return command
}

// read counts events until there are no more, and returns the last one. It calls
// alive for each.
func read(from io.Reader, counts []count, alive func()) (last event, wrong error) {
	shown := time.Now()
	lines := bufio.NewScanner(from)
	lines.Buffer(nil, 1<<24)
	for lines.Scan() {
		alive()
		var e event
		if err := json.Unmarshal(lines.Bytes(), &e); err != nil {
			return last, fmt.Errorf("%w: %s", err, lines.Bytes())
		}
		last = e
		if !e.Done {
			continue
		}
		counts[e.Kind].Tries++
		if e.Error != "" {
			counts[e.Kind].Wrong++
			wrong = errors.New(e.Error)
		}
		if time.Since(shown) > time.Minute {
			shown = time.Now()
			fmt.Fprintf(os.Stderr, "%s: case %d\n", shown.Format(time.TimeOnly), e.Case)
		}
	}
	return last, errors.Join(wrong, lines.Err())
}
