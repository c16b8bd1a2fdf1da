package conform

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"onebrc/cmd/internal/compare"
	"onebrc/parse/oracle"
)

// childVariable turns the test binary into a program that Run can run.
const childVariable = "ONEBRC_CONFORM_TEST_CHILD"

func TestMain(m *testing.M) {
	if os.Getenv(childVariable) != "" {
		os.Exit(beProgram(os.Args[1], os.Args[2]))
	}
	os.Exit(m.Run())
}

// beProgram aggregates the file at path with the oracle, unless how asks for something
// else, and returns the exit code.
func beProgram(how, path string) int {
	content, err := os.ReadFile(path)
	if err != nil {
		return 9
	}
	output, bad := oracle.Skip(string(content))
	switch how {
	case "strict":
		if len(bad) > 0 {
			fmt.Fprintf(os.Stderr, "first line\n%s:%d: \x1b[1m%s\n", path, bad[0].Line, bad[0].Reason)
			return 1
		}
	case "lax":
	case "noisy":
		fmt.Fprint(os.Stderr, strings.Repeat("warning: a panic: is near\n", 100_000))
	case "first-max":
		output = strings.Replace(output, "99.9}", "98.9}", 1)
	case "silent":
		return 0
	case "double":
		output, _ = oracle.SkipTies(string(content), oracle.TiesDouble)
	case "megabytes":
		output = strings.Repeat("x", 5<<20)
	case "panic":
		panic("it is broken: " + path)
	case "java":
		fmt.Fprintln(os.Stderr, "Exception in thread \"main\" java.lang.NumberFormatException\n\tat Main.main(Main.java:3)")
		return 1
	case "shell-signal":
		return 139
	case "hang":
		time.Sleep(time.Hour)
	case "child": // leaves a process behind
		self, err := os.Executable()
		if err != nil || exec.Command(self, "hang", path).Start() != nil {
			return 9
		}
	case "endless":
		for {
			fmt.Println(output)
		}
	}
	fmt.Print(output)
	return 0
}

// run runs a kind of program on cases, one legal and one malformed by default.
func run(t *testing.T, how string, timeout time.Duration, names ...string) *Report {
	t.Helper()
	t.Setenv(childVariable, "1")
	program, err := os.Executable()
	require.NoError(t, err)
	if len(names) == 0 {
		names = []string{"value-extremes", "bad-value-two-fraction-digits"}
	}
	o := Options{Args: []string{program, how, "{}"}, Ties: oracle.TiesUp, Timeout: timeout}
	for _, name := range names {
		o.Cases = append(o.Cases, caseOf(t, name))
	}
	report, err := Run(context.Background(), o)
	require.NoError(t, err)
	require.Len(t, report.Results, len(names))
	return report
}

func TestVerdicts(t *testing.T) {
	const patient = time.Minute
	for _, test := range []struct {
		how              string
		timeout          time.Duration
		legal, malformed Verdict
		detail           string // of the legal case, or of the malformed one if that is right
	}{
		{"strict", patient, Right, Refused, "exit status 1: bad-value-two-fraction-digits.txt:2:  [1mbad-value"},
		{"lax", patient, Right, Accepted, "it leaves bad rows out"},
		{"noisy", patient, Right, Accepted, "it leaves bad rows out"},
		{"first-max", patient, Wrong, Accepted, `-98.9", not "`},
		{"silent", patient, Wrong, Accepted, "it prints nothing"},
		{"megabytes", patient, Wrong, Accepted, "it prints more than "},
		{"panic", patient, Crashed, Crashed, "panic: it is broken: value-extremes.txt"},
		{"java", patient, Crashed, Crashed, `Exception in thread "main" java.lang.NumberFormatException`},
		{"shell-signal", patient, Crashed, Crashed, "exit status 139"},
		{"hang", 200 * time.Millisecond, Hung, Hung, "timed out: it still ran after 200ms and was killed"},
		{"endless", 500 * time.Millisecond, Hung, Hung, "timed out"},
	} {
		report := run(t, test.how, test.timeout)
		legal, malformed := report.Results[0], report.Results[1]
		require.Equal(t, []Verdict{test.legal, test.malformed}, []Verdict{legal.Verdict, malformed.Verdict}, "%s: %+v", test.how, report.Results)
		detail := legal.Detail
		if legal.Verdict == Right {
			detail = malformed.Detail
		}
		require.Contains(t, detail, test.detail, test.how)
		require.NotContains(t, detail, os.TempDir()+"/", "no folder of this machine")
		cases, right := report.Legal()
		require.Equal(t, 1, cases)
		require.Equal(t, test.legal == Right, right == 1)
	}
}

