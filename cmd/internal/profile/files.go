package profile

import (
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"strings"
	"time"

	"onebrc/cmd/internal/compare"
	"onebrc/cmd/internal/journey"
)

// nameOf returns the name of a run's folder.
func nameOf(r *journey.Run) string { return folderName(r.Time, r.Environment) }

// folderName returns the name of the folder for measurements at t on a machine.
func folderName(t time.Time, e compare.Environment) string {
	return fmt.Sprintf("%s-%s-%dcpu", t.UTC().Format(time.DateOnly), slug(e), e.CPUs)
}

// noise matches the parts of a CPU model's name that say nothing.
var (
	noise   = regexp.MustCompile(`(?i)\((r|tm|c)\)|\b(cpu|processor)\b|@.*$`)
	foreign = regexp.MustCompile(`[^a-z0-9]+`)
)

// slug returns the model of the CPU in lower-case letters, digits and '-'.
func slug(e compare.Environment) string {
	model := e.CPUModel
	if model == "" {
		model = e.OS + " " + e.Architecture
	}
	text := strings.ToLower(noise.ReplaceAllString(model, " "))
	return strings.Trim(foreign.ReplaceAllString(text, "-"), "-")
}

func writeJSON(path string, value any) error {
	content, err := json.MarshalIndent(value, "", "  ")
	if err != nil {
		return fmt.Errorf("journey: %w", err)
	}
	return writeFile(path, append(content, '\n'))
}

func writeFile(path string, content []byte) error {
	if err := os.WriteFile(path, content, 0o666); err != nil {
		return fmt.Errorf("journey: %w", err)
	}
	return nil
}
