package cli

import "fmt"

// MiB formats a number of bytes in MiB without the unit: as an integer from
// 10 MiB on, with one decimal below that.
func MiB(bytes int64) string {
	mib := float64(bytes) / (1 << 20)
	if mib >= 10 {
		return fmt.Sprintf("%.0f", mib)
	}
	return fmt.Sprintf("%.1f", mib)
}
