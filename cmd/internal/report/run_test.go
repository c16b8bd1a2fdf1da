package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"html"
	"math"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"onebrc/cmd/internal/compare"
	"onebrc/cmd/internal/process"
	"onebrc/engine"
)

const hostile = `</title></script><script>alert(1)</script>"'&]]>`

// recording returns a recording of a run of so many workers with so many spans each. It
// begins at 0.1 s, prepares for 0.1 s and works for 1 s. Each worker is half of its time
// busy, the even ones with chunks of a file, the odd ones with those of a stream.
func recording(workers, spans int) *Recording {
	m := &engine.Measurement{
		PrepareSeconds: 0.1, WorkSeconds: 1, ReduceSeconds: 0.1, SortSeconds: 0.1, OutputSeconds: 0.05,
		Latency: engine.Percentiles{P50: 0.001, P90: 0.002, P99: 0.003, P999: 0.004, Max: 0.0041},
		Nodes:   []engine.NodeMeasurement{{Node: 0, Chunks: 5, LocalBytes: 7}, {Node: 3, Chunks: 6}},
		Stragglers: []engine.Straggler{{
			Input: hostile + "\xff", Offset: 1000, Bytes: 1 << 20, Worker: 0, CPU: 3,
			EndedSeconds: 0.5, LatencySeconds: 0.25, LostSeconds: 0.2,
		}},
		LatencyBuckets: []engine.LatencyBucket{{FromSeconds: 1e-4, ToSeconds: 1e-3, Count: 40}, {FromSeconds: 1e-3, ToSeconds: 1e-2, Count: 2000}},
	}
	for i := range workers {
		w := engine.WorkerMeasurement{Worker: i, Chunks: int64(spans), Bytes: 1e6 * int64(spans), BusySeconds: 0.5, WaitingSeconds: 0.5 * float64((i+1)%2), InputSeconds: 0.5 * float64(i%2)}
		length := 1 / float64(spans)
		for j := range spans {
			s := engine.SpanMeasurement{
				StartSeconds: float64(j) * length, EndSeconds: float64(j+1) * length, BusySeconds: length / 2,
				Chunks: 1, Bytes: 1e6, Rows: 10, Input: i % 3, Offset: int64(j), CPU: i, Node: 3 * (i % 2),
				Thread: &engine.ThreadMeasurement{MinorFaults: 2},
			}
			if i%2 == 1 {
				s.InputSeconds, s.Thread = length/2, nil
			}
			w.Spans = append(w.Spans, s)
		}
		m.Workers = append(m.Workers, w)
	}
	r := &Recording{
		Time: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), Command: []string{"1brc", hostile}, Inputs: []string{hostile, "b"},
		EngineSeconds: 0.1, Counted: "names",
		Stats: compare.Stats{
			Rows: 1000, Bytes: 1e6 * int64(workers*spans), Names: 2, WallSeconds: 1.5, Run: m,
			Process: process.Process{PeakResidentBytes: 1 << 30, Memory: &process.Memory{}},
		},
		Result: &Table{
			Columns: []Column{{Name: "name"}, {"min", true}, {"mean", true}, {"max", true}, {"rows", true}},
			Rows:    [][]string{{hostile, "-10.0", "0.0", "10.0", "5"}, {"b", "10.0", "20.0", "30.0", "1"}},
			Range:   &Range{Min: 1, Mean: 2, Max: 3},
		},
	}
	for i := range 150 {
		r.Stats.Memory.Timeline = append(r.Stats.Memory.Timeline, process.Sample{Seconds: float64(i) / 100, Own: 5 << 20, Shared: int64(i) << 20})
	}
	return r
}

// render returns the markup of the page of r, which it checks, and its text.
func render(t *testing.T, r *Recording) (markup, text string) {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, r.WritePage(&b))
	markup = checkPage(t, b.String())
	require.NotContains(t, markup, "<script>alert")
	require.NotRegexp(t, `NaN|Inf|%!`, markup)
	return markup, html.UnescapeString(regexp.MustCompile(`<[^>]*>`).ReplaceAllString(markup, " "))
}

