//go:build linux

package main

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// planning is the time of a query of ranges whose processes only count them.
type planning struct {
	Form     string    `json:"form"`
	Ranges   int       `json:"ranges"`
	SQLBytes int       `json:"sql_bytes"`
	Seconds  []float64 `json:"seconds"`
	Stopped  float64   `json:"stopped_after_seconds"` // 0 if spark-sql ended by itself
}

// step returns the name of the step.
func (p planning) step() string { return "plan/" + strings.ReplaceAll(p.Form, " ", "-") }

// plannedRanges are as many ranges of 64 MiB as 1e12 rows have, about.
const plannedRanges = 200_000

// plannings returns the steps that measure planning.
func plannings() []step {
	var all []step
	for _, form := range []struct {
		name   string
		ranges int
		from   func(dir string) (string, error)
	}{
		{"one range in VALUES", 1, func(string) (string, error) { return values(1), nil }},
		{"a range for each row of VALUES", plannedRanges, func(string) (string, error) { return values(plannedRanges), nil }},
		{"a range for each line of a file", plannedRanges, rangesFile},
		{"explode(sequence)", plannedRanges, func(string) (string, error) {
			return fmt.Sprintf("(SELECT i AS id, path, i * 67108864L AS lo, i * 67108864L + 67108864L AS hi, size, mtime FROM VALUES (%s) AS files (id, path, lo, hi, size, mtime) LATERAL VIEW explode(sequence(0L, %d)) AS i)",
				rangeFields(0, ", ", "'", "L"), plannedRanges-1), nil
		}},
	} {
		all = append(all, step{planning{Form: form.name}.step(), false, func(l *lab) error {
			return l.plan(form.name, form.ranges, form.from)
		}})
	}
	return all
}

// rangeFields returns the fields of a range.
func rangeFields(id int, separator, quote, suffix string) string {
	const path = "2f7368617265642f6d6561737572656d656e74732f323032362f6d6561737572656d656e74732e747874"
	const step = int64(64 << 20)
	fields := []string{
		fmt.Sprint(id, suffix), quote + path + quote, fmt.Sprint(int64(id)*step, suffix), fmt.Sprint(int64(id+1)*step, suffix),
		fmt.Sprint(plannedRanges*step, suffix), fmt.Sprint(int64(1_700_000_000_123_456_789), suffix),
	}
	return strings.ReplaceAll(strings.Join(fields, separator), " L", "L")
}

// values returns VALUES with n ranges.
func values(n int) string {
	var b strings.Builder
	b.WriteString("VALUES ")
	for id := range n {
		if id > 0 {
			b.WriteString(",\n")
		}
		b.WriteString("(" + rangeFields(id, ", ", "'", "L") + ")")
	}
	b.WriteString(" AS ranges (id, path, lo, hi, size, mtime)")
	return b.String()
}

// rangesFile creates a file of ranges and returns a query of it.
func rangesFile(dir string) (string, error) {
	path := filepath.Join(dir, "ranges.csv")
	file, err := os.Create(path)
	if err != nil {
		return "", err
	}
	defer file.Close()
	out := bufio.NewWriter(file)
	for id := range plannedRanges {
		fmt.Fprintln(out, rangeFields(id, ",", "", ""))
	}
	return fmt.Sprintf("(SELECT _c0 AS id, _c1 AS path, _c2 AS lo, _c3 AS hi, _c4 AS size, _c5 AS mtime FROM csv.`file://%s`)", path), out.Flush()
}

// plan measures a query.
func (l *lab) plan(form string, ranges int, from func(dir string) (string, error)) error {
	table, err := from(l.dir)
	if err != nil {
		return err
	}
	const tasks = 64
	query := fmt.Sprintf("SELECT sum(CAST(n AS BIGINT)) FROM (SELECT TRANSFORM (id, path, lo, hi, size, mtime) ROW FORMAT DELIMITED FIELDS TERMINATED BY '\\t' "+
		"USING 'wc -l' AS (n STRING) ROW FORMAT DELIMITED FIELDS TERMINATED BY '\\t' FROM (SELECT /*+ REPARTITION(%d) */ * FROM %s));\n", tasks, table)
	file := filepath.Join(l.dir, "plan.sql")
	if err := os.WriteFile(file, []byte(query), 0o666); err != nil {
		return err
	}
	p := planning{Form: form, Ranges: ranges, SQLBytes: len(query)}
	ctx, cancel := context.WithTimeout(l.ctx, l.timeout)
	defer cancel()
	for range l.runs {
		command := exec.CommandContext(ctx, filepath.Join(l.home, "bin", "spark-sql"), "--master", l.master(false),
			"--conf", "spark.sql.catalogImplementation=in-memory", "--conf", "spark.ui.enabled=false", "-S", "-f", file)
		command.Dir = l.dir
		command.Env = append(os.Environ(), "SPARK_HOME="+l.home, "SPARK_LOCAL_IP=127.0.0.1")
		start := time.Now()
		out, err := command.Output()
		if ctx.Err() != nil && l.ctx.Err() == nil {
			p.Seconds, p.Stopped = nil, time.Since(start).Seconds()
			break
		}
		if err != nil {
			return err
		}
		p.Seconds = append(p.Seconds, time.Since(start).Seconds())
		if got := strings.TrimSpace(string(out)); got != fmt.Sprint(ranges) {
			return fmt.Errorf("the processes counted %s ranges", got)
		}
	}
	put(&l.report.Plannings, p)
	return nil
}
