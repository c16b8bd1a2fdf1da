package conform

import (
	"regexp"
	"strings"
	"sync"
	"unicode"

	"onebrc/cmd/internal/compare"
)

// Verdict is how a program did on a case.
type Verdict string

// The verdicts. A legal case is Right or Wrong, or else Refused, Crashed or Hung. A
// malformed one is Accepted, Refused, Crashed or Hung.
const (
	Right    Verdict = "right"
	Wrong    Verdict = "wrong"    // another output, and exit code 0
	Accepted Verdict = "accepted" // exit code 0 for a malformed file
	Refused  Verdict = "refused"  // another exit code
	Crashed  Verdict = "crashed"  // a signal, or what a runtime writes before it gives up
	Hung     Verdict = "hung"     // killed after Options.Timeout
)

// Verdicts returns all verdicts.
func Verdicts() []Verdict { return []Verdict{Right, Wrong, Accepted, Refused, Crashed, Hung} }

// judge returns the verdict about a run, and why.
func judge(class Class, run compare.Execution) (v Verdict, detail string) {
	trace := crashTrace().FindString(run.Said)
	switch {
	case run.Hung:
		return Hung, printable(run.Problem)
	case run.ExitCode != 0 && trace != "":
		return Crashed, printable(trace)
	case run.ExitCode < 0, isSignal(run.ExitCode):
		return Crashed, printable(run.Problem)
	case run.ExitCode != 0:
		return Refused, printable(run.Problem)
	case class == Malformed && run.Different == "":
		return Accepted, "it leaves bad rows out"
	case class == Malformed:
		return Accepted, "unlike without bad rows: " + run.Different
	case run.Different == "":
		return Right, ""
	}
	return Wrong, run.Different
}

// crashTrace matches the line of standard error that tells why a runtime gave up: those
// of Go, Java and other languages of its virtual machine, Python, Rust, C++, .NET, Node
// and the sanitizers.
var crashTrace = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?m)^(panic: |fatal error: |unexpected fault address |Exception in thread |` +
		`Traceback \(most recent call last\)|thread '[^']*' .*panicked at|terminate called |Unhandled exception|` +
		`[ \t]+throw |node:internal|==\d+==ERROR: ).*$`)
})

// isSignal reports whether an exit code is the one with which a shell reports that a
// signal has ended a program, by its own fault or for want of memory, or that of an
// exception in Windows.
func isSignal(code int) bool {
	switch code - 128 {
	case 4, 5, 6, 7, 8, 9, 10, 11: // SIGILL, SIGTRAP, SIGABRT, SIGBUS, SIGFPE, SIGKILL, SIGBUS of macOS, SIGSEGV
		return true
	}
	return uint32(code) >= 0xC0000000 && code > 0
}

// printable returns text without control characters.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return ' '
	}, strings.TrimSpace(text))
}
