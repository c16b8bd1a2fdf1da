//go:build !linux

package main

import "os"

// looksClosed reports whether a standard stream is closed.
func looksClosed(file *os.File) bool {
	_, err := file.Stat()
	return err != nil
}
