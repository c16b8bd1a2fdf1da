package engine

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"onebrc/engine/internal/topology"
)

// thread is what /proc reports about a thread of this process.
type thread struct {
	id      string
	allowed string // the CPUs that it may run on
	cpu     int    // the CPU that it last ran on
}

var allowedLine = regexp.MustCompile(`(?m)^Cpus_allowed_list:\t(.*)$`)

// threads returns the threads of this process.
func threads(t *testing.T) (all []thread) {
	t.Helper()
	folders, err := filepath.Glob("/proc/self/task/*")
	require.NoError(t, err)
	for _, folder := range folders {
		status, err := os.ReadFile(filepath.Join(folder, "status"))
		stat, statErr := os.ReadFile(filepath.Join(folder, "stat"))
		if err != nil || statErr != nil {
			continue // the thread has ended
		}
		// The CPU is field 39, and the first field after the name is field 3: see
		// proc_pid_stat(5).
		fields := strings.Fields(string(stat[strings.LastIndexByte(string(stat), ')')+1:]))
		cpu, err := strconv.Atoi(fields[39-3])
		require.NoError(t, err)
		all = append(all, thread{filepath.Base(folder), string(allowedLine.FindSubmatch(status)[1]), cpu})
	}
	require.NotEmpty(t, all)
	return all
}

// pinnedTo returns the threads in all that may run only on the given CPU.
func pinnedTo(all []thread, cpu int) (pinned []thread) {
	for _, th := range all {
		if th.allowed == strconv.Itoa(cpu) {
			pinned = append(pinned, th)
		}
	}
	return pinned
}

// gated is an input that is endless until its gate is closed.
type gated struct {
	gate chan struct{}
	at   int // position in the row
}

// Read implements io.Reader.
func (g *gated) Read(b []byte) (int, error) {
	const row = "a;1.0\n"
	select {
	case <-g.gate:
		if g.at == 0 {
			return 0, io.EOF
		}
	default:
	}
	n := copy(b, row[g.at:])
	g.at = (g.at + n) % len(row)
	return n, nil
}

// TestPinnedWorkers checks that the thread of each worker may run only on one CPU of
// the list and does so, and that no thread is pinned after the run.
func TestPinnedWorkers(t *testing.T) {
	cpus := topology.Here().Usable()
	if len(cpus) < 2 {
		t.Skipf("CPU %s is the only usable one: every thread runs on it", cpus)
	}
	before := threads(t)[0].allowed
	for _, list := range []topology.Set{cpus[:1], cpus[1:2], cpus[:2]} {
		g := &gated{gate: make(chan struct{})}
		done := make(chan error, 1)
		go func() {
			// SMT allows both CPUs to belong to one core.
			_, err := Aggregate(context.Background(), Options{Workers: len(list), CPUs: list, SMT: true}, Reader("gated", g))
			done <- err
		}()
		allPinned := func() bool {
			for _, cpu := range list {
				// A thread moves some time after its allowed CPUs change.
				if pinned := pinnedTo(threads(t), cpu); len(pinned) != 1 || pinned[0].cpu != cpu {
					return false
				}
			}
			return true
		}
		require.Eventually(t, allPinned, time.Minute, time.Millisecond, "a worker on each of %s", list)
		for range 50 {
			all := threads(t)
			for _, cpu := range list {
				pinned := pinnedTo(all, cpu)
				require.Len(t, pinned, 1)
				require.Equal(t, cpu, pinned[0].cpu)
			}
			time.Sleep(time.Millisecond)
		}
		close(g.gate)
		require.NoError(t, <-done)
		for _, th := range threads(t) {
			require.Equal(t, before, th.allowed, "thread %s after the run", th.id)
		}
	}
}
