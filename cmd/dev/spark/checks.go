//go:build linux

package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// check is what came out of a step that compares a job with 1brc.
type check struct {
	Name    string  `json:"name"`
	Master  string  `json:"master"` // "cluster" or "local"
	What    string  `json:"what"`
	Error   bool    `json:"error"`  // the job had to fail, and failed with the right message
	Ranges  int     `json:"ranges"` // 0 if they were not counted
	Again   int     `json:"again"`  // ranges that ran again
	Seconds float64 `json:"seconds"`
}

// step returns the name of the step.
func (c check) step() string { return "check/" + c.Name + "/" + c.Master }

// checks returns the steps that compare jobs with 1brc.
func checks() []step {
	var all []step
	add := func(name, what string, run func(l *lab, c *check) error) {
		for _, master := range []string{"cluster", "local"} {
			if master == "local" && strings.HasPrefix(name, "fault/") && name != "fault/half" && name != "fault/killed" {
				continue // there is only one process, which is the driver
			}
			if master == "local" && !strings.HasPrefix(name, "fault/") {
				continue // make sparkquick has these
			}
			c := check{Name: name, Master: master, What: what}
			all = append(all, step{c.step(), master == "cluster", func(l *lab) error {
				if err := run(l, &c); err != nil {
					return err
				}
				put(&l.report.Checks, c)
				return nil
			}})
		}
	}
	for _, size := range []struct{ flag, tasks string }{{"1KiB", "64"}, {"1000003", "1000"}, {"64KiB", "64"}, {"1GiB", "1000"}} {
		add("ranges/"+size.flag, "ranges of "+size.flag+", at most "+size.tasks+" tasks", func(l *lab, c *check) error {
			path, err := l.data(l.rows, "default")
			if err != nil {
				return err
			}
			return l.compare(c, "", "--range-size", size.flag, "--tasks", size.tasks, "--", path)
		})
	}
	add("golden", "all golden files as one input, with empty files and last rows without LF", func(l *lab, c *check) error {
		paths, err := filepath.Glob("testdata/golden/*.txt")
		if err != nil || len(paths) == 0 {
			return fmt.Errorf("no golden files: %w", err)
		}
		return l.compare(c, "", append([]string{"--range-size", "1000", "--tasks", "50", "--"}, paths...)...)
	})
	for _, fault := range faults {
		add("fault/"+fault.name, fault.what, func(l *lab, c *check) error {
			path, err := l.data(l.rows, "default")
			if err != nil {
				return err
			}
			if err := l.compare(c, once+fault.script+"\nfi", "--range-size", "8MiB", "--", path); err != nil {
				return err
			}
			if c.Again == 0 {
				return fmt.Errorf("no range ran again")
			}
			if fault.name == "worker" { // the others need two workers
				if err := l.cluster.addWorker(); err != nil {
					return err
				}
				return l.cluster.wait(l.ctx, workers)
			}
			return nil
		})
	}
	add("bad-row", "two bad rows: the error of 1brc, about the first one", func(l *lab, c *check) error {
		path, err := l.withBadRows()
		if err != nil {
			return err
		}
		return l.compare(c, "", "--range-size", "1000003", "--", path)
	})
	add("changed", "a file that changes after planning: an error", func(l *lab, c *check) error {
		path := filepath.Join(l.dir, "changing")
		if err := os.WriteFile(path, []byte("a;1.0\n"), 0o666); err != nil {
			return err
		}
		return l.fails(c, "touch '"+path+"'", "the file has changed: planned for 6 bytes", path)
	})
	add("missing", "a file that a worker cannot open: an error", func(l *lab, c *check) error {
		path := filepath.Join(l.dir, "missing")
		if err := os.WriteFile(path, []byte("a;1.0\n"), 0o666); err != nil {
			return err
		}
		return l.fails(c, "rm -f '"+path+"'", "all workers must have the files at the same paths", path)
	})
	add("timeout", "a job that takes too long: an error", func(l *lab, c *check) error {
		path, err := l.data(l.rows, "default")
		if err != nil {
			return err
		}
		return l.fails(c, "exec sleep 60", "the job was not done after 20s", "--timeout", "20s", path)
	})
	add("interrupt", "a job that is interrupted: an error, and a process that waits ends", func(l *lab, c *check) error {
		path, err := l.data(l.rows, "default")
		if err != nil {
			return err
		}
		pids := filepath.Join(l.dir, "pids")
		interrupted := *l
		var interrupt context.CancelFunc
		interrupted.ctx, interrupt = context.WithCancel(l.ctx)
		defer interrupt()
		go func() {
			for interrupted.ctx.Err() == nil {
				if _, err := os.Stat(pids); err == nil {
					interrupt()
				}
				time.Sleep(50 * time.Millisecond)
			}
		}()
		script := fmt.Sprintf(`echo $$ >%[1]s.new; mv %[1]s.new %[1]s; exec "$program" "$@" < <(cat "$ranges"; exec sleep 600)`, pids)
		if err := interrupted.fails(c, once+script+"\nfi", "interrupted", "--range-size", "8MiB", "--", path); err != nil {
			return err
		}
		return hasEnded(pids)
	})
	add("no-worker", "executors that ask for more memory than a worker has: an error at the deadline", func(l *lab, c *check) error {
		path, err := l.data(l.rows, "default")
		if err != nil {
			return err
		}
		return l.fails(c, "", "the cluster has no free worker", "--timeout", "40s", "--conf", "spark.executor.memory=100g", path)
	})
	add("no-master", "a master that is not there: an error before the deadline", func(l *lab, c *check) error {
		path, err := l.data(l.rows, "default")
		if err != nil {
			return err
		}
		if err := l.fails(c, "", "no master answers at spark://127.0.0.1:1", "--master", "spark://127.0.0.1:1", "--timeout", "60s", path); err != nil {
			return err
		}
		const soon = 10
		if c.Seconds > soon {
			return fmt.Errorf("the error came after %.0f s", c.Seconds)
		}
		return nil
	})
	return all
}

