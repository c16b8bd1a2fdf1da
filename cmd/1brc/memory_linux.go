package main

import (
	"fmt"
	"os"
	"strings"
)

// residentMemory returns the peak resident memory of this process so far and
// what is its own now, in bytes. The pages of a mapped file count as resident
// while they are mapped; memory that is the process's own is RssAnon.
func residentMemory() (peak, own int64, err error) {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0, 0, err
	}
	for _, line := range []struct {
		field string
		to    *int64
	}{{"VmHWM:", &peak}, {"RssAnon:", &own}} {
		_, rest, found := strings.Cut(string(status), line.field)
		var kib int64
		if _, err := fmt.Sscan(rest, &kib); !found || err != nil {
			return 0, 0, fmt.Errorf("/proc/self/status: no %s", line.field)
		}
		*line.to = kib << 10
	}
	return peak, own, nil
}