func TestRunPage(t *testing.T) {
	markup, text := render(t, recording(4, 10))
	require.Equal(t, 4*10*2*2, strings.Count(markup, "busy 50.0 ms"), "a chunk has a span of waiting and one of work; both are drawn twice")
	for _, want := range []string{
		"Of the time of all workers, they were busy for 50.0 %",
		"The chunk that lost most time took 250 ms: 200 ms longer than at the median pace, which is 20.0 % of the time of the work.",
		"busy with a chunk on a CPU of node 0", "busy with a chunk on a CPU of node 3", "waiting for input", "a straggler, see the table",
		"p50 1.00 ms", "max 4.10 ms", "start", "prepare", "work", "rest", `\xff`, "from -10.0 at the left to 30.0 at the right, with a line at the mean",
		"chunk at byte 7 of b: 1.0 MiB, 10 rows, busy 50.0 ms, waited 50.0 ms, CPU 1",
	} {
		require.Contains(t, text, want)
	}
	require.NotContains(t, text, "stolen)", "no chunk was")
	require.NotContains(t, text, "Neighbours are merged")
	require.Contains(t, markup, `<path d="M2 5h74M39 1v8"/>`, "-10 to 10 of -10 to 30")
	require.Contains(t, markup, `<path d="M76 5h74M113 1v8"/>`)
}

// TestRunPageIsSmall draws the largest recordings: many workers with many spans, and a
// result of many long names that take much room when they are escaped.
func TestRunPageIsSmall(t *testing.T) {
	for _, shape := range [][2]int{{1, 4096}, {4, 4096}, {256, 64}, {1024, 16}} {
		r := recording(shape[0], shape[1])
		r.Inputs = []string{strings.Repeat("<", 300), strings.Repeat("&", 300), "c"}
		r.Command = append(r.Command, make([]string, 10_000)...)
		r.Stats.Names = 2 * MaxRows
		r.Result.Rows = nil
		for i := range MaxRows {
			r.Result.Rows = append(r.Result.Rows, []string{fmt.Sprint(strings.Repeat(`"`, 95), i), "-99.9", "0.0", "99.9", "1000000"})
		}
		_, text := render(t, r)
		require.Regexp(t, `The table has the first [0-9],[0-9]{3} of 20,000 names\.`, text)
		if shape[0] > maxLanes {
			require.Contains(t, text, "The timeline shows the first 256 workers; the table of workers has the other 768, too.")
		}
	}
	r := recording(2, 30)
	r.Stats.Names, r.Result.Rows = MaxRows, nil
	for i := range MaxRows {
		r.Result.Rows = append(r.Result.Rows, []string{fmt.Sprint("Some usual name ", i), "-99.9", "0.0", "99.9", "1000000"})
	}
	_, text := render(t, r)
	require.NotContains(t, text, "The table has the first", "all are there")
	require.Contains(t, text, fmt.Sprint("Some usual name ", MaxRows-1))
}

