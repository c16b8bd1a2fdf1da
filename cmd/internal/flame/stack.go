package flame

import (
	"cmp"
	"slices"
)

// Stack is a call stack with a value above 0.
type Stack struct {
	Functions []string // from the outermost to the innermost
	Value     int64
}

// Node is a function in the tree of stacks. Its parent is its caller.
type Node struct {
	Name        string
	Self, Total int64   // without and with the functions that it calls
	Children    []*Node // sorted by name
}

// Root is the name of the root of a tree, which stands for all functions.
const Root = "all"

// Tree returns the tree of stacks.
func Tree(stacks []Stack) *Node {
	root := &Node{Name: Root}
	for _, s := range stacks {
		at := root
		at.Total += s.Value
		for _, name := range s.Functions {
			at = at.child(name)
			at.Total += s.Value
		}
		at.Self += s.Value
	}
	return root
}

// child returns the child with that name, and adds it if it is missing.
func (n *Node) child(name string) *Node {
	at, ok := slices.BinarySearchFunc(n.Children, name, func(c *Node, name string) int { return cmp.Compare(c.Name, name) })
	if !ok {
		n.Children = slices.Insert(n.Children, at, &Node{Name: name})
	}
	return n.Children[at]
}

// Function is a function with its value in all stacks.
type Function struct {
	Name        string
	Self, Total int64 // without and with the functions that it calls
}

// Functions returns the functions of stacks, the largest Self first; of equal ones the
// largest Total, and then the first by name. A stack counts once for a function that
// calls itself.
func Functions(stacks []Stack) []Function {
	at := map[string]int{}
	var all []Function
	for _, s := range stacks {
		for i, name := range s.Functions {
			if slices.Contains(s.Functions[:i], name) {
				continue
			}
			place, ok := at[name]
			if !ok {
				place = len(all)
				at[name] = place
				all = append(all, Function{Name: name})
			}
			all[place].Total += s.Value
		}
		if len(s.Functions) > 0 {
			all[at[s.Functions[len(s.Functions)-1]]].Self += s.Value
		}
	}
	slices.SortFunc(all, func(a, b Function) int {
		return cmp.Or(cmp.Compare(b.Self, a.Self), cmp.Compare(b.Total, a.Total), cmp.Compare(a.Name, b.Name))
	})
	return all
}
