package compare

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"time"

	"onebrc/cmd/internal/process"
	"onebrc/engine"
)

const (
	// saidBytes is how much of what a program writes to standard error is kept:
	// enough for the statistics of a run with a thousand workers.
	saidBytes = 1 << 20
	// pipeDelay is how long a process that has ended may leave another one
	// behind that holds its standard output open.
	pipeDelay = 10 * time.Second
)

// Stats is what a run tells about itself: the line that 1brc --stats=json
// prints.
type Stats struct {
	Rows        int64   `json:"rows"`
	BadRows     int64   `json:"bad_rows,omitempty"`
	Bytes       int64   `json:"bytes"`
	Names       int     `json:"names"`
	WallSeconds float64 `json:"wall_seconds"` // without start and end of the process
	process.Process
	// Run is where the time of the engine went; a stage doesn't tell.
	Run *engine.Measurement `json:"run,omitempty"`
}

// launcher runs entries as processes.
type launcher struct {
	Options
	cache pageCache
	limit int // bytes of standard output that are kept
}

// expected makes the result that all others are held to, in a process, too: of
// what this one has in memory each child is told as its own (see peakOf).
func (l *launcher) expected(ctx context.Context) ([]byte, Stats, error) {
	var stdout bytes.Buffer
	command, said := l.command(ctx, l.reference())
	command.Stdout = &stdout
	var stats Stats
	if err := command.Run(); err != nil {
		return nil, stats, failure(err, said)
	}
	err := stats.read(said)
	return stdout.Bytes(), stats, err
}

// command returns the process of an entry on the input, and where it keeps what
// it writes to standard error.
func (l *launcher) command(ctx context.Context, e entry) (*exec.Cmd, *ending) {
	args := e.argsOn(l.File)
	command := exec.CommandContext(ctx, args[0], args[1:]...)
	inGroup(command)
	command.WaitDelay = pipeDelay
	said := &ending{limit: saidBytes}
	command.Stderr = said
	return command, said
}

// run is the runner of real processes.
func (l *launcher) run(ctx context.Context, e entry) (Sample, []byte, error) {
	var sample Sample
	var err error
	if sample.CachedFraction, err = l.cache.fill(ctx); err != nil {
		return sample, nil, err
	}
	limited := ctx
	if l.Timeout > 0 {
		var cancel context.CancelFunc
		limited, cancel = context.WithTimeout(ctx, l.Timeout)
		defer cancel()
	}
	command, said := l.command(limited, e)
	stdout := &head{limit: l.limit}
	command.Stdout = stdout
	start, err := startOn(command, l.CPUs)
	if err != nil {
		return sample, nil, err
	}
	err = command.Wait()
	sample.WallSeconds = time.Since(start).Seconds()
	sample.ExitCode = command.ProcessState.ExitCode()
	sample.UserSeconds = command.ProcessState.UserTime().Seconds()
	sample.SystemSeconds = command.ProcessState.SystemTime().Seconds()
	sample.PeakResidentBytes = peakOf(command.ProcessState)
	if err != nil {
		_ = endGroup(command) // what it left behind, if anything
		if limited.Err() != nil && ctx.Err() == nil {
			return sample, nil, fmt.Errorf("killed after %v", l.Timeout)
		}
		return sample, nil, failure(err, said)
	}
	if e.isStage {
		err = sample.addStats(said)
	}
	return sample, stdout.kept, err
}

// addStats takes over what a stage tells about itself.
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

// read reads the line of --stats=json.
func (s *Stats) read(said *ending) error {
	text := bytes.TrimSpace(said.kept)
	if err := json.Unmarshal(text, s); err != nil {
		return fmt.Errorf("statistics of the run: %w: %.200q", err, text)
	}
	return nil
}

// failure is the error of a process: its exit code and the last line that it
// wrote to standard error. Of 1brc its own words are enough.
func failure(err error, said *ending) error {
	text := strings.TrimSpace(string(said.kept))
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