// TestRunPageParts leaves out what may be unknown.
func TestRunPageParts(t *testing.T) {
	r := recording(2, 4)
	r.Counted = "groups"
	_, text := render(t, r)
	require.Contains(t, text, "Run of 1brc group over 2 inputs")
	require.Contains(t, text, "Different groups")
	r = recording(2, 4)
	r.Stats.Error, r.Result = hostile, nil
	_, text = render(t, r)
	require.Contains(t, text, "The run failed")
	require.Contains(t, text, "Rows read")
	require.Contains(t, text, hostile)
	require.NotContains(t, text, "names of the result")

	r.Stats.Memory, r.Stats.Process.PeakResidentBytes = nil, 0
	for i := range r.Stats.Run.Workers[0].Spans {
		r.Stats.Run.Workers[0].Spans[i].Thread = nil
	}
	_, text = render(t, r)
	require.Contains(t, text, "the system counts the faults of a thread on Linux only")
	require.Contains(t, text, "Not known on this system")

	r.Stats.Run.Workers[0].Spans[0].Chunks, r.Stats.Run.Workers[0].Spans[0].Stolen = 7, 1
	r.Stats.Run.Workers[0].Stolen = 1
	_, text = render(t, r)
	require.Contains(t, text, "a span of the timeline is up to 7 chunks")
	require.Contains(t, text, "from the queue of another node (stolen)")

	r.Stats.Run = &engine.Measurement{}
	_, text = render(t, r)
	require.NotContains(t, text, "Latency of chunks")
	r.Stats.Run = nil // a stage
	_, text = render(t, r)
	require.NotContains(t, text, "Timeline")
	render(t, &Recording{})

	r = recording(1, 1)
	r.Result.Rows = nil
	_, text = render(t, r)
	require.Contains(t, text, "The result has no names.")
	r.Result.Rows = [][]string{{"a", "", "", "", "0"}, {"b", "2", "", "2", "1"}} // groups without values
	markup, _ := render(t, r)
	require.Equal(t, 1, strings.Count(markup, `<path d="M76 5h1"/>`), "there is no mean, and only one value")
	r.Result.Rows = r.Result.Rows[:1]
	_, text = render(t, r)
	require.NotContains(t, text, "bars reach", "no group has values")
}

// TestOverTime checks that nothing is lost in bins, and that a value is where its worker
// was busy.
func TestOverTime(t *testing.T) {
	r := recording(3, 7)
	sums := r.overTime(func(s engine.SpanMeasurement) float64 { return float64(s.Bytes) })
	total := 0.0
	for _, sum := range sums {
		total += sum
	}
	require.InEpsilon(t, 21e6, total, 1e-9)

	r = recording(1, 1) // busy from 0.7 to 1.2 of 1.5 s
	sums = r.overTime(func(engine.SpanMeasurement) float64 { return 20 })
	for i, sum := range sums {
		if i >= 28 && i < 48 {
			require.InDelta(t, 1, sum, 1e-9, i)
		} else {
			require.InDelta(t, 0, sum, 1e-9, i)
		}
	}
	r.Stats.Run.Workers[0].Spans[0].Chunks = 2 // and from 0.2 if it is not known when
	sums = r.overTime(func(engine.SpanMeasurement) float64 { return 40 })
	require.InDelta(t, 1, sums[8], 1e-9)
	require.InDelta(t, 0, sums[7], 1e-9)
}

func TestJoinNarrow(t *testing.T) {
	r := recording(1, 100)
	spans := r.Stats.Run.Workers[0].Spans
	require.Equal(t, spans, joinNarrow(spans, 0.001))
	joined := joinNarrow(spans, 0.0299)
	require.Len(t, joined, 34)
	chunks, bytes, busy, end := int64(0), int64(0), 0.0, 0.0
	for _, s := range joined {
		require.Equal(t, end, s.StartSeconds)
		end = s.EndSeconds
		chunks += s.Chunks
		bytes += s.Bytes
		busy += s.BusySeconds
	}
	require.Equal(t, []int64{100, 100e6}, []int64{chunks, bytes})
	require.InDelta(t, 0.5, busy, 1e-9)
	require.Equal(t, int64(1), spans[0].Chunks, "the recording stays as it is")
}

func TestRecordingRoundTrip(t *testing.T) {
	var b bytes.Buffer
	want := recording(2, 3)
	require.NoError(t, want.Write(&b))
	require.Equal(t, 1, strings.Count(b.String(), "\n"))
	got, err := ReadRecording(bytes.NewReader(b.Bytes()))
	require.NoError(t, err)
	want.Stats.Run.Stragglers[0].Input = strings.ReplaceAll(want.Stats.Run.Stragglers[0].Input, "\xff", "\uFFFD")
	require.Equal(t, want, got)
	before, _ := render(t, want)
	after, _ := render(t, got)
	require.Equal(t, before, after)
}

