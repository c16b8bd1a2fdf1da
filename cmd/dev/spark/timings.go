//go:build linux

package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"onebrc/cmd/internal/spark"
	"onebrc/engine"
)

// timing has the times of runs of a job, and the largest resident memory of any process
// of each kind.
type timing struct {
	Input   string           `json:"input"`  // such as "1e7 rows"
	Master  string           `json:"master"` // "cluster", "local", or without Spark taskAlone or "" for 1brc
	Bytes   int64            `json:"bytes"`
	Seconds []float64        `json:"seconds"`
	Memory  map[string]int64 `json:"memory"`
}

// taskAlone is the master of a spark-task that nothing else runs beside.
const taskAlone = "task"

// step returns the name of the step.
func (t timing) step() string {
	return fmt.Sprintf("time/%s/%s", strings.ReplaceAll(t.Input, " ", "-"), t.Master)
}

// volume is what a task returns for a range of names.
type volume struct {
	Names int64 `json:"names"`
	Bytes int64 `json:"bytes"`
}

// step returns the name of the step.
func (v volume) step() string { return fmt.Sprintf("volume/%d", v.Names) }

// timings returns the steps that measure jobs.
func timings(c *config) []step {
	var all []step
	for _, input := range []struct{ name, rows, profile string }{
		{"an empty file", "0", "default"}, {c.rows + " rows", c.rows, "default"}, {c.large + " rows", c.large, "default"},
		{"1e6 names", "1e6", "unique"},
	} {
		for _, master := range []string{"", "local", "cluster"} {
			t := timing{Input: input.name, Master: master}
			all = append(all, step{t.step(), master == "cluster", func(l *lab) error {
				return l.measure(t, input.rows, input.profile)
			}})
		}
	}
	alone := timing{Input: c.large + " rows", Master: taskAlone}
	all = append(all, step{alone.step(), false, func(l *lab) error { return l.measureTask(alone, c.large) }})
	for _, v := range []struct {
		volume
		profile string
	}{{volume{Names: 413}, "default"}, {volume{Names: 1e4}, "10k"}, {volume{Names: 1e6}, "unique"}} {
		all = append(all, step{v.step(), false, func(l *lab) error { return l.measureVolume(v.volume, v.profile) }})
	}
	return all
}

// measure runs a job some times, compares its result, and adds t to the report.
func (l *lab) measure(t timing, rows, profile string) error {
	path, err := l.data(rows, profile)
	if err != nil {
		return err
	}
	want, err := l.execute(path)
	if err != nil || want.failed {
		return fmt.Errorf("1brc: %w: %s", err, want.stderr)
	}
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	t.Bytes = info.Size()
	memory := watchMemory()
	for range l.runs {
		var got outcome
		if t.Master == "" {
			got, err = l.execute(path)
		} else {
			got, err = l.spark(t.Master == "cluster", path)
		}
		if err != nil {
			return err
		}
		if got.failed || got.stdout != want.stdout {
			return fmt.Errorf("the result is wrong: %.1000q", got.stderr)
		}
		t.Seconds = append(t.Seconds, got.seconds)
	}
	t.Memory = memory()
	put(&l.report.Times, t)
	return nil
}

// kinds are the kinds of processes, and what their command lines have.
var kinds = []struct {
	name, words string
	ofCluster   bool
}{
	{"1brc spark-task", "spark-task", false}, {"1brc spark", "spark --spark-home", false}, {"driver", "SparkSubmit", false},
	{"executor", "CoarseGrainedExecutorBackend", true}, {"master", "deploy.master.Master", true}, {"worker", "deploy.worker.Worker", true},
}

// watchMemory watches the peak of the resident memory of processes until the returned
// function is called.
func watchMemory() func() map[string]int64 {
	stop, stopped := make(chan struct{}), make(chan map[string]int64)
	go func() {
		peaks := map[string]int64{}
		for {
			select {
			case <-stop:
				stopped <- peaks
				return
			case <-time.After(50 * time.Millisecond):
				samplePeaks(peaks)
			}
		}
	}()
	return func() map[string]int64 {
		close(stop)
		return <-stopped
	}
}

// samplePeaks raises peaks to those of the processes that run.
func samplePeaks(peaks map[string]int64) {
	folders, _ := filepath.Glob("/proc/[0-9]*")
	for _, folder := range folders {
		line, _ := os.ReadFile(filepath.Join(folder, "cmdline")) // it may have ended
		text := string(bytes.ReplaceAll(line, []byte{0}, []byte{' '}))
		for _, kind := range kinds {
			if !strings.Contains(text, kind.words) || strings.HasPrefix(text, "/bin/bash") {
				continue
			}
			status, _ := os.ReadFile(filepath.Join(folder, "status"))
			_, after, _ := strings.Cut(string(status), "VmHWM:")
			if fields := strings.Fields(after); len(fields) > 0 {
				if kib, err := strconv.ParseInt(fields[0], 10, 64); err == nil {
					peaks[kind.name] = max(peaks[kind.name], kib<<10)
				}
			}
			break
		}
	}
}

// task runs spark-task for all of a file, and returns its output and its time.
func (l *lab) task(path string) (out []byte, seconds float64, err error) {
	version, err := engine.StatFile(path)
	if err != nil {
		return nil, 0, err
	}
	command := exec.CommandContext(l.ctx, l.absolute, spark.TaskCommand)
	command.Stdin = strings.NewReader(fmt.Sprintf("0\t%x\t0\t%d\t%d\t%d\n", path, version.Size, version.Size, version.ModTime))
	start := time.Now()
	out, err = command.Output()
	return out, time.Since(start).Seconds(), err
}

// measureTask runs a task for all of a data set some times, and adds t to the report.
func (l *lab) measureTask(t timing, rows string) error {
	path, err := l.data(rows, "default")
	if err != nil {
		return err
	}
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	t.Bytes = info.Size()
	if _, _, err := l.task(path); err != nil { // now the file is in the page cache
		return err
	}
	for range l.runs {
		_, seconds, err := l.task(path)
		if err != nil {
			return err
		}
		t.Seconds = append(t.Seconds, seconds)
	}
	put(&l.report.Times, t)
	return nil
}

// measureVolume runs a task for all of a data set of v.Names names and adds the bytes of
// its output.
func (l *lab) measureVolume(v volume, profile string) error {
	path, err := l.data("1e6", profile)
	if err != nil {
		return err
	}
	out, _, err := l.task(path)
	if err != nil {
		return err
	}
	if names := int64(bytes.Count(out, []byte("\n")) - 1); names != v.Names {
		return fmt.Errorf("there are %d names, not %d", names, v.Names)
	}
	v.Bytes = int64(len(out))
	put(&l.report.Volumes, v)
	return nil
}
