package compare

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestRead(t *testing.T) {
	r := reportOf(samplesOf(1, 2, 3), samplesOf(4, 5, 6))
	r.Entries[1].Result = Failed
	var b bytes.Buffer
	require.NoError(t, r.WriteJSON(&b))
	text := b.String()
	back, err := Read(&b)
	require.NoError(t, err)
	require.Equal(t, r.Entries, back.Entries)

	for _, test := range []struct{ from, to, want string }{
		{`"wall_seconds": 2,`, `"wall_seconds": 0,`, `entry 1, "first": a run without a time`},
		{`"median_seconds": 2,`, `"median_seconds": -2,`, `entry 1, "first": no times`},
		{`"result": "failed"`, `"result": "maybe"`, `entry 2, "second": unknown result "maybe"`},
		{`"ratio": 2.5`, `"ratio": 0`, `entry 2, "second": no ratio`},
		{`"entries"`, `"others"`, "it has no entries"},
		{text, "[]", "cannot unmarshal array"},
		{text, "", "unexpected end of JSON input"},
	} {
		require.Contains(t, text, test.from)
		_, err := Read(strings.NewReader(strings.Replace(text, test.from, test.to, 1)))
		require.ErrorIs(t, err, ErrNoReport)
		require.ErrorContains(t, err, test.want)
	}
}

// TestReadCommitted reads the reports in profiles, which several versions wrote.
func TestReadCommitted(t *testing.T) {
	paths, err := filepath.Glob(filepath.Join("..", "..", "..", "profiles", "side-by-side", "*", "*.json"))
	require.NoError(t, err)
	require.NotEmpty(t, paths)
	for _, path := range paths {
		file, err := os.Open(path)
		require.NoError(t, err)
		r, err := Read(file)
		require.NoError(t, file.Close())
		require.NoError(t, err, path)
		require.NotEmpty(t, r.Entries)
	}
}