// TestRecordingNames pins the names of a recording in JSON, which programs read.
func TestRecordingNames(t *testing.T) {
	text, err := json.Marshal(Recording{Result: &Table{Columns: []Column{{}}, Range: &Range{}}})
	require.NoError(t, err)
	require.Regexp(t, `^\{"version":0,"time":"[^"]*","command":null,"inputs":null,"environment":\{.*\},"engine_seconds":0,"stats":\{.*\},"counted":"",`+
		`"result":\{"columns":\[\{"name":"","number":false\}\],"rows":null,"range":\{"min":0,"mean":0,"max":0\}\}\}$`, string(text))
}

func TestDamagedRecording(t *testing.T) {
	for text, want := range map[string]string{
		"":              "not a recording of a run: EOF",
		"<html>":        "not a recording of a run: invalid character",
		"{}":            "version 1: version 0",
		`{"version":2}`: "version 1: version 2",
		`{"version":1,"result":{"columns":[{}],"rows":[["a"],[]]}}`:                   "row 1 of the result has 0 columns, not 1",
		`{"version":1,"result":{"columns":[{}],"range":{"min":0,"mean":-1,"max":1}}}`: "the result has no column 1",
		`{"version":1,"result":{"columns":[{}],"range":{"min":-1,"mean":0,"max":0}}}`: "the result has no column -1",
		`{"version":1,"result":{"columns":[{}],"range":{"min":0,"mean":4,"max":0}}}`:  "the result has no column 4",
	} {
		_, err := ReadRecording(strings.NewReader(text))
		require.ErrorContains(t, err, want, text)
	}
	// Numbers that no run has are drawn somehow.
	r := recording(2, 3)
	r.Stats.WallSeconds = 0
	r.Stats.Run.Workers[0].Spans[0].EndSeconds = -5
	r.Stats.Run.Workers[0].Spans[1].StartSeconds = 1e300
	r.Stats.Run.Workers[1].Spans[0].Input = -3
	r.Stats.Run.LatencyBuckets[0].FromSeconds = 0
	r.Stats.Run.LatencyBuckets[1].ToSeconds = -1
	r.Stats.Run.Latency.P50 = -1
	r.Stats.Run.Stragglers[0].Worker = 99
	var b bytes.Buffer
	require.NoError(t, r.WritePage(&b))
}

func TestMoment(t *testing.T) {
	for seconds, want := range map[float64]string{
		0: "0", 5e-9: "5 ns", 999e-9: "999 ns", 999.9e-9: "1.00 µs", 12.34e-6: "12.3 µs", 0.0009999: "1.00 ms",
		0.25: "250 ms", 0.99949: "999 ms", 0.9999: "1.00 s", 75.25: "75.2 s", 1234: "1234 s", -0.002: "-2.00 ms",
	} {
		require.Equal(t, want, moment(seconds), seconds)
	}
	require.Equal(t, "999 bytes", bytesText(999))
	require.Equal(t, "1.00 kB", bytesText(999.9))
	require.Equal(t, "1.38 GB", bytesText(1379532320))
	require.Equal(t, "0 %", inPercent(0))
	require.Equal(t, "less than 0.1 %", inPercent(1e-6))
	require.Equal(t, "100 %", inPercent(math.Nextafter(1, 0)))
	require.Equal(t, "1,234", countText(1234.4))
	require.Equal(t, "316 million", countText(316.4e6))
	require.Equal(t, "2.5 ms", axisUnit(0.1, timeUnits)(0.0025))
	require.Equal(t, "0 GB", axisUnit(1e9, bytesUnits)(0))
	require.Equal(t, "…ef", shortened("abcdef", 2))
}
