package report

import (
	"onebrc/cmd/internal/flame"
	"onebrc/cmd/internal/journey"
)

// flames are the flame graphs of a page, as journey.js draws them: a table of all
// functions with their colours, and a tree for each stage.
type flames struct {
	Names   []string     `json:"names"`
	Colours []string     `json:"colours"` // by name
	Stages  []flameStage `json:"stages"`

	index map[string]int // of a name
}

// flameStage is the flame graph of a stage.
type flameStage struct {
	Index int    `json:"index"` // of the stage in the page
	Name  string `json:"name"`
	// PerRow is the CPU time of a row, in nanoseconds.
	PerRow float64 `json:"perRow"`
	Tree   branch  `json:"tree"`
}

// branch is a function in the tree: the index of its name, its own CPU time in
// milliseconds, and a branch for each function that it calls.
type branch []any

// add adds the stacks of the stage with an index.
func (f *flames) add(index int, stage *journey.Stage, stacks []flame.Stack) {
	root := flame.Tree(stacks)
	perRow := 0.0
	if runs := stage.CPU.Runs; runs > 0 {
		perRow = float64(root.Total) / float64(runs) / float64(stage.Rows)
	}
	f.Stages = append(f.Stages, flameStage{Index: index, Name: stage.Name, PerRow: perRow, Tree: f.branch(root)})
}

// branch returns the branch of n.
func (f *flames) branch(n *flame.Node) branch {
	if f.index == nil {
		f.index = map[string]int{}
	}
	at, ok := f.index[n.Name]
	if !ok {
		at = len(f.Names)
		f.index[n.Name] = at
		f.Names = append(f.Names, Visible(n.Name))
		f.Colours = append(f.Colours, flame.Colour(n.Name))
	}
	b := branch{at, float64(n.Self) / 1e6}
	for _, child := range n.Children {
		b = append(b, f.branch(child))
	}
	return b
}
