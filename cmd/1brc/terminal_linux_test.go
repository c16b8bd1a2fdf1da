package main

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// openTerminal returns the slave of a new pseudoterminal.
func openTerminal(t *testing.T) *os.File {
	t.Helper()
	_, slave := openTerminals(t)
	return slave
}

// openTerminals returns both ends of a new pseudoterminal, see pts(4).
func openTerminals(t *testing.T) (master, slave *os.File) {
	t.Helper()
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Skipf("no pseudoterminals: %v", err)
	}
	t.Cleanup(func() { master.Close() })
	require.NoError(t, unix.IoctlSetPointerInt(int(master.Fd()), unix.TIOCSPTLCK, 0))
	number, err := unix.IoctlGetUint32(int(master.Fd()), unix.TIOCGPTN)
	require.NoError(t, err)
	slave, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|unix.O_NOCTTY, 0)
	require.NoError(t, err)
	t.Cleanup(func() { slave.Close() })
	return master, slave
}

func TestTerminalOnStdin(t *testing.T) {
	terminal := openTerminal(t)
	requireUsage(t, execute(t, terminal), "no FILE, and standard input is a terminal")
	path := write(t, "rows.txt", "a;1.0\n")
	require.Equal(t, success("{a=1.0/1.0/1.0}\n"), execute(t, terminal, path))
	require.Equal(t, 0, execute(t, terminal, "--help").code)
}

// TestGroupOnTerminal checks the default format and that standard input is not read.
func TestGroupOnTerminal(t *testing.T) {
	path := write(t, "rows.csv", "a\nx\n\"\x1b[2J\"\n")
	run := func(args ...string) string {
		master, terminal := openTerminals(t)
		command := exec.Command(binary, append([]string{"group", "-g", "a", path}, args...)...)
		command.Stdout = terminal
		require.Equal(t, outcome{}, finish(t, command))
		got := make([]byte, 4096)
		n, err := master.Read(got)
		require.NoError(t, err)
		return strings.ReplaceAll(string(got[:n]), "\r\n", "\n")
	}
	require.Equal(t, "a          count\n---------  -----\n\"\\x1b[2J\"      1\nx              1\n", run())
	require.Equal(t, "a,count\n\x1b[2J,1\nx,1\n", run("-f", "csv"))
	requireUsage(t, execute(t, openTerminal(t), "group"), "no FILE, and standard input is a terminal")
}
