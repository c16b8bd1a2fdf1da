package format

import (
	"testing"

	"github.com/stretchr/testify/require"

	"onebrc/cmd/internal/compare"
)

func TestFormats(t *testing.T) {
	for seconds, want := range map[float64]string{0.0123: "12.3 ms", 0.1234: "123 ms", 1.234: "1.23 s", 12.34: "12.3 s"} {
		require.Equal(t, want, Duration(seconds))
	}
	require.Equal(t, []string{"0.50 ns", "123 ns"}, []string{Nanoseconds(0.5e-9), Nanoseconds(123.4e-9)})
	require.Equal(t, []string{"none", "1234 µs"}, []string{Pause(0), Pause(0.0012341)})
	require.Equal(t, []string{"0.50", "12.3", "123"}, []string{Number(0.5), Number(12.345), Number(123.4)})
	require.Equal(t, []string{"0 %", "less than 1 %", "50 %"}, []string{Percent(0), Percent(0.001), Percent(0.5)})
	require.Equal(t, []string{"unknown", "1.5 MiB", "12 MiB"}, []string{Mebibytes(0), Mebibytes(3 << 19), Mebibytes(12 << 20)})
	require.Equal(t, []string{"1", "123", "1,234", "1,234,567"}, []string{Thousands(1), Thousands(123), Thousands(1234), Thousands(1234567)})
	require.Equal(t, []string{"1.5 MB", "1.50 GB"}, []string{Gigabytes(15e5), Gigabytes(15e8)})
	require.Equal(t, []string{"A CPU", "plan9/arm"}, []string{
		Machine(compare.Environment{CPUModel: "A CPU"}), Machine(compare.Environment{OS: "plan9", Architecture: "arm"}),
	})
}
