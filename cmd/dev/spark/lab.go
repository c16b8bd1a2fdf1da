//go:build linux

package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"onebrc/cmd/internal/compare"
)

// lab is what the steps share.
type lab struct {
	*config
	ctx      context.Context
	dir      string // for files of the run
	absolute string // path of 1brc
	cluster  *cluster
	report   *report
}

// newLab reads the report and creates a folder.
func newLab(ctx context.Context, c *config) (*lab, error) {
	if c.home == "" {
		return nil, errors.New("--spark-home must name a folder of Spark")
	}
	r, err := readReport(c.folder)
	if err != nil {
		return nil, err
	}
	r.Environment, r.Time, r.Spark = compare.CurrentEnvironment(), time.Now().UTC().Truncate(time.Second), version(c.home)
	r.Rows, r.Large = c.rows, c.large
	l := &lab{config: c, ctx: ctx, report: r}
	if l.absolute, err = filepath.Abs(c.program); err != nil {
		return nil, err
	}
	if c.home, err = filepath.Abs(c.home); err != nil {
		return nil, err
	}
	l.dir, err = os.MkdirTemp("", "1brc-lab-")
	return l, err
}

// version returns the version of Spark in home, from the name of its core.
func version(home string) string {
	jars, _ := filepath.Glob(filepath.Join(home, "jars", "spark-core_*.jar"))
	if len(jars) != 1 {
		return "unknown"
	}
	name := strings.TrimSuffix(filepath.Base(jars[0]), ".jar")
	return name[strings.LastIndexByte(name, '-')+1:]
}

// close stops the cluster and removes the files.
func (l *lab) close() error {
	if l.cluster != nil {
		if err := l.cluster.stop(); err != nil {
			return err
		}
	}
	return os.RemoveAll(l.dir)
}

// startCluster starts the cluster unless it runs.
func (l *lab) startCluster() error {
	if l.cluster != nil {
		return nil
	}
	start := time.Now()
	c, err := newCluster(l.ctx, l.home, l.dir)
	if err != nil {
		return err
	}
	l.cluster = c
	l.report.ClusterSeconds = time.Since(start).Seconds()
	return nil
}

// master returns the URL of the cluster, or of this machine.
func (l *lab) master(cluster bool) string {
	if cluster {
		return l.cluster.url
	}
	return fmt.Sprintf("local[%d,4]", workers)
}

// outcome is what a program printed.
type outcome struct {
	stdout, stderr string
	failed         bool
	seconds        float64
}

// spark runs 1brc spark with args and checks that no temporary files stay but the log
// of an error, which spark removes.
func (l *lab) spark(cluster bool, args ...string) (outcome, error) {
	temp, err := os.MkdirTemp(l.dir, "temp")
	if err != nil {
		return outcome{}, err
	}
	flags := []string{"spark", "--spark-home", l.home, "--master", l.master(cluster), "--timeout", l.timeout.String(), "--temp-dir", temp}
	o, err := l.execute(append(flags, args...)...)
	if err != nil {
		return o, err
	}
	entries, err := os.ReadDir(temp)
	for _, entry := range entries {
		name := filepath.Join(temp, entry.Name())
		if !o.failed || !strings.Contains(o.stderr, name) {
			err = errors.Join(err, fmt.Errorf("%s stays", name))
		} else if l.keep(name) != nil {
			err = errors.Join(err, fmt.Errorf("%s cannot be kept", name))
		}
	}
	return o, err
}

// keep moves the last log beside the report's data sets, for people.
func (l *lab) keep(name string) error {
	content, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(l.cache, "spark.log"), content, 0o666)
}

// execute runs 1brc with args.
func (l *lab) execute(args ...string) (outcome, error) {
	command := exec.CommandContext(l.ctx, l.absolute, args...)
	command.Cancel = func() error { return command.Process.Signal(os.Interrupt) }
	var stdout, stderr bytes.Buffer
	command.Stdout, command.Stderr = &stdout, &stderr
	start := time.Now()
	err := command.Run()
	o := outcome{stdout.String(), stderr.String(), err != nil, time.Since(start).Seconds()}
	if errors.As(err, new(*exec.ExitError)) {
		err = nil
	}
	return o, err
}
