package kernel_test

import (
	"testing"
	"unsafe"

	"github.com/stretchr/testify/require"

	"onebrc/engine/internal/kernel"
)

// TestTileFillsCacheLines checks that each array of a Tile begins with a cache line if
// the Tile does.
func TestTileFillsCacheLines(t *testing.T) {
	const line = 64
	var tile kernel.Tile
	for name, offset := range map[string]uintptr{
		"Starts": unsafe.Offsetof(tile.Starts), "Len": unsafe.Offsetof(tile.Len), "Hash": unsafe.Offsetof(tile.Hash),
		"Value": unsafe.Offsetof(tile.Value), "Fields": unsafe.Offsetof(tile.Fields), "Prepared": unsafe.Offsetof(tile.Prepared),
		"Counter": unsafe.Offsetof(tile.Counter),
	} {
		require.Zero(t, offset%line, name)
	}
}
