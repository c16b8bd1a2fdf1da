package challenge

import (
	"testing"
	"unsafe"

	"github.com/stretchr/testify/require"

	"onebrc/engine/internal/kernel"
	"onebrc/engine/internal/run"
)

// heapReader keeps a reader from being on the stack.
var heapReader run.Reader

// TestReaderTileBeginsWithCacheLine checks where the tile of a new reader is. The
// allocator promises it only for objects of many pages.
func TestReaderTileBeginsWithCacheLine(t *testing.T) {
	p := plan{kernel: kernel.All()[0]}
	for range 10 {
		heapReader = p.NewReader(Table{}, nil)
		require.Zero(t, uintptr(unsafe.Pointer(&heapReader.(*reader).tile))%64)
	}
}
