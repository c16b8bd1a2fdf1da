package spark

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"onebrc/engine"
)

const (
	// dialTime is how long a master may take to accept a connection.
	dialTime = 5 * time.Second
	// pipeDelay is how long Wait waits for the pipes of spark-sql when it has exited.
	pipeDelay = 5 * time.Second
)

// cancelTime is how long spark-sql may take to cancel its job and to remove its files
// before it is killed. Tests change it.
var cancelTime = 10 * time.Second

// Job is how spark-sql runs a query.
type Job struct {
	SQL     string        // path of spark-sql; see Find
	Home    string        // folder of Spark; "" if spark-sql finds it by itself
	Master  string        // URL of the master, or local[...]
	Program string        // path of 1brc on the workers
	Conf    []string      // properties KEY=VALUE, which override the defaults
	TempDir string        // folder for temporary files; "" means os.TempDir()
	Timeout time.Duration // how long the job may take; 0 means for ever
	// Progress is called with how many tasks of the query are done. It may be nil.
	Progress func(done, tasks int64)

	dir string   // absolute folder of the files of a run
	log *os.File // what spark-sql prints to standard error
}

// Find returns the path of spark-sql in home, or else in the environment variable
// SPARK_HOME, or else in PATH. It also returns the folder that it was found in, or "" if
// it was found in PATH.
func Find(home string) (sql, folder string, err error) {
	flag := "--spark-home"
	if home == "" {
		home, flag = os.Getenv("SPARK_HOME"), "SPARK_HOME"
	}
	if home == "" {
		path, err := exec.LookPath("spark-sql")
		if err != nil {
			return "", "", errors.New("no spark-sql in PATH: name the folder of Spark with --spark-home or the environment variable SPARK_HOME")
		}
		sql, err = filepath.Abs(path)
		return sql, "", err
	}
	if folder, err = filepath.Abs(home); err != nil {
		return "", "", err
	}
	sql = filepath.Join(folder, "bin", "spark-sql")
	if _, err := exec.LookPath(sql); err != nil {
		return "", "", fmt.Errorf("%s=%s has no program bin/spark-sql", flag, home)
	}
	return sql, folder, nil
}

// DefaultMaster returns the master that runs the job on this machine, with a process for
// each CPU and up to four attempts for each task.
func DefaultMaster() string { return fmt.Sprintf("local[%d,4]", runtime.GOMAXPROCS(0)) }

// isLocal reports whether the job runs on this machine only.
func (j *Job) isLocal() bool { return strings.HasPrefix(j.Master, "local") }

// arguments returns the arguments of spark-sql, without the query.
func (j *Job) arguments() []string {
	defaults := []string{
		"spark.app.name=1brc",
		"spark.task.maxFailures=4",
		"spark.ui.enabled=false", // it would listen on all addresses
		// By default, a task opens a file for each of 200 partitions, which takes longer
		// than the task.
		"spark.shuffle.sort.bypassMergeThreshold=1",
		"spark.local.dir=" + j.dir,
		fmt.Sprintf("spark.ui.showConsoleProgress=%t", j.Progress != nil),
	}
	// The result depends on these. The last value of a property counts.
	fixed := []string{
		"spark.sql.catalogImplementation=in-memory",
		"spark.sql.warehouse.dir=" + j.dir,
		"spark.sql.ansi.enabled=true", // overflow is an error
		"spark.sql.ansi.enforceReservedKeywords=false",
		"spark.sql.variable.substitute=false",
		"spark.sql.parser.escapedStringLiterals=false",
		"spark.sql.cli.print.header=false",
	}
	args := []string{"--master", j.Master}
	for _, list := range [][]string{defaults, j.Conf, fixed} {
		for _, property := range list {
			args = append(args, "--conf", property)
		}
	}
	return append(args, "-S") // print the result only
}

// environment returns the environment of spark-sql.
func (j *Job) environment() []string {
	options := fmt.Sprintf("%s -XX:-UsePerfData %q", os.Getenv("SPARK_SUBMIT_OPTS"), "-Djava.io.tmpdir="+j.dir)
	environment := append(os.Environ(), "SPARK_SUBMIT_OPTS="+strings.TrimSpace(options))
	if j.Home != "" {
		environment = append(environment, "SPARK_HOME="+j.Home)
	}
	if j.isLocal() && os.Getenv("SPARK_LOCAL_IP") == "" {
		environment = append(environment, "SPARK_LOCAL_IP=127.0.0.1") // listen on no other address
	}
	return environment
}

// Error is an error of Spark, or of a result that is not right.
type Error struct{ text string }

// Error returns the text.
func (e *Error) Error() string { return e.text }

// Aggregate runs the query of plan and returns the result, as [engine.AggregatePartial]
// and [engine.Partial.Stream] do. It calls onBadRow for the bad rows that mode keeps, in
// the order of the input, and returns an error of onBadRow. When ctx ends, it cancels
// the job.
//
// An *[Error] names a file in TempDir that has what Spark printed. No other file stays.
func (j *Job) Aggregate(ctx context.Context, plan *Plan, mode engine.BadRowMode, onBadRow func(*engine.RowError) error) (stream *engine.Stream, err error) {
	query, err := plan.Query(taskCommand(j.Program, mode))
	if err != nil {
		return nil, err
	}
	inTime := ctx // not for the stream that is returned
	if j.Timeout > 0 {
		var cancel context.CancelFunc
		inTime, cancel = context.WithTimeoutCause(ctx, j.Timeout, errTimeout)
		defer cancel()
	}
	if err := j.checkMaster(inTime); err != nil {
		return nil, err
	}
	if err := j.createFiles(query); err != nil {
		return nil, err
	}
	defer func() { err = j.removeFiles(err) }()
	c := &Collector{plan: plan, mode: mode}
	if err := j.run(inTime, c.Read); err != nil {
		return nil, err
	}
	return c.Stream(ctx, onBadRow)
}

