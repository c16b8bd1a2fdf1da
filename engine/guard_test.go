//go:build unix

package engine_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"onebrc/engine"
	"onebrc/engine/internal/enginetest"
	"onebrc/parse/oracle"
)

// TestNoReadOutside checks runs over inputs directly next to pages that cannot be read.
func TestNoReadOutside(t *testing.T) {
	for _, kernel := range engine.TestedKernels(t) {
		for _, p := range oracle.Golden(t) {
			for _, atEnd := range []bool{false, true} {
				data := enginetest.Guarded(t, len(p.Input), atEnd)
				copy(data, p.Input)
				o := engine.Options{Kernel: kernel, Workers: 2, ChunkBytes: engine.MinChunkBytes}
				result, err := engine.Aggregate(context.Background(), o, engine.Bytes(p.Name, data))
				require.NoError(t, err, p.Name)
				require.Equal(t, p.Output, result.String(), p.Name)
			}
		}
	}
}

// TestNoReadOutsideBadInput checks the same for inputs that have a bad row.
func TestNoReadOutsideBadInput(t *testing.T) {
	for _, kernel := range engine.TestedKernels(t) {
		for _, b := range oracle.BadInputs(t) {
			for _, atEnd := range []bool{false, true} {
				data := enginetest.Guarded(t, len(b.Input), atEnd)
				copy(data, b.Input)
				o := engine.Options{Kernel: kernel, Workers: 2, ChunkBytes: engine.MinChunkBytes}
				_, err := engine.Aggregate(context.Background(), o, engine.Bytes(b.Name, data))
				requireRowError(t, &b, err)
			}
		}
	}
}
