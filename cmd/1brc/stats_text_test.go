package main

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"

	"onebrc/cmd/internal/compare"
	"onebrc/cmd/internal/process"
	"onebrc/engine"
)

func TestDuration(t *testing.T) {
	for seconds, want := range map[float64]string{
		0: "0s", 1e-9: "1ns", 999e-9: "999ns", 1.2341e-6: "1.23µs", 0.0045678: "4.57ms", 0.9999: "1s", 12.345: "12.3s",
		754.9: "12m35s",
	} {
		require.Equal(t, want, duration(seconds), "%v", seconds)
	}
}

// TestPrintStats prints all tables, with values that are unknown and known.
func TestPrintStats(t *testing.T) {
	const mib = 1 << 20
	run := &engine.Measurement{
		PrepareSeconds: 0.001, WorkSeconds: 2, ReduceSeconds: 0.003, SortSeconds: 0.4, OutputSeconds: 0.05,
		Partitions: 256, SpilledBytes: 5 * mib / 2,
		Latency: engine.Percentiles{P50: 0.01, P90: 0.02, P99: 0.03, P999: 0.04, Max: 0.05},
		Workers: []engine.WorkerMeasurement{
			{
				Worker: 0, Chunks: 3, Stolen: 1, Bytes: 3 * mib, Rows: 300, BusySeconds: 1.5, WaitingSeconds: 0.2,
				InputSeconds: 0.1, IdleSeconds: 0.2, EndedSeconds: 2, CPUs: []int{1, 2, 5}, Moves: 4,
				Thread: &engine.ThreadMeasurement{CPUSeconds: 1.25, MinorFaults: 7, MajorFaults: 6, VoluntarySwitches: 9, InvoluntarySwitches: 8},
			},
			{Worker: 1, Chunks: 1, Bytes: mib, Rows: 100, BusySeconds: 1, IdleSeconds: 1, EndedSeconds: 1, CPUs: []int{7}},
		},
		Nodes: []engine.NodeMeasurement{{Node: 3, Chunks: 4, LocalBytes: mib, RemoteBytes: 2 * mib, UnknownBytes: mib / 2}},
		Stragglers: []engine.Straggler{
			{Input: "a", Offset: 12, Bytes: 34, Worker: 1, CPU: 5, LatencySeconds: 0.3, WaitedSeconds: 0.1, LostSeconds: 0.2, Thread: &engine.ThreadMeasurement{CPUSeconds: 0.01, MajorFaults: 2}},
			{Input: "b\tc\n", CPU: engine.Unknown},
		},
	}
	process := process.Process{
		GCCycles: 2, GCLongestPauseSeconds: 0.00025, PeakResidentBytes: 3 * mib, OwnResidentBytes: mib,
		GCPauses: []process.Pause{
			{FromSeconds: 4.096e-6, ToSeconds: 5.12e-6, Count: 1}, {FromSeconds: 7.168e-6, ToSeconds: 8.192e-6, Count: 2},
			{FromSeconds: 8.192e-6, ToSeconds: 10.24e-6, Count: 4}, {FromSeconds: 1, Count: 8},
		},
		Memory: &process.Memory{Own: process.Spread{Min: mib, P50: 2 * mib, Max: 3 * mib}},
	}
	var b bytes.Buffer
	require.NoError(t, printStats(&b, compare.Stats{Rows: 400, Bytes: 4e9, Names: 2, WallSeconds: 2, Process: process, Run: run}, "names"))
	require.Equal(t, `rows                   400
bytes                  4000000000
names                  2
wall                   2.000000 s
throughput             2.00 GB/s, 0.0 M rows/s
peak resident memory   3.0 MiB
of it own, at the end  1.0 MiB
bytes a name           1572864
GC                     2 cycles, longest pause 250µs
phases                 prepare 1ms, work 2s, reduce 3ms, sort 400ms, output 50ms
partitions             256
in temporary files     2.5 MiB

  resident MiB  min  p50  max
           own  1.0  2.0  3.0
      of files  0.0  0.0  0.0

  GC pause from      to  count
          4.1µs  8.19µs      3
         8.19µs  10.2µs      4
             1s     any      8

                    p50   p90   p99  p99.9   max
    chunk latency  10ms  20ms  30ms   40ms  50ms
  latency per MiB    0s    0s    0s     0s    0s

  worker  chunks  stolen  MiB  rows  busy  waiting  input   idle  ended
       0       3       1  3.0   300  1.5s    200ms  100ms  200ms     2s
       1       1       0  1.0   100    1s       0s     0s     1s     1s
     all       4       1  4.0   400  2.5s    200ms  100ms   1.2s       

  worker  CPU time  minor faults  major  switches  forced  moves   CPUs
       0     1.25s             7      6         9       8      4  1-2,5
       1         ?             ?      ?         ?       ?      0      7

  node  chunks  local MiB  remote MiB  unknown MiB
     3       4        1.0         2.0          0.5

  straggler lost  latency  waited  CPU time  major faults  worker  CPU  bytes  offset     input
           200ms    300ms   100ms      10ms             2       1    5     34      12         a
              0s       0s      0s         ?             ?       0    ?      0       0  "b\tc\n"
`, b.String())

	b.Reset()
	require.NoError(t, printStats(&b, compare.Stats{WallSeconds: 1, Run: &engine.Measurement{
		Nodes: []engine.NodeMeasurement{{Chunks: 1, UnknownBytes: mib}},
	}}, "names"))
	require.Contains(t, b.String(), "peak resident memory  unknown on this system\n")
	require.NotContains(t, b.String(), "straggler", "a table without rows")
	require.NotContains(t, b.String(), "node", "the only one")
	require.NotContains(t, b.String(), "partitions", "all names fit in tables")
	require.NotContains(t, b.String(), "bytes a name", "unknown")
}