// TestLeftBehind checks that a process that a program leaves behind counts as hung, and
// that it is killed.
func TestLeftBehind(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("only Linux finds these processes")
	}
	start := time.Now()
	report := run(t, "child", 3*time.Second, "value-extremes")
	require.Equal(t, Hung, report.Results[0].Verdict)
	require.Equal(t, "timed out: processes that it left behind still ran after 3s and were killed", report.Results[0].Detail)
	require.Less(t, time.Since(start), time.Minute)
}

// TestSignal kills a program with signals of its own.
func TestSignal(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("no signal ends a program of Windows")
	}
	o := Options{Args: []string{"sh", "-c", "kill -SEGV $$; cat {}"}, Cases: legal[:1], Timeout: time.Minute}
	report, err := Run(context.Background(), o)
	require.NoError(t, err)
	require.Equal(t, Crashed, report.Results[0].Verdict)
	require.Contains(t, report.Results[0].Detail, "signal: segmentation fault")
}

// TestAll runs a right program and one with the ties of the baseline on all files.
func TestAll(t *testing.T) {
	if testing.Short() {
		t.Skip("several hundred processes")
	}
	var names []string
	for _, c := range append(legal[:len(legal):len(legal)], malformed...) {
		names = append(names, c.Name)
	}
	report := run(t, "strict", time.Minute, names...)
	for _, r := range report.Results {
		require.True(t, r.isGood(), "%+v", r)
	}
	cases, right := report.Legal()
	require.Equal(t, []int{len(legal), len(legal)}, []int{cases, right})
	for _, s := range report.Classes {
		require.Len(t, s.Counts, 1, "%+v", s)
	}
	report = run(t, "double", time.Minute, "mean-tie-six-rows", "mean-tie-20124-rows")
	require.Equal(t, []Verdict{Wrong, Right}, []Verdict{report.Results[0].Verdict, report.Results[1].Verdict})
}

func TestJudge(t *testing.T) {
	for _, test := range []struct {
		class Class
		run   compare.Execution
		want  Verdict
	}{
		{Names, compare.Execution{}, Right},
		{Names, compare.Execution{ExitCode: 1, Problem: "exit status 1"}, Refused},
		{Names, compare.Execution{ExitCode: 255}, Refused},
		{Names, compare.Execution{ExitCode: 134}, Crashed},
		{Malformed, compare.Execution{ExitCode: 137, Problem: "exit status 137: Killed"}, Crashed},
		{Names, compare.Execution{ExitCode: -1, Problem: "signal: killed"}, Crashed},
		{Names, compare.Execution{Said: "panic: but recovered"}, Right},
		{Names, compare.Execution{Hung: true, ExitCode: 134}, Hung},
		{Names, compare.Execution{Different: "it prints nothing"}, Wrong},
		{Malformed, compare.Execution{}, Accepted},
		{Malformed, compare.Execution{Different: "it prints nothing"}, Accepted},
		{Malformed, compare.Execution{ExitCode: 2, Said: "x\ngoroutine 1\npanic: runtime error\n"}, Crashed},
		{Malformed, compare.Execution{ExitCode: 101, Said: "\nthread 'main' (77) panicked at src/main.rs:2:5:\n"}, Crashed},
		{Malformed, compare.Execution{ExitCode: 1, Said: "Traceback (most recent call last):\n  File"}, Crashed},
		{Malformed, compare.Execution{ExitCode: 2, Said: "bad row, do not panic: 3"}, Refused},
	} {
		v, _ := judge(test.class, test.run)
		require.Equal(t, test.want, v, "%+v", test)
	}
}

