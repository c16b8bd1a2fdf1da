package topology

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestParseSet(t *testing.T) {
	for _, test := range []struct {
		list   string
		set    Set
		string string
	}{
		{"", nil, ""},
		{"\n", nil, ""},
		{"0", Set{0}, "0"},
		{"0-3,8", Set{0, 1, 2, 3, 8}, "0-3,8"},
		{"8,0-3\n", Set{0, 1, 2, 3, 8}, "0-3,8"},
		{"1,2", Set{1, 2}, "1-2"},
		{"2,1-4,3", Set{1, 2, 3, 4}, "1-4"},
		{"65535", Set{65535}, "65535"},
	} {
		s, err := ParseSet(test.list)
		require.NoError(t, err, test.list)
		require.Equal(t, test.set, s, test.list)
		require.Equal(t, test.string, s.String())
	}
	for _, list := range []string{",", "1,", "-", "1-", "-1", "2-1", "a", "1 2", "1, 2", "+1", "0x1", "65536", "0-65536", "0-4294967296", "0-9:2"} {
		_, err := ParseSet(list)
		require.ErrorContains(t, err, "list ", list)
	}
}
