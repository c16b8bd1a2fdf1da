package profile

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"onebrc/cmd/internal/journey"
	"onebrc/engine/stages"
)

// TestLesson renders the lesson of a stage whose answer is in the run, or in no run, and
// that of the last stage.
func TestLesson(t *testing.T) {
	l := &lessons{run: &journey.Run{Stages: []string{"naive", "goroutine-per-station"}}}
	lesson, ok := stages.LessonOf("naive")
	require.True(t, ok)
	text, err := l.lesson("naive")
	require.NoError(t, err)
	require.Contains(t, text, "**Read** [`engine/stages/naive.go`](../engine/stages/naive.go), ")
	require.Contains(t, text, "```sh\n"+lesson.Show[0]+"\n")
	require.Contains(t, text, "\n- "+lesson.Try[0]+"\n")
	require.True(t, strings.HasSuffix(text, " The answer is [`goroutine-per-station`](#goroutine-per-station), "+
		"in [`engine/stages/goroutine_per_station.go`](../engine/stages/goroutine_per_station.go)."), text)

	text, err = l.lesson("goroutine-per-station")
	require.NoError(t, err)
	require.Contains(t, text, " The answer is `channel-unbuffered`, in [", "no section to link to")
	text, err = l.lesson("engine-avx512")
	require.NoError(t, err)
	require.NotContains(t, text, "The answer is")
}

// TestElsewhere finds the stages that the newest run lacks in the older ones: each once,
// and none with a name that is no longer that of a stage.
func TestElsewhere(t *testing.T) {
	older := func(day int, names ...string) *journey.Run {
		r := newRun()
		r.Time = time.Date(2025, 1, day, 0, 0, 0, 0, time.UTC)
		r.Stages = names
		for i, name := range names {
			r.Measured[i].Name = name
		}
		r.Measured = r.Measured[:len(names)]
		return r
	}
	l := &lessons{run: newRun(), older: []*journey.Run{older(2, "naive", "engine-avx512"), older(1, "engine-avx512", "gone", "tiles")}}
	l.run.Stages = []string{"naive", "engine-avx2"}
	all, err := l.elsewhere()
	require.NoError(t, err)
	require.Len(t, all, 2)
	folder := "2025-01-02-intel-xeon-gold-6354-4cpu"
	require.Equal(t, foreignStage{
		Name: "engine-avx512", Folder: folder, Machine: l.run.Environment.CPUModel, Rows: "10,000,000",
		Step: "**195 ns a row, about as fast as `naive`** · [flame graph](" + folder + "/engine-avx512/cpu.svg) · [top](" + folder +
			"/engine-avx512/top.txt) · [trace](" + folder + "/engine-avx512/execution.trace)",
		Top: "`main.f` with 25 %",
	}, all[0])
	require.Equal(t, "tiles", all[1].Name)
	text, err := l.lesson("branchless")
	require.NoError(t, err)
	require.Contains(t, text, "[`tiles`](#tiles)", "its section has the numbers of the older run")
}
