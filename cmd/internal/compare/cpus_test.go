package compare

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestParseCPUs(t *testing.T) {
	for list, want := range map[string]struct {
		cpus   []int
		format string
	}{
		"0":           {[]int{0}, "0"},
		"0-3,8":       {[]int{0, 1, 2, 3, 8}, "0-3,8"},
		"8,0-3":       {[]int{0, 1, 2, 3, 8}, "0-3,8"},
		"0,1,2":       {[]int{0, 1, 2}, "0-2"},
		"0-1,1-2,1":   {[]int{0, 1, 2}, "0-2"},
		"5-5":         {[]int{5}, "5"},
		"1023":        {[]int{1023}, "1023"},
		"0,2,4-5\n":   {[]int{0, 2, 4, 5}, "0,2,4-5"},
		"007":         {[]int{7}, "7"},
		"10-11,20-21": {[]int{10, 11, 20, 21}, "10-11,20-21"},
	} {
		cpus, err := ParseCPUs(list)
		require.NoError(t, err, list)
		require.Equal(t, want.cpus, cpus, list)
		require.Equal(t, want.format, formatCPUs(cpus))
	}
	for _, list := range []string{"", ",", "0,", ",0", "a", "0-", "-0", "-1", "3-1", "1-2-3", "0x1", "1.5", "0 1", "1024", "0-1024", "99999999999999999999"} {
		_, err := ParseCPUs(list)
		require.ErrorContains(t, err, "compare: list of CPUs", "%q", list)
	}
	require.Empty(t, formatCPUs(nil))
}
