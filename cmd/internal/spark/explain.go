package spark

import (
	"bufio"
	"cmp"
	"errors"
	"fmt"
	"io"
	"math"
	"os/exec"
	"strings"
	"unicode"
)

// explain returns why spark-sql failed, with the error err, as its log says.
func (j *Job) explain(err error) error {
	if !errors.As(err, new(*exec.ExitError)) {
		return fmt.Errorf("spark-sql: %w", err)
	}
	why, readErr := readLog(j.reopen())
	if readErr != nil {
		return readErr
	}
	return &Error{cmp.Or(why.failed(), "spark-sql: "+err.Error())}
}

// timedOut returns the error of a job that took longer than Timeout.
func (j *Job) timedOut() error {
	text := fmt.Sprintf("the job was not done after %v", j.Timeout)
	if why, err := readLog(j.reopen()); err == nil && why.waits != "" {
		text += ": " + why.waits
	}
	return &Error{text}
}

// reopen returns a reader of the whole log.
func (j *Job) reopen() io.Reader { return io.NewSectionReader(j.log, 0, math.MaxInt64) }

// reasons are what a log of spark-sql says about why a job failed or has not begun. Each
// one is the first of its kind, or "".
type reasons struct {
	process string // message of a process of the query
	status  string // exit status of such a process
	waits   string // what the job waits for
	logged  string // error in the log
	last    string // last line, but not of a stack
}

// failed returns the best reason for a failure.
func (r reasons) failed() string { return cmp.Or(r.process, r.status, r.waits, r.logged, r.last) }

// readLog returns the reasons in a log.
func readLog(log io.Reader) (r reasons, err error) {
	const waiting = "Initial job has not accepted any resources"
	first := func(reason *string, line, before string) {
		if at := strings.Index(line, before); at >= 0 && *reason == "" {
			*reason = line[at:]
		}
	}
	lines := bufio.NewReader(log)
	for {
		line, err := readStart(lines)
		if err == io.EOF {
			return r, nil
		}
		if err != nil {
			return r, err
		}
		line = printable(line)
		if _, message, found := strings.Cut(line, taskPrefix); found && r.process == "" {
			r.process = message
		}
		first(&r.status, line, "Subprocess exited with status ")
		first(&r.logged, line, " ERROR ")
		if strings.Contains(line, waiting) {
			r.waits = "the cluster has no free worker with the memory and the cores that the job asks for"
		}
		if line != "" && !strings.HasPrefix(line, "at ") {
			r.last = line
		}
	}
}

// readStart returns the next line of r, or the start of a long one, without its end.
func readStart(r *bufio.Reader) (string, error) {
	part, more, err := r.ReadLine()
	line := string(part)
	for more && err == nil {
		_, more, err = r.ReadLine()
	}
	return line, err
}

// printable returns text without space around it and without what a terminal could take for a command.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsGraphic(r) {
			return r
		}
		return unicode.ReplacementChar
	}, strings.TrimSpace(text))
}
