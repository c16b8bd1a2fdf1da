package process

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"runtime/debug"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestWatchGC(t *testing.T) {
	runtime.GC() // before the watch, so not counted
	w := StartWatch(false)
	for range 3 {
		runtime.GC()
	}
	p, err := w.Stop()
	require.NoError(t, err)
	require.GreaterOrEqual(t, p.GCCycles, int64(3))
	pauses := uint64(0)
	for i, pause := range p.GCPauses {
		require.Positive(t, pause.Count)
		require.Less(t, pause.FromSeconds, pause.ToSeconds)
		if i > 0 {
			require.GreaterOrEqual(t, pause.FromSeconds, p.GCPauses[i-1].ToSeconds)
		}
		pauses += pause.Count
	}
	require.GreaterOrEqual(t, pauses, uint64(2*3), "two for each cycle")
	last := p.GCPauses[len(p.GCPauses)-1]
	require.GreaterOrEqual(t, p.GCLongestPauseSeconds, last.FromSeconds, "the two pauses of a cycle together")

	p, err = StartWatch(false).Stop()
	require.NoError(t, err)
	require.Zero(t, p.GCLongestPauseSeconds*float64(p.GCCycles))
}

func TestLongestPause(t *testing.T) {
	histogram := []Pause{{FromSeconds: 1, ToSeconds: 2, Count: 1}, {FromSeconds: 4, ToSeconds: 5, Count: 1}}
	kept := []time.Duration{2 * time.Second, 3 * time.Second, 9 * time.Second}
	for _, c := range []struct {
		cycles int64
		want   float64
	}{{0, 0}, {1, 2}, {2, 3}, {3, 9}, {4, 9}} {
		require.Equal(t, c.want, longestPause(kept, c.cycles, histogram), "%d cycles", c.cycles)
	}
	require.Equal(t, 4.0, longestPause(kept[:2], 3, histogram), "a pause that was not kept")
	require.Equal(t, 3.0, longestPause(kept[:2], 3, nil))
}

// TestWatchMemory allocates memory during the watch.
func TestWatchMemory(t *testing.T) {
	const size = 64 << 20
	var p Process
	// On a busy machine, samples may be late.
	wait := 3 * sampleEvery
	for {
		debug.FreeOSMemory() // so that earlier memory is not reused
		w := StartWatch(true)
		time.Sleep(wait)
		fresh := make([]byte, size)
		for i := 0; i < len(fresh); i += 4096 {
			fresh[i] = 1
		}
		time.Sleep(wait)
		var err error
		p, err = w.Stop()
		require.NoError(t, err)
		runtime.KeepAlive(fresh)
		if runtime.GOOS != "linux" {
			require.Nil(t, p.Memory)
			t.Skip("the memory is unknown on this system")
		}
		if p.Memory.Samples >= 3 { // at the start, at the end and between
			break
		}
		wait *= 2
		require.Less(t, wait, time.Minute)
	}
	m := p.Memory
	require.Greater(t, m.Own.Max-m.Own.Min, int64(size*3/4))
	require.LessOrEqual(t, m.Own.Min, m.Own.P50)
	require.LessOrEqual(t, m.Own.P50, m.Own.Max)
	require.Positive(t, m.Shared.Min, "the program itself")
	require.LessOrEqual(t, p.OwnResidentBytes, m.Own.Max)
	require.Len(t, m.Timeline, int(m.Samples))
	require.Equal(t, p.OwnResidentBytes, m.Timeline[len(m.Timeline)-1].Own)
	require.Greater(t, m.Timeline[len(m.Timeline)-1].Seconds, (2 * wait).Seconds())
	require.Less(t, m.Timeline[0].Seconds, m.Timeline[1].Seconds)
	require.GreaterOrEqual(t, p.PeakResidentBytes, int64(size))
}

// TestNames pins the names in JSON, which programs read.
func TestNames(t *testing.T) {
	process, err := json.Marshal(Process{
		GCPauses: []Pause{{}}, PeakResidentBytes: 1, OwnResidentBytes: 1, Memory: &Memory{Timeline: []Sample{{}}},
	})
	require.NoError(t, err)
	require.Equal(t, `{"gc_cycles":0,"gc_longest_pause_seconds":0,`+
		`"gc_pauses":[{"from_seconds":0,"to_seconds":0,"count":0}],`+
		`"peak_resident_bytes":1,"own_resident_bytes":1,`+
		`"memory":{"samples":0,"own_bytes":{"min":0,"p50":0,"max":0},"shared_bytes":{"min":0,"p50":0,"max":0},`+
		`"timeline":[{"seconds":0,"own_bytes":0,"shared_bytes":0}]}}`, string(process))
}

// TestWatchChild checks that the memory is the child's, and that the watch ends well
// after the child.
func TestWatchChild(t *testing.T) {
	program, err := os.Executable()
	require.NoError(t, err)
	peak := int64(0)
	// On a busy machine, samples may be late.
	for wait := 3 * sampleEvery; peak <= bigBytes; wait *= 2 {
		require.Less(t, wait, time.Minute, "a peak of %d bytes", peak)
		child := exec.Command(program, "-test.run=^TestBigChild$")
		child.Env = append(os.Environ(), bigVariable+"=1")
		output, err := child.StdoutPipe()
		require.NoError(t, err)
		input, err := child.StdinPipe()
		require.NoError(t, err)
		require.NoError(t, child.Start())
		stop := WatchChild(child.Process.Pid)
		_, err = output.Read(make([]byte, 1)) // until it has the memory
		require.NoError(t, err)
		time.Sleep(wait)
		require.NoError(t, input.Close())
		require.NoError(t, child.Wait())
		time.Sleep(3 * sampleEvery)
		peak = stop()
		if runtime.GOOS != "linux" {
			require.Zero(t, peak)
			t.Skip("the memory is unknown on this system")
		}
	}
	require.Less(t, peak, int64(2*bigBytes))
}

// bigVariable makes TestBigChild use bigBytes of memory.
const (
	bigVariable = "ONEBRC_PROCESS_TEST_BIG"
	bigBytes    = 64 << 20
)

// TestBigChild is the child of TestWatchChild.
func TestBigChild(t *testing.T) {
	if os.Getenv(bigVariable) == "" {
		t.Skip("it is the child of TestWatchChild")
	}
	big := make([]byte, bigBytes)
	for i := 0; i < len(big); i += 4096 {
		big[i] = 1
	}
	fmt.Println("the memory is there")
	_, _ = os.Stdin.Read(make([]byte, 1)) // until the parent closes it
	runtime.KeepAlive(big)
}