func TestErrors(t *testing.T) {
	_, err := Run(context.Background(), Options{Args: []string{"no-such-program", "{}"}, Cases: legal[:1]})
	require.ErrorContains(t, err, "conform: exec: ")
	script := filepath.Join(t.TempDir(), "text")
	require.NoError(t, os.WriteFile(script, []byte("no program"), 0o777))
	if runtime.GOOS != "windows" {
		_, err = Run(context.Background(), Options{Args: []string{script, "{}"}, Cases: legal[:1]})
		require.ErrorContains(t, err, "exec format error")
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	program, err := os.Executable()
	require.NoError(t, err)
	t.Setenv(childVariable, "1")
	_, err = Run(ctx, Options{Args: []string{program, "hang", "{}"}, Cases: legal[:1]})
	require.ErrorIs(t, err, context.Canceled)
}

func TestKeep(t *testing.T) {
	t.Setenv(childVariable, "1")
	program, err := os.Executable()
	require.NoError(t, err)
	folder := t.TempDir()
	_, err = Run(context.Background(), Options{Args: []string{program, "double", "{}"}, Cases: []Case{legal[1], legal[3]}, Ties: oracle.TiesUp, Keep: folder, Timeout: time.Minute})
	require.NoError(t, err)
	files, err := filepath.Glob(filepath.Join(folder, "*"))
	require.NoError(t, err)
	require.Equal(t, []string{filepath.Join(folder, "mean-tie-six-rows.out"), filepath.Join(folder, "mean-tie-six-rows.txt")}, files)
	output, err := os.ReadFile(files[0])
	require.NoError(t, err)
	want, err := embedded("golden/mean-tie-six-rows.out")
	require.NoError(t, err)
	require.Equal(t, want, string(output))
}

func TestWrite(t *testing.T) {
	report := &Report{Command: "x '{}|'", Ties: oracle.TiesUp, TimeoutSeconds: 1.5, Results: []Result{
		{Case{Name: "a", Class: Rounding, About: "<a>"}, Wrong, "1 of 2|`x`"},
		{Case{Name: "b", Class: Rounding}, Right, ""},
		{Case{Name: "c", Class: Malformed}, Refused, "exit status 1"},
	}}
	report.summarize()
	write := func(format Format, all bool) string {
		var b strings.Builder
		require.NoError(t, report.Write(&b, format, all))
		return b.String()
	}
	require.Equal(t, `x '{}|': 1 of 2 legal cases are right (ties: up, time limit 1.5 s)

class      cases  right  wrong  accepted  refused  crashed  hung
rounding   2      1      1                0        0        0
malformed  1                    0         1        0        0

case  class     verdict  detail
a     rounding  wrong    1 of 2|`+"`x`\n", write(Text, false))
	require.Contains(t, write(Text, true), "b     rounding   right\nc     malformed  refused  exit status 1\n")
	require.Equal(t, "`x '{}|'`: 1 of 2 legal cases are right (ties: up, time limit 1.5 s)\n"+`
| class | cases | right | wrong | accepted | refused | crashed | hung |
|---|---|---|---|---|---|---|---|
| rounding | 2 | 1 | 1 |  | 0 | 0 | 0 |
| malformed | 1 |  |  | 0 | 1 | 0 | 0 |

| case | class | verdict | detail |
|---|---|---|---|
`+"| a | rounding | wrong | `1 of 2\\|'x'` |\n", write(Markdown, false))
	var back Report
	require.NoError(t, json.Unmarshal([]byte(write(JSON, false)), &back))
	require.Equal(t, report, &back)
	require.Contains(t, write(JSON, false), `"about": "<a>"`)

	var b strings.Builder
	require.NoError(t, WriteList(&b, Text, legal[:1]))
	require.Regexp(t, `^case +class +about\nmean-ties +rounding +exact ties`, b.String())
}
