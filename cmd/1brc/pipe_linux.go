package main

import (
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// checkPipe returns EPIPE if file is a pipe whose reader has left before it has read
// everything. No other call tells: a write succeeds if the pipe has room, and a
// close always does.
func checkPipe(file *os.File) error {
	fd := int(file.Fd())
	polled := []unix.PollFd{{Fd: int32(fd)}}
	if _, err := unix.Poll(polled, 0); err != nil || polled[0].Revents&unix.POLLERR == 0 {
		return nil
	}
	// TIOCINQ is FIONREAD: the bytes in the pipe.
	if unread, err := unix.IoctlGetInt(fd, unix.TIOCINQ); err != nil || unread == 0 {
		return nil
	}
	return &os.PathError{Op: "close", Path: file.Name(), Err: syscall.EPIPE}
}
