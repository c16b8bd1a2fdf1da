package compare

import (
	"context"
	"errors"
	"time"
)

// Execution is a run of a program that is checked, not measured.
type Execution struct {
	Different string // how its standard output differs from the expected one; "" if it does not
	ExitCode  int    // -1 for a process that was ended by a signal
	Hung      bool   // it, or a process that it left behind, ran too long
	// Problem says why the run was not a success, and Said is its standard error, or the end
	// of a long one. Neither has directories of this machine, and both are "" if ExitCode is
	// 0 and Hung is false.
	Problem, Said string
}

// Execute runs a program on file: args are the program and its arguments, which have
// the FilePlaceholder. It waits for the program and for the processes that it leaves
// behind, and kills all of them after timeout; 0 means never. want is the expected output.
// The error says that the program did not start, or is ctx.Err().
//
// As with Run, no other goroutine may start processes meanwhile.
func Execute(ctx context.Context, args []string, file string, timeout time.Duration, want string) (Execution, error) {
	l := &launcher{Options: Options{File: file, Timeout: timeout}, tree: newTree()}
	defer l.tree.close()
	limited, cancel := l.limit(ctx)
	defer cancel()
	stdout := &head{limit: len(want) + outputSlack + 1}
	sample, said, err := l.launch(limited, entry{args: args}, stdout)
	if ctx.Err() != nil {
		return Execution{}, ctx.Err()
	}
	if errors.As(err, new(startError)) {
		return Execution{}, err
	}
	e := Execution{ExitCode: sample.ExitCode}
	if string(stdout.kept) != want {
		e.Different = difference(stdout.kept, []byte(want))
	}
	if err != nil {
		// An error in spite of exit code 0 is about a process that it left behind.
		e.Hung = errors.Is(err, errTimeout) || e.ExitCode == 0
		e.Problem, e.Said = withoutFolders(err.Error()), withoutFolders(string(said.kept))
	}
	return e, nil
}
