package run

import (
	"sync"

	"onebrc/engine/internal/table"
)

// reduction joins the tables of workers in trees: first the tables of each node,
// by workers of that node and at the same time, then those of the nodes. The work
// depends on names and workers, and not on chunks.
//
// A worker that has ended hands in its table. If another table waits in the group,
// the worker joins both and tries again; if not, its table waits. So as many pairs
// are joined at a time as there are, and the last worker has all tables.
type reduction struct {
	mu     sync.Mutex
	nodes  []group // of the tables of their workers
	all    group   // of the tables of nodes
	result *table.Table
}

// group is tables that become one.
type group struct {
	members int     // how many there will be
	waiting partial // waits for another, if any
}

// partial is a table with the rows of some members of its group.
type partial struct {
	table   *table.Table
	members int
}

// newReduction returns the reduction of so many workers on each node.
func newReduction(workers []int) *reduction {
	r := &reduction{nodes: make([]group, len(workers))}
	for i, n := range workers {
		r.nodes[i].members = n
		if n > 0 {
			r.all.members++
		}
	}
	return r
}

// add hands in the table of a worker of node. The reduction frees it when another
// table has its rows.
func (r *reduction) add(node int, t *table.Table) error {
	t, err := r.join(&r.nodes[node], t)
	if t == nil {
		return err
	}
	if t, err = r.join(&r.all, t); t != nil {
		r.result = t
	}
	return err
}

// join joins t with what waits in g, as long as something waits. It returns the
// table if that has all members, and nil if it waits for others.
func (r *reduction) join(g *group, t *table.Table) (*table.Table, error) {
	for p := (partial{t, 1}); ; {
		if p.members == g.members {
			return p.table, nil
		}
		other := r.meet(g, p)
		if other.table == nil {
			return nil, nil
		}
		err := p.table.Merge(other.table)
		other.table.Free()
		if err != nil {
			return nil, err
		}
		p.members += other.members
	}
}

// meet takes what waits in g, or leaves p there.
func (r *reduction) meet(g *group, p partial) partial {
	r.mu.Lock()
	defer r.mu.Unlock()
	other := g.waiting
	g.waiting = partial{}
	if other.table == nil {
		g.waiting = p
	}
	return other
}
