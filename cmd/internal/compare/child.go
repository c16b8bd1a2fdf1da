package compare

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strings"
	"time"

	"onebrc/cmd/internal/process"
	"onebrc/engine"
)

const (
	// saidBytes is how much of the standard error of a program is kept: enough
	// for the statistics of a run with a thousand workers.
	saidBytes = 1 << 20
	// pipeDelay is how long, after the exit of a process, another one may hold
	// its standard output open. It matters only where a tree cannot wait for
	// that one.
	pipeDelay = 10 * time.Second
)

// Stats is the line that 1brc --stats=json prints about its run.
type Stats struct {
	Rows        int64 `json:"rows"`
	BadRows     int64 `json:"bad_rows"`
	CutRows     int64 `json:"cut_rows,omitempty"`     // bad rows of which --rejects has the start only
	DroppedRows int64 `json:"dropped_rows,omitempty"` // rows that a filter left out
	// Approximate are the names of output columns whose results have an error, and the error.
	Approximate []string `json:"approximate,omitempty"`
	Bytes       int64    `json:"bytes"`
	Names       int      `json:"names"`
	WallSeconds float64  `json:"wall_seconds"` // without start and end of the process
	process.Process
	// Run is where the engine spent its time; nil for a stage.
	Run *engine.Measurement `json:"run,omitempty"`
	// Error is the message of a run that failed. The counts are what it got to.
	Error string `json:"error,omitempty"`
}

// launcher runs entries as processes.
type launcher struct {
	Options
	tree    *tree
	cache   pageCache
	outputs outputs
}

// expect has a process compute the result that all outputs are checked against. The
// statistics are zero with Options.ExpectFirst.
// This process does not do it itself: Linux reports its memory as a part of that of
// each child (see Sample.PeakResidentBytes).
func (l *launcher) expect(ctx context.Context) (stats Stats, err error) {
	stdout, err := l.outputs.expected()
	if err != nil {
		return stats, err
	}
	_, said, err := l.launch(ctx, l.reference(), stdout)
	if err == nil && !l.ExpectFirst {
		err = stats.read(said)
	}
	return stats, err
}

// run is the runner of real processes.
func (l *launcher) run(ctx context.Context, e entry) (Sample, string, error) {
	cached, err := l.cache.fill(ctx)
	if err != nil {
		return Sample{}, "", err
	}
	stdout, err := l.outputs.next()
	if err != nil {
		return Sample{}, "", err
	}
	ctx, cancel := l.limit(ctx)
	defer cancel()
	sample, said, err := l.launch(ctx, e, stdout)
	sample.CachedFraction = cached
	if err == nil && e.isStage {
		err = sample.addStats(said)
	}
	different, failed := l.outputs.difference(stdout)
	sample.Different = different != ""
	return sample, different, cmp.Or(err, failed)
}

// limit returns a ctx that ends when a run has taken too long.
func (l *launcher) limit(ctx context.Context) (context.Context, context.CancelFunc) {
	if l.Timeout == 0 {
		return ctx, func() {}
	}
	return context.WithTimeout(ctx, l.Timeout)
}

// treeUsage is what the processes that a child has left behind used. It is zero
// where they cannot be found.
type treeUsage struct {
	exit, end    time.Time // of the child, and of the last process of its tree
	killed       bool      // the child exited in time, but the others had to be killed
	user, system time.Duration
	peak         int64 // bytes, of the largest process
}

// startError is the error of a process that did not start.
type startError struct{ error }

// Unwrap returns the error.
func (e startError) Unwrap() error { return e.error }

// errTimeout is the error of a run that was killed because it took too long.
var errTimeout = errors.New("timed out")

// launch runs an entry on the input and waits for it and for all processes that
// it leaves behind. It returns what these used together and what they wrote to
// standard error. If ctx ends, it kills them all.
func (l *launcher) launch(ctx context.Context, e entry, stdout io.Writer) (sample Sample, said *ending, err error) {
	args := e.argsOn(l.File)
	command := exec.Command(args[0], args[1:]...)
	said = &ending{limit: saidBytes}
	command.Stdout, command.Stderr, command.WaitDelay = stdout, said, pipeDelay
	setGroup(command)
	err = onThread(l.CPUs, func() error {
		start := time.Now()
		if err := command.Start(); err != nil {
			return startError{err}
		}
		killed := make(chan struct{})
		stop := context.AfterFunc(ctx, func() {
			defer close(killed)
			killGroup(command.Process)
			l.tree.kill()
		})
		defer func() {
			if !stop() {
				<-killed // or it would kill the next child
			}
		}()
		if l.WatchMemory {
			peakOwn := process.WatchChild(command.Process.Pid)
			defer func() { sample.PeakOwnBytes = peakOwn() }()
		}
		rest := l.tree.wait(ctx, command.Process.Pid)
		err := command.Wait()
		sample.WallSeconds = time.Since(start).Seconds()
		if !rest.exit.IsZero() {
			sample.WallSeconds = rest.exit.Sub(start).Seconds()
			sample.TreeSeconds = rest.end.Sub(start).Seconds()
		}
		state := command.ProcessState
		sample.ExitCode = state.ExitCode()
		sample.UserSeconds = (state.UserTime() + rest.user).Seconds()
		sample.SystemSeconds = (state.SystemTime() + rest.system).Seconds()
		sample.PeakResidentBytes = max(peakOf(state), rest.peak)
		if err != nil {
			killGroup(command.Process) // what it left behind, if anything
		}
		return l.explain(ctx, err, said, rest.killed)
	})
	return sample, said, err
}

// explain returns the error of a run whose process ended with err, or whose other
// processes had to be killed.
func (l *launcher) explain(ctx context.Context, err error, said *ending, killed bool) error {
	switch {
	case killed:
		return fmt.Errorf("%w: processes that it left behind still ran after %v and were killed", errTimeout, l.Timeout)
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return fmt.Errorf("%w: it still ran after %v and was killed", errTimeout, l.Timeout)
	}
	return failure(err, said)
}

// addStats adds what a stage tells about itself.
func (s *Sample) addStats(said *ending) error {
	var stats Stats
	if err := stats.read(said); err != nil {
		return err
	}
	s.PeakResidentBytes = cmp.Or(stats.PeakResidentBytes, s.PeakResidentBytes)
	s.OwnResidentBytes = stats.OwnResidentBytes
	s.GCCycles, s.GCLongestPauseSeconds = stats.GCCycles, stats.GCLongestPauseSeconds
	return nil
}

// read parses the line of --stats=json.
func (s *Stats) read(said *ending) error {
	text := bytes.TrimSpace(said.kept)
	if err := json.Unmarshal(text, s); err != nil {
		return fmt.Errorf("statistics of the run: %w: %.200q", err, text)
	}
	return nil
}

// failure returns the error of a failed process: its exit code and the last line
// of its standard error. For 1brc, its own message is enough.
func failure(err error, said *ending) error {
	text := strings.TrimSpace(string(said.kept))
	var stats Stats
	if json.Unmarshal([]byte(text), &stats) == nil && stats.Error != "" {
		return errors.New(stats.Error)
	}
	if own, isOwn := strings.CutPrefix(text, "1brc: "); isOwn {
		return errors.New(own)
	}
	if errors.Is(err, exec.ErrWaitDelay) {
		return fmt.Errorf("a process that it left behind held its standard output for %v", pipeDelay)
	}
	if text == "" {
		return err
	}
	return fmt.Errorf("%w: %.300s", err, strings.TrimSpace(text[strings.LastIndexByte(text, '\n')+1:]))
}
