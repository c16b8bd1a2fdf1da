package main

import (
	"os"
	"path/filepath"
	"strings"

	"onebrc/cmd/internal/journey"
)

// root returns the path from the page to the root of this module, if both the run and the
// page are in it, so that the page can link to files; otherwise it returns "".
func (c *reportConfig) root(run *journey.Run) string {
	if c.output == "" {
		return ""
	}
	folder, err := filepath.Abs(run.Folder)
	if err != nil {
		return ""
	}
	page, err := filepath.Abs(filepath.Dir(c.output))
	if err != nil {
		return ""
	}
	root := filepath.Dir(filepath.Dir(folder))
	if filepath.Base(filepath.Dir(folder)) != profilesFolder || !isModule(root) {
		return ""
	}
	below, err := filepath.Rel(root, page)
	if err != nil || !filepath.IsLocal(below) {
		return ""
	}
	up, err := filepath.Rel(page, root)
	if err != nil {
		return ""
	}
	return up
}

// isModule reports whether folder is the root of this module.
func isModule(folder string) bool {
	content, err := os.ReadFile(filepath.Join(folder, "go.mod"))
	return err == nil && strings.HasPrefix(string(content), "module onebrc\n")
}
