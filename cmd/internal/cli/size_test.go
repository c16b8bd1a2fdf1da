package cli

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestMiB(t *testing.T) {
	for want, bytes := range map[string]int64{"0.0": 0, "0.5": 1 << 19, "1.5": 3 << 19, "12": 12 << 20, "1024": 1 << 30} {
		require.Equal(t, want, MiB(bytes))
	}
}
