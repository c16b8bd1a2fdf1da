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

	"onebrc/engine"
)

// timing has the times of runs of a job, and the largest resident memory of any process
// of each kind.
type timing struct {
	Input   string           `json:"input"`  // such as "1e7 rows"
	Master  string           `json:"master"` // "cluster", "local", or "" for 1brc without Spark
	Bytes   int64            `json:"bytes"`
	Seconds []float64        `json:"seconds"`
	Memory  map[string]int64 `json:"memory"`
}

// step returns the name of the step.
func (t timing) step() string {
	return fmt.Sprintf("time/%s/%s", strings.ReplaceAll(t.Input, " ", "-"), t.Master)
}

// volume is what a task returns for a range of names.
type volume struct {
	Names int64 `json:"names"`
	Bytes int64 `json:"bytes"`
}

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
	for _, names := range []struct{ name, rows, profile string }{{"413", "1e6", "default"}, {"1e4", "1e6", "10k"}, {"1e6", "1e6", "unique"}} {
		all = append(all, step{"volume/" + names.name, false, func(l *lab) error { return l.measureVolume(names.rows, names.profile) }})
	}
	return all
}

// profileData returns the path of a data set of a profile.
func (l *lab) profileData(rows, profile string) (string, error) {
	if rows == "0" {
		path := filepath.Join(l.dir, "empty")
		return path, os.WriteFile(path, nil, 0o666)
	}
	if profile == "default" {
		return l.data(rows)
	}
	path, err := filepath.Abs(filepath.Join(l.cache, "spark-"+profile+"-"+rows+".txt"))
	if err != nil {
		return "", err
	}
	if _, err := os.Stat(path); err == nil {
		return path, nil
	}
	out, err := exec.Command(l.gen, "--profile", profile, "--rows", rows, "-o", path).CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("%w: %s", err, out)
	}
	return path, nil
}

// measure runs a job some times, compares its result, and adds t to the report.
func (l *lab) measure(t timing, rows, profile string) error {
	path, err := l.profileData(rows, profile)
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
	for i, old := range l.report.Times {
		if old.Input == t.Input && old.Master == t.Master {
			l.report.Times[i] = t
			return nil
		}
	}
	l.report.Times = append(l.report.Times, t)
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

// measureVolume runs a task for all of a data set and adds the bytes of its output.
func (l *lab) measureVolume(rows, profile string) error {
	path, err := l.profileData(rows, profile)
	if err != nil {
		return err
	}
	version, err := engine.StatFile(path)
	if err != nil {
		return err
	}
	command := exec.CommandContext(l.ctx, l.absolute, "spark-task")
	command.Stdin = strings.NewReader(fmt.Sprintf("0\t%x\t0\t%d\t%d\t%d\n", path, version.Size, version.Size, version.ModTime))
	out, err := command.Output()
	if err != nil {
		return err
	}
	v := volume{Names: int64(bytes.Count(out, []byte("\n")) - 1), Bytes: int64(len(out))}
	for i, old := range l.report.Volumes {
		if old.Names == v.Names {
			l.report.Volumes[i] = v
			return nil
		}
	}
	l.report.Volumes = append(l.report.Volumes, v)
	return nil
}
