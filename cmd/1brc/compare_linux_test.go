package main

import (
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestCompareKillsItsProcesses checks that no process of a run survives a signal
// that ends compare. After SIGKILL only the kernel can kill the process that
// compare has started, so that process has no children in this case.
func TestCompareKillsItsProcesses(t *testing.T) {
	if _, err := exec.LookPath("setsid"); err != nil {
		t.Skip("no setsid")
	}
	path := write(t, "rows.txt", "a;1.0\n")
	for _, sent := range []syscall.Signal{syscall.SIGHUP, syscall.SIGINT, syscall.SIGTERM, syscall.SIGKILL} {
		t.Run(sent.String(), func(t *testing.T) {
			// Under nohup this process ignores SIGHUP, which compare would inherit. It
			// does not inherit that a signal is caught.
			caught := make(chan os.Signal, 1)
			signal.Notify(caught, sent)
			defer signal.Stop(caught)
			pids := filepath.Join(t.TempDir(), "pids")
			script := fmt.Sprintf("echo $$ >%[1]s.new; mv %[1]s.new %[1]s; exec sleep 1000", pids)
			if sent != syscall.SIGKILL {
				script = fmt.Sprintf("sleep 1000 & first=$!; setsid sleep 1000 & echo $$ $first $! >%[1]s.new; mv %[1]s.new %[1]s; wait", pids)
			}
			command := exec.Command(binary, "compare", "--command", `a=sh -c "`+script+`" {}`, path)
			require.NoError(t, command.Start())
			var text []byte
			require.Eventually(t, func() bool {
				var err error
				text, err = os.ReadFile(pids)
				return err == nil
			}, patience, 10*time.Millisecond)
			require.NoError(t, command.Process.Signal(sent))
			waitFor(t, command)
			for _, pid := range strings.Fields(string(text)) {
				require.Eventually(t, func() bool { return hasEnded(pid) }, patience, 10*time.Millisecond, "process %s", pid)
			}
		})
	}
}

// hasEnded reports whether a process has gone, or only waits to be reaped.
func hasEnded(pid string) bool {
	stat, err := os.ReadFile("/proc/" + pid + "/stat")
	_, state, _ := strings.Cut(string(stat), ") ")
	return err != nil || strings.HasPrefix(state, "Z")
}
