//go:build !linux

package main

// peakMemory has no source here.
func peakMemory() (string, error) { return "peak resident memory\tunknown on this system\n", nil }
