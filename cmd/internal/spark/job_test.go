//go:build unix

package spark

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"onebrc/engine"
)

// script creates a spark-sql that is a shell script.
func script(t *testing.T, body string) string {
	path := write(t, "spark-sql", "#!/bin/sh\n"+body)
	require.NoError(t, os.Chmod(path, 0o700))
	return path
}

// newJob returns a job of a script, and a plan. The script prints the right result if it
// runs "cat RESULT".
func newJob(t *testing.T, body string) (*Job, *Plan) {
	p, err := NewPlan([]string{write(t, "x", "Oslo;1.0\nNuuk;-3.4\n")}, 5, 10)
	require.NoError(t, err)
	result := write(t, "result", string(runQuery(t, p, engine.BadRowsFail)))
	return &Job{
		SQL: script(t, strings.ReplaceAll(body, "RESULT", "'"+result+"'")), Master: "local[1,4]", Program: "/1brc", TempDir: t.TempDir(),
	}, p
}

// files returns the names of the files in the job's folder.
func files(t *testing.T, j *Job) (names []string) {
	entries, err := os.ReadDir(j.TempDir)
	require.NoError(t, err)
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

func TestJob(t *testing.T) {
	j, p := newJob(t, `
echo noise >&2
printf '\r[Stage 0:=>   (1 + 2) / 4]' >&2
test -d "$PWD" && test "$SPARK_LOCAL_IP" = 127.0.0.1 && test "$SPARK_HOME" = "/home of spark" || exit 9
case "$*" in
"--master local[1,4] --conf "*" --conf a=b --conf spark.sql.catalogImplementation="*" -S -f query.sql") ;;
*) exit 8 ;;
esac
touch left-behind
grep -q REPARTITION query.sql && cat RESULT
`)
	t.Setenv("SPARK_LOCAL_IP", "")
	j.Conf, j.Home = []string{"a=b"}, "/home of spark"
	var progress string
	j.Progress = func(done, tasks int64) { progress += fmt.Sprintf("%d/%d ", done, tasks) }
	stream, err := j.Aggregate(t.Context(), p, engine.BadRowsFail, nil)
	require.NoError(t, err)
	var out strings.Builder
	_, err = stream.WriteTo(&out)
	require.NoError(t, err)
	require.Equal(t, "{Nuuk=-3.4/-3.4/-3.4, Oslo=1.0/1.0/1.0}\n", out.String())
	require.Equal(t, "1/4 ", progress)
	require.Empty(t, files(t, j))
}

// TestJobFails checks the error of a job that fails, which names the log, and that
// nothing else stays.
func TestJobFails(t *testing.T) {
	for body, want := range map[string]string{
		"exit 3": "spark-sql: exit status 3",
		"cat RESULT; echo 26/11/27 14:21:26 WARN x: y >&2; echo '26/11/27 14:21:27 ERROR X: the reason' >&2; printf '\tat x\n' >&2; exit 1": "X: the reason",
		"echo 'Exception: no Java' >&2; exit 1": "Exception: no Java",
		"echo '26/11/27 14:21:27 ERROR X: org.x: Subprocess exited with status 127. Error: no bash' >&2; exit 1":                                     "Subprocess exited with status 127. Error: no bash",
		"printf '26/11/27 14:21:27 ERROR X: first\n26/11/27 14:21:27 WARN X: Error: 1brc spark-task: /x: \\033[1m no such file\nmore\n' >&2; exit 1": "/x: \ufffd[1m no such file",
		"echo hello":                `the result of Spark is wrong: a row must have 8 fields, not 1: "hello\n"`,
		"":                          "the result of Spark is wrong: it has 0 ranges instead of 4",
		"cat RESULT RESULT":         "the result of Spark is wrong: it has 8 ranges instead of 4",
		"yes | head -c 100000":      "the result of Spark is wrong: a row must have 8 fields",
		"kill -9 $$":                "spark-sql: signal: killed",
		"cat RESULT; kill -TERM $$": "spark-sql: signal: terminated",
	} {
		j, p := newJob(t, body)
		stream, err := j.Aggregate(t.Context(), p, engine.BadRowsFail, nil)
		require.Nil(t, stream)
		require.ErrorAs(t, err, new(*Error), body)
		require.ErrorContains(t, err, want, body)
		require.NotContains(t, err.Error(), "\n")
		left := files(t, j)
		require.Len(t, left, 1, body)
		require.True(t, strings.HasSuffix(err.Error(), " (what Spark printed is in "+filepath.Join(j.TempDir, left[0])+")"), err)
	}
}

// TestJobStops ends a job by an interrupt and by Timeout, whether or not spark-sql ends
// when asked to, and checks that no process of it stays.
func TestJobStops(t *testing.T) {
	defer func(before time.Duration) { cancelTime = before }(cancelTime)
	for trap, patience := range map[string]time.Duration{
		"": cancelTime, "trap 'exit 1' TERM;": cancelTime, "trap '' TERM;": 100 * time.Millisecond,
	} {
		cancelTime = patience
		for _, timeout := range []time.Duration{0, 2 * time.Second} { // enough for the script to start
			pids := filepath.Join(t.TempDir(), "pids")
			j, p := newJob(t, trap+"echo '26/11/27 14:21:26 WARN X: Initial job has not accepted any resources; check' >&2\n"+
				"sleep 100 & echo $$ $! >'"+pids+"'; wait")
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			if j.Timeout = timeout; timeout == 0 {
				go func() {
					for {
						if content, err := os.ReadFile(pids); err == nil && len(content) > 0 {
							cancel()
							return
						}
						time.Sleep(time.Millisecond)
					}
				}()
			}
			_, err := j.Aggregate(ctx, p, engine.BadRowsFail, nil)
			if timeout == 0 {
				require.ErrorIs(t, err, context.Canceled)
				require.Empty(t, files(t, j))
			} else {
				require.ErrorContains(t, err, "the job was not done after 2s: the cluster has no free worker")
				require.Len(t, files(t, j), 1)
			}
			content, err := os.ReadFile(pids)
			require.NoError(t, err)
			for pid := range strings.FieldsSeq(string(content)) {
				require.Eventually(t, func() bool {
					state, err := os.ReadFile("/proc/" + pid + "/stat")
					return errors.Is(err, os.ErrNotExist) || strings.Contains(string(state), ") Z ")
				}, time.Minute, time.Millisecond)
			}
		}
	}
}

// TestNoMaster runs a job on masters that are not there, or do not answer.
func TestNoMaster(t *testing.T) {
	const address = "127.0.0.1:1" // no master has this port
	j, p := newJob(t, "cat RESULT")
	j.Master = "spark://" + address + "," + address
	_, err := j.Aggregate(t.Context(), p, engine.BadRowsFail, nil)
	require.ErrorContains(t, err, "no master answers at spark://"+address)
	require.ErrorContains(t, err, "refused")
	require.Empty(t, files(t, j))

	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer listener.Close()
	j.Master += "," + listener.Addr().String()
	_, err = j.Aggregate(t.Context(), p, engine.BadRowsFail, nil)
	require.NoError(t, err)
}

func TestFind(t *testing.T) {
	sql := script(t, "exit")
	home := t.TempDir()
	require.NoError(t, os.Mkdir(filepath.Join(home, "bin"), 0o700))
	inHome := filepath.Join(home, "bin", "spark-sql")
	require.NoError(t, os.Symlink(sql, inHome))
	t.Setenv("SPARK_HOME", "")
	t.Setenv("PATH", "")
	_, _, err := Find("")
	require.ErrorContains(t, err, "no spark-sql in PATH")
	t.Setenv("PATH", filepath.Dir(sql))
	for _, test := range []struct{ flag, variable, want, folder string }{
		{"", "", sql, ""}, {"", home, inHome, home}, {home, "/none", inHome, home},
	} {
		t.Setenv("SPARK_HOME", test.variable)
		got, folder, err := Find(test.flag)
		require.NoError(t, err)
		require.Equal(t, []string{test.want, test.folder}, []string{got, folder})
	}
	_, _, err = Find("/none")
	require.ErrorContains(t, err, "--spark-home=/none has no program bin/spark-sql")
	t.Setenv("SPARK_HOME", "/none")
	_, _, err = Find("")
	require.ErrorContains(t, err, "SPARK_HOME=/none has no program bin/spark-sql")
}
