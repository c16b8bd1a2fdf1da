package report

import (
	"io"

	"onebrc/cmd/internal/format"
	"onebrc/cmd/internal/journey"
)

// Journey writes the page of a run of all stages.
func Journey(w io.Writer, run *journey.Run) error {
	return write(w, page{
		Kind:  "journey",
		Title: "The journey: " + format.Thousands(run.Rows) + " rows, stage by stage",
		Lead:  "How each stage changes time and memory.",
		Time:  run.Time,
		Data:  run,
	})
}