// hasEnded waits for the end of the process whose number is in a file.
func hasEnded(path string) error {
	pid, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	const limit = 20 * time.Second
	for start := time.Now(); time.Since(start) < limit; time.Sleep(50 * time.Millisecond) {
		if _, err := os.Stat("/proc/" + strings.TrimSpace(string(pid))); err != nil {
			return nil
		}
	}
	return fmt.Errorf("process %q still runs after %v", pid, limit)
}

// once begins a script that only the first process runs.
const once = `if mkdir "$state/first" 2>/dev/null; then
`

// faults are what happens to the first process that begins.
var faults = []struct{ name, what, script string }{
	{"half", "a process exits with 1 after half of its output", `"$program" "$@" <"$ranges" | head -n 200; exit 1`},
	{"killed", "a process is killed by SIGKILL", `"$program" "$@" < <(cat "$ranges"; sleep 5) & kill -9 $!; wait $!; exit $?`},
	{"executor", "an executor is killed by SIGKILL", `kill -9 $PPID; sleep 10`},
	{"worker", "a worker is killed by SIGKILL, and its executor with it",
		`kill -9 $(ps -o ppid= -p $PPID) $PPID; sleep 10`},
}

// compare runs a job through a wrapper with a script, and 1brc, and compares what they
// print. The files follow "--" in args.
func (l *lab) compare(c *check, script string, args ...string) error {
	files := args
	for i, arg := range args {
		if arg == "--" {
			files = args[i+1:]
		}
	}
	want, err := l.execute(files...)
	if err != nil {
		return err
	}
	got, err := l.wrapped(c, script, args...)
	if err != nil {
		return err
	}
	got.stderr = strings.Replace(got.stderr, "1brc spark: ", "1brc: ", 1)
	if got.stdout != want.stdout || got.stderr != want.stderr || got.failed != want.failed {
		return fmt.Errorf("the job printed %.1000q and %.1000q, 1brc %.1000q and %.1000q", got.stdout, got.stderr, want.stdout, want.stderr)
	}
	c.Error = want.failed
	return nil
}

// fails runs a job through a wrapper with a script, and checks its message.
func (l *lab) fails(c *check, script, message string, args ...string) error {
	got, err := l.wrapped(c, script, args...)
	if err != nil {
		return err
	}
	if !got.failed || got.stdout != "" || !strings.Contains(got.stderr, message) || strings.Count(got.stderr, "\n") != 1 {
		return fmt.Errorf("the job printed %.1000q and %.1000q", got.stdout, got.stderr)
	}
	c.Error = true
	return nil
}

// wrapped runs a job through a wrapper with a script, and counts its ranges.
func (l *lab) wrapped(c *check, script string, args ...string) (outcome, error) {
	w, err := l.newWrapper(script)
	if err != nil {
		return outcome{}, err
	}
	got, err := l.spark(c.Master == "cluster", append([]string{"--program", w.path}, args...)...)
	if err != nil {
		return got, err
	}
	c.Seconds = got.seconds
	c.Ranges, c.Again, err = w.count()
	c.Ranges -= c.Again
	return got, err
}

// withBadRows returns the path of a copy of the data with two bad rows. The second one is
// in the first range of its task, the first one is not.
func (l *lab) withBadRows() (string, error) {
	path, err := l.data(l.rows, "default")
	if err != nil {
		return "", err
	}
	content, err := os.ReadFile(path)
	if err != nil {
		return "", err
	}
	bad := filepath.Join(l.dir, "bad.txt")
	third := len(content) / 3
	text := string(content[:third]) + "\nbad\n" + string(content[third:2*third]) + "\nworse\n" + string(content[2*third:])
	return bad, os.WriteFile(bad, []byte(text), 0o666)
}
