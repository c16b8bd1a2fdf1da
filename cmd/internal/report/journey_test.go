package report

import (
	"bytes"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"onebrc/cmd/internal/journey"
)

func TestJourney(t *testing.T) {
	runs, err := journey.Runs(filepath.Join("..", "..", "..", "profiles"))
	require.NoError(t, err)
	for _, run := range runs {
		var b bytes.Buffer
		require.NoError(t, Journey(&b, run))
		markup := checkPage(t, b.String())
		for _, stage := range run.Stages {
			require.Contains(t, markup, stage)
		}
	}
}
