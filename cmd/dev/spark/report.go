//go:build linux

package main

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/template"
	"time"

	"onebrc/cmd/internal/cli"
	"onebrc/cmd/internal/compare"
)

// report is what came out, as it is saved.
type report struct {
	Time           time.Time           `json:"time"` // of the last step
	Environment    compare.Environment `json:"environment"`
	Spark          string              `json:"spark"` // its version
	Rows           string              `json:"rows"`
	Large          string              `json:"large"`
	ClusterSeconds float64             `json:"cluster_seconds"` // until the cluster was up
	Checks         []check             `json:"checks"`
	Times          []timing            `json:"times"`
	Volumes        []volume            `json:"volumes"`
	Plannings      []planning          `json:"plannings"`
}

// readReport reads the report in folder, or returns an empty one.
func readReport(folder string) (*report, error) {
	r := &report{}
	content, err := os.ReadFile(filepath.Join(folder, "spark.json"))
	if errors.Is(err, fs.ErrNotExist) {
		return r, nil
	}
	if err != nil {
		return nil, err
	}
	return r, json.Unmarshal(content, r)
}

// put adds item to all, in the place of the one of the same step.
func put[T interface{ step() string }](all *[]T, item T) {
	if i := slices.IndexFunc(*all, func(old T) bool { return old.step() == item.step() }); i >= 0 {
		(*all)[i] = item
		return
	}
	*all = append(*all, item)
}

// save writes the report into folder, in the order of the steps.
func (r *report) save(folder string, steps []step) error {
	position := func(name string) int {
		return slices.IndexFunc(steps, func(s step) bool { return s.name == name })
	}
	slices.SortStableFunc(r.Checks, func(a, b check) int { return position(a.step()) - position(b.step()) })
	slices.SortStableFunc(r.Times, func(a, b timing) int { return position(a.step()) - position(b.step()) })
	slices.SortStableFunc(r.Plannings, func(a, b planning) int { return position(a.step()) - position(b.step()) })
	content, err := json.MarshalIndent(r, "", "\t")
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(folder, "spark.json"), append(content, '\n'), 0o666)
}

//go:embed SPARK.md.tmpl
var pageText string

// renderPage renders the page of the report in folder.
func renderPage(folder string) error {
	r, err := readReport(folder)
	if err != nil {
		return err
	}
	page, err := r.page()
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(folder, "SPARK.md"), page, 0o666)
}

// page returns the page.
func (r *report) page() ([]byte, error) {
	functions := template.FuncMap{
		"median":   median,
		"spread":   spread,
		"memory":   memoryText,
		"seconds":  func(s float64) string { return fmt.Sprintf("%.1f", s) },
		"megabyte": func(bytes int) string { return fmt.Sprintf("%.1f", float64(bytes)/1e6) },
		"code":     func(text string) string { return "`" + text + "`" },
	}
	t, err := template.New("").Funcs(functions).Parse(pageText)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	err = t.Execute(&b, r)
	return b.Bytes(), err
}

// median returns the median.
func median(all []float64) float64 {
	if len(all) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(all))
	return (sorted[(len(sorted)-1)/2] + sorted[len(sorted)/2]) / 2
}

// spread returns the median and the extremes, or the only time.
func spread(all []float64) string {
	if len(all) == 0 {
		return "failed"
	}
	if len(all) == 1 {
		return fmt.Sprintf("%.2f", all[0])
	}
	return fmt.Sprintf("%.2f (%.2f to %.2f)", median(all), slices.Min(all), slices.Max(all))
}

// memoryText lists the memory of the processes of a job in MiB.
func memoryText(t timing) string {
	var list []string
	for _, kind := range kinds {
		// The cluster may be up while a job runs without it.
		if peak, ok := t.Memory[kind.name]; ok && (t.Master == "cluster" || t.Master == "local" && !kind.ofCluster) {
			list = append(list, fmt.Sprintf("%s %s", kind.name, cli.MiB(peak)))
		}
	}
	return strings.Join(list, ", ")
}

// find returns a timing.
func (r *report) find(input, master string) timing {
	for _, t := range r.Times {
		if t.Input == input && t.Master == master {
			return t
		}
	}
	return timing{}
}

// Faults returns the checks of faults, and Others all others.
func (r *report) Faults() []check {
	return slices.DeleteFunc(slices.Clone(r.Checks), func(c check) bool { return !strings.HasPrefix(c.Name, "fault/") })
}

func (r *report) Others() []check {
	return slices.DeleteFunc(slices.Clone(r.Checks), func(c check) bool { return strings.HasPrefix(c.Name, "fault/") })
}
