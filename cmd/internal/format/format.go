package format

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"onebrc/cmd/internal/cli"
	"onebrc/cmd/internal/compare"
)

// Duration formats a time with three digits.
func Duration(seconds float64) string {
	switch {
	case seconds >= 10:
		return fmt.Sprintf("%.1f s", seconds)
	case seconds >= 1:
		return fmt.Sprintf("%.2f s", seconds)
	case seconds >= 0.1:
		return fmt.Sprintf("%.0f ms", 1e3*seconds)
	}
	return fmt.Sprintf("%.1f ms", 1e3*seconds)
}

// Nanoseconds formats a short time with at least three digits.
func Nanoseconds(seconds float64) string { return Number(1e9*seconds) + " ns" }

// Pause formats a pause of the garbage collector in microseconds.
func Pause(seconds float64) string {
	if seconds == 0 {
		return "none"
	}
	return fmt.Sprintf("%.0f µs", math.Round(float64(time.Duration(seconds*float64(time.Second)))/1e3))
}

// Number formats a number with at least three digits.
func Number(f float64) string {
	switch size := math.Abs(f); {
	case size >= 99.95:
		return fmt.Sprintf("%.0f", f)
	case size >= 9.995:
		return fmt.Sprintf("%.1f", f)
	}
	return fmt.Sprintf("%.2f", f)
}

// Percent formats a share.
func Percent(share float64) string {
	if share > 0 && share < 0.01 {
		return "less than 1 %"
	}
	return fmt.Sprintf("%.0f %%", 100*share)
}

// Mebibytes formats a size in memory; 0 is unknown.
func Mebibytes(n int64) string {
	if n == 0 {
		return "unknown"
	}
	return cli.MiB(n) + " MiB"
}

// Gigabytes formats the size of a file.
func Gigabytes(n int64) string {
	if n < 1e9 {
		return fmt.Sprintf("%.1f MB", float64(n)/1e6)
	}
	return fmt.Sprintf("%.2f GB", float64(n)/1e9)
}

// Thousands formats a number with commas.
func Thousands(n int64) string {
	digits := strconv.FormatInt(n, 10)
	var b strings.Builder
	for i, d := range digits {
		if i > 0 && (len(digits)-i)%3 == 0 {
			b.WriteByte(',')
		}
		b.WriteRune(d)
	}
	return b.String()
}

// Machine returns the name of the CPU, or of the platform if that is unknown.
func Machine(e compare.Environment) string {
	if e.CPUModel == "" {
		return e.OS + "/" + e.Architecture
	}
	return e.CPUModel
}
