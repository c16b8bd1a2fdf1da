package main

import (
	"fmt"
	"os"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// openTerminal returns the slave of a new pseudoterminal, see pts(4).
func openTerminal(t *testing.T) *os.File {
	t.Helper()
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Skipf("no pseudoterminals: %v", err)
	}
	t.Cleanup(func() { master.Close() })
	require.NoError(t, unix.IoctlSetPointerInt(int(master.Fd()), unix.TIOCSPTLCK, 0))
	number, err := unix.IoctlGetUint32(int(master.Fd()), unix.TIOCGPTN)
	require.NoError(t, err)
	slave, err := os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|unix.O_NOCTTY, 0)
	require.NoError(t, err)
	t.Cleanup(func() { slave.Close() })
	return slave
}

func TestTerminalOnStdin(t *testing.T) {
	terminal := openTerminal(t)
	requireUsage(t, execute(t, terminal), "no FILE, and standard input is a terminal")
	path := write(t, "rows.txt", "a;1.0\n")
	require.Equal(t, success("{a=1.0/1.0/1.0}\n"), execute(t, terminal, path))
	require.Equal(t, 0, execute(t, terminal, "--help").code)
}
