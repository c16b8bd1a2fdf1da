package main

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"
	"github.com/stretchr/testify/require"
)

// make man sets it. The pages are made by a test so that the program does without what
// makes them.
var manFolder = flag.String("man", "", "write the manual pages to this folder")

// TestManPages makes a manual page of each command.
func TestManPages(t *testing.T) {
	folder := *manFolder
	if folder == "" {
		folder = t.TempDir()
	}
	root := newCommand(nil)
	root.DisableAutoGenTag = true
	require.NoError(t, doc.GenManTree(root, &doc.GenManHeader{Title: "1BRC", Section: "1", Source: "1brc", Manual: "1brc"}, folder))
	var check func(c *cobra.Command)
	check = func(c *cobra.Command) {
		page, err := os.ReadFile(filepath.Join(folder, strings.ReplaceAll(c.CommandPath(), " ", "-")+".1"))
		require.NoError(t, err)
		require.Contains(t, string(page), strings.ReplaceAll(c.CommandPath(), " ", "-"))
		for _, line := range strings.Split(strings.TrimSpace(c.Example), "\n") {
			require.Contains(t, string(page), strings.ReplaceAll(strings.TrimSpace(line), `\`, `\\`), c.Name())
		}
		for _, sub := range c.Commands() {
			if sub.IsAvailableCommand() {
				check(sub)
			}
		}
	}
	check(root)
	require.Equal(t, execute(t, nil, "group", "--help"), execute(t, nil, "help", "group"))
}