// errTimeout ends the context of a job that takes too long.
var errTimeout = errors.New("timed out")

const (
	queryFile = "query.sql"
	logFile   = "log"
)

// createFiles creates a folder with the query and the log.
func (j *Job) createFiles(query string) error {
	dir, err := os.MkdirTemp(j.TempDir, "1brc-spark-")
	if err != nil {
		return err
	}
	if j.dir, err = filepath.Abs(dir); err != nil {
		return err
	}
	err = os.WriteFile(filepath.Join(j.dir, queryFile), []byte(query), 0o600)
	if err == nil {
		j.log, err = os.OpenFile(filepath.Join(j.dir, logFile), os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	}
	if err != nil {
		return errors.Join(err, os.RemoveAll(j.dir))
	}
	return nil
}

// removeFiles removes the folder. If err is an error of Spark, the log stays beside it,
// and err names it.
func (j *Job) removeFiles(err error) error {
	closeErr := j.log.Close()
	if failure := (*Error)(nil); errors.As(err, &failure) {
		kept := j.dir + ".log"
		if renameErr := os.Rename(j.log.Name(), kept); renameErr != nil {
			return errors.Join(err, renameErr)
		}
		err = &Error{fmt.Sprintf("%s (what Spark printed is in %s)", err, kept)}
	}
	if removeErr := errors.Join(closeErr, os.RemoveAll(j.dir)); err == nil {
		err = removeErr
	}
	return err
}

// run runs the query, and read with what spark-sql prints. When ctx ends, or when read
// returns an error, run cancels the job and returns that error.
func (j *Job) run(ctx context.Context, read func(io.Reader) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	command := exec.Command(j.SQL, append(j.arguments(), "-f", queryFile)...)
	command.Dir, command.Env = j.dir, j.environment()
	command.Stderr, command.WaitDelay = io.MultiWriter(j.log, &progressReader{report: j.Progress}), pipeDelay
	output, input := io.Pipe()
	command.Stdout = input
	setGroup(command)
	runtime.LockOSThread() // for endWithParent
	defer runtime.UnlockOSThread()
	if err := command.Start(); err != nil {
		return err
	}
	reading := make(chan struct{})
	go func() {
		defer close(reading)
		if err := read(output); err != nil {
			cancel(err)
			output.CloseWithError(err) // or spark-sql could wait for a reader
		}
	}()
	ended := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		endGroup(command.Process)
		select {
		case <-ended:
		case <-time.After(cancelTime):
			killGroup(command.Process)
		}
	})
	err := command.Wait()
	close(ended)
	killGroup(command.Process) // what it has left behind, if anything
	if stop() && err != nil {  // it failed by itself
		cancel(j.explain(err))
	}
	input.Close()
	<-reading
	cause := context.Cause(ctx)
	if cause == errTimeout {
		return j.timedOut()
	}
	return cause
}

// checkMaster connects to the standalone master. Spark itself tries for a minute before
// it says that there is none.
func (j *Job) checkMaster(ctx context.Context) error {
	list, isStandalone := strings.CutPrefix(j.Master, "spark://")
	if !isStandalone {
		return nil
	}
	var first error
	for _, address := range strings.Split(list, ",") {
		dialer := net.Dialer{Timeout: dialTime}
		connection, err := dialer.DialContext(ctx, "tcp", address)
		if err == nil {
			return connection.Close()
		}
		if first == nil {
			first = err
		}
	}
	if context.Cause(ctx) == errTimeout {
		return fmt.Errorf("no master answers at %s in %v", j.Master, j.Timeout)
	}
	return fmt.Errorf("no master answers at %s: %w", j.Master, first)
}

// progressReader finds the number of tasks that are done in what spark-sql prints.
type progressReader struct {
	report func(done, tasks int64) // may be nil
	line   []byte                  // the end of what was written
}

// Write implements io.Writer. A line of progress ends in "(DONE + RUNNING) / TASKS]" and
// a carriage return.
func (p *progressReader) Write(b []byte) (int, error) {
	if p.report == nil {
		return len(b), nil
	}
	p.line = append(p.line, b...)
	for {
		end := bytes.IndexByte(p.line, ']')
		if end < 0 {
			break
		}
		part := p.line[:end]
		if start := bytes.LastIndexByte(part, '('); start >= 0 {
			var done, running, tasks int64
			if n, _ := fmt.Sscanf(string(part[start:]), "(%d + %d) / %d", &done, &running, &tasks); n == 3 {
				p.report(done, tasks)
			}
		}
		p.line = p.line[end+1:]
	}
	const longest = 200
	p.line = p.line[max(0, len(p.line)-longest):]
	return len(b), nil
}
