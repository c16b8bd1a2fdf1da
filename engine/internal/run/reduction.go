package run

import "sync"

// reduction joins the tables of workers in trees: first the tables of each node, in
// parallel and by workers of that node, then the tables of the nodes. The work
// depends on the names and the workers, not on the chunks.
//
// A worker that has ended adds its table. If another table waits in the group, the
// worker joins the two and tries again; otherwise its table waits. All available
// pairs are thus joined in parallel, and the last worker gets the table of all.
type reduction struct {
	mu     sync.Mutex
	nodes  []group // for each node, the tables of its workers
	all    group   // the tables of the nodes
	result Table
}

// group is a set of tables that become one.
type group struct {
	members int     // the number of tables
	waiting partial // waits for another; its table is nil if none waits
}

// partial is a table that holds the rows of some members of its group.
type partial struct {
	table   Table
	members int
}

// newReduction returns a reduction for the given number of workers on each node.
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

// add adds the table of a worker of node. The reduction frees the table when
// another table holds its rows.
func (r *reduction) add(node int, t Table) error {
	t, err := r.join(&r.nodes[node], t)
	if t == nil {
		return err
	}
	if t, err = r.join(&r.all, t); t != nil {
		r.result = t
	}
	return err
}

// join joins t with the tables that wait in g, until none waits. It returns the
// table if it has all members, and nil if it waits for others.
func (r *reduction) join(g *group, t Table) (Table, error) {
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

// tables returns the tables that were added and have not been joined with others. No
// worker adds a table any more.
func (r *reduction) tables() []Table {
	if r.result != nil {
		return []Table{r.result}
	}
	var tables []Table
	for _, g := range append(r.nodes, r.all) {
		if g.waiting.table != nil {
			tables = append(tables, g.waiting.table)
		}
	}
	return tables
}

// meet takes the table that waits in g. If none waits, it leaves p there.
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
