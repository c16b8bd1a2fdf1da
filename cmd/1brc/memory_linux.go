package main

import (
	"fmt"
	"os"
	"strings"
)

// peakMemory returns the lines of --stats on resident memory. The pages of a
// mapped file count as resident while they are mapped; memory that is the
// process's own is RssAnon.
func peakMemory() (string, error) {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return "", err
	}
	var b strings.Builder
	for _, line := range []struct{ label, field string }{
		{"peak resident memory", "VmHWM:"},
		{"of it own, at the end", "RssAnon:"},
	} {
		_, rest, found := strings.Cut(string(status), line.field)
		var kib int64
		if _, err := fmt.Sscan(rest, &kib); !found || err != nil {
			return "", fmt.Errorf("/proc/self/status: no %s", line.field)
		}
		fmt.Fprintf(&b, "%s\t%.1f MiB\n", line.label, float64(kib)/1024)
	}
	return b.String(), nil
}
