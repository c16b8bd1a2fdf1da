//go:build unix

package engine_test

import (
	"context"
	"strings"
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

// TestGroupByNoReadOutside checks the same for GroupBy: texts of many lengths, with and
// without quotes, bad rows and keys that are longer than a slot has room for.
func TestGroupByNoReadOutside(t *testing.T) {
	long := strings.Repeat("long key ", 12)
	row := []string{
		"Oslo,1,-3.5\n", `"Oslo","2","4"` + "\r\n", "a,,\n", long + ",7,123456789012345.25\n", "\"a, \"\"b\"\"\n\",3,0.25\n", ",8,99999999\n",
	}
	for _, kernel := range engine.TestedKernels(t) {
		for _, count := range []int{0, 1, 2, 5, 40, 900} {
			text := "city,day,temp\n"
			for i := range count {
				text += row[i*i%len(row)]
			}
			for _, end := range []string{"", "Oslo,1,2", `"x",1,"2"`, long + ",1,2", "Oslo,1,2,3", `"x`, "Oslo,1,x"} {
				o := engine.Options{Kernel: kernel, Workers: 2, ChunkBytes: engine.MinChunkBytes, OnBadRow: func(*engine.RowError) error { return nil }}
				want, err := engine.GroupBy(t.Context(), byCity, o, engine.Reader("", strings.NewReader(text+end)))
				require.NoError(t, err)
				for _, atEnd := range []bool{false, true} {
					data := enginetest.Guarded(t, len(text+end), atEnd)
					copy(data, text+end)
					got, err := engine.GroupBy(t.Context(), byCity, o, engine.Bytes("", data))
					require.NoError(t, err)
					require.Equal(t, textOf(want), textOf(got))
					require.Equal(t, want.BadRows, got.BadRows)
				}
			}
		}
	}
}
