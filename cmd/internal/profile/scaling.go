package profile

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"

	"onebrc/cmd/internal/format"
	"onebrc/engine/scaling"
)

// scalingFile has the numbers that the prediction is made from.
const scalingFile = "scaling.json"

// scalingText returns the prediction, with what it is made from.
func scalingText(folder string) (string, error) {
	s, err := scaling.ReadScaling(filepath.Join(folder, scalingFile))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Sprintf("Nothing is predicted: there is no `%s`.\n", scalingFile), nil
	case err != nil:
		return "", err
	}
	var b strings.Builder
	fmt.Fprintf(&b, "**This is a prediction, not a measurement.** The simulator of package `engine/scaling` runs the engine's planner for a machine of %d nodes with %d cores each, and %s in the page cache. ",
		s.Nodes, s.CoresPerNode, format.Gigabytes(s.Bytes))
	if bound := s.Bound(); bound <= s.Nodes*s.CoresPerNode {
		fmt.Fprintf(&b, "From %d workers on, memory is the limit and not the cores.\n\n", bound)
	} else {
		b.WriteString("The cores are the limit, not memory.\n\n")
	}
	fmt.Fprintf(&b, "%s. The prediction is made from these [numbers](%s):\n\n", s.Machine, scalingFile)
	fmt.Fprintf(&b, "- One worker alone reads %.2f GB/s.\n- The memory of a node gives %.1f GB/s.\n- A run takes %s in addition to its rows.\n- Joining two tables takes %s.\n- Assumed, not measured: a worker is %s times slower on pages of another node.\n\n",
		s.CoreBytesPerSecond/1e9, s.NodeBytesPerSecond/1e9, format.Duration(s.FixedSeconds), format.Duration(s.MergeSeconds), format.Number(s.RemoteSlowdown))
	b.WriteString("They were measured by:\n\n")
	for _, command := range s.Commands {
		fmt.Fprintf(&b, "- %s\n", cell(command))
	}
	b.WriteString("\n")
	b.WriteString("| workers | pages on all nodes | GB/s | ratio of one worker | pages on one node | GB/s |\n")
	b.WriteString("|--:|--:|--:|--:|--:|--:|\n")
	points := s.Predict()
	for _, p := range points {
		fmt.Fprintf(&b, "| %d | %s | %.2f | %s | %s | %.2f |\n", p.Workers,
			format.Duration(p.Spread), float64(s.Bytes)/p.Spread/1e9, format.Number(points[0].Spread/p.Spread),
			format.Duration(p.OneNode), float64(s.Bytes)/p.OneNode/1e9)
	}
	return b.String(), nil
}
