package topology

import (
	"fmt"
	"io/fs"
	"path"
	"runtime"
	"slices"
	"strconv"
	"strings"
)

// Where the kernel tells about CPUs and nodes.
const (
	cpuFolder  = "sys/devices/system/cpu"
	nodeFolder = "sys/devices/system/node"
)

// Distances that are assumed where there are none: the values of ACPI for
// machines without a table of distances (SLIT).
const (
	localDistance  = 10
	remoteDistance = 20
)

// reader reads a machine.
type reader struct {
	root fs.FS
	m    *Machine
	// memberships and mounts are proc/self/cgroup and proc/self/mountinfo, once
	// they are read.
	memberships, mounts string
}

// note says what is assumed because of err.
func (r *reader) note(err error, assumed string) {
	r.m.Notes = append(r.m.Notes, fmt.Sprintf("%v: %s", err, assumed))
}

// text returns what is in a file, without the space around it.
func (r *reader) text(file string) (string, error) {
	b, err := fs.ReadFile(r.root, file)
	return strings.TrimSpace(string(b)), err
}

// set returns the list in a file.
func (r *reader) set(file string) (Set, error) {
	list, err := r.text(file)
	if err != nil {
		return nil, err
	}
	s, err := ParseSet(list)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return s, nil
}

// online returns the CPUs of the machine, or nil if it does not tell.
func (r *reader) online() Set {
	cpus, err := r.set(path.Join(cpuFolder, "online"))
	if err == nil && len(cpus) == 0 {
		err = fmt.Errorf("%s/online is empty", cpuFolder)
	}
	if err != nil {
		r.note(err, "the CPUs of the affinity mask are taken")
	}
	return cpus
}

// affinity returns the CPUs on which any thread of this process may run. A
// single thread does not tell, unless it may run on all CPUs online: it may be
// pinned, by this very program.
func (r *reader) affinity(online Set) (Set, error) {
	const folder, field = "proc/self/task", "Cpus_allowed_list:"
	threads, err := fs.ReadDir(r.root, folder)
	if err != nil {
		return nil, err
	}
	err = fmt.Errorf("%s/*/status: no %s", folder, field)
	var cpus Set
	for _, thread := range threads {
		if online != nil && len(online.and(cpus)) == len(online) {
			break
		}
		file := path.Join(folder, thread.Name(), "status")
		status, readErr := r.text(file)
		if readErr != nil {
			continue // a thread that has ended
		}
		for line := range strings.Lines(status) {
			if list, ok := strings.CutPrefix(line, field); ok {
				var s Set
				if s, err = ParseSet(list); err != nil {
					return nil, fmt.Errorf("%s: %w", file, err)
				}
				cpus = append(cpus, s...)
			}
		}
	}
	slices.Sort(cpus)
	return slices.Compact(cpus), err
}

// usable returns those of the CPUs online that this process may use; if they
// are not known, it takes those that the affinity mask or the runtime tells.
func (r *reader) usable(online Set) Set {
	allowed, err := r.affinity(online)
	switch {
	case err != nil && online == nil:
		r.note(err, "the number of CPUs is that of the Go runtime")
		for id := range runtime.NumCPU() {
			allowed = append(allowed, id)
		}
	case err != nil:
		r.note(err, "all CPUs are taken")
		allowed = online
	case online != nil:
		allowed = r.narrow(allowed, online, "the CPUs online")
	}
	if cpuset := r.cpuset(); cpuset != nil {
		allowed = r.narrow(allowed, cpuset, "the cpuset of the cgroup")
	}
	return allowed
}

// narrow returns what cpus and other have in common. It is cpus if that is
// nothing.
func (r *reader) narrow(cpus, other Set, name string) Set {
	both := cpus.and(other)
	if len(both) == 0 {
		r.note(fmt.Errorf("CPUs %s have nothing in common with %s, %s", cpus, name, other), "the latter is ignored")
		return cpus
	}
	return both
}

// nodes reads the nodes. If there are none, node 0 has all CPUs.
func (r *reader) nodes(online Set) {
	ids, err := r.set(path.Join(nodeFolder, "online"))
	if err == nil && len(ids) == 0 {
		err = fmt.Errorf("%s/online is empty", nodeFolder)
	}
	if err != nil {
		r.note(err, "one node is assumed")
		memory, _ := r.memory("proc/meminfo") // 0 says that it is not known
		r.m.Nodes = []Node{{CPUs: online, MemoryBytes: memory, Distances: []int{localDistance}}}
		return
	}
	for _, id := range ids {
		folder := path.Join(nodeFolder, "node"+strconv.Itoa(id))
		n := Node{ID: id}
		if n.CPUs, err = r.set(path.Join(folder, "cpulist")); err != nil {
			r.note(err, fmt.Sprintf("node %d has no CPUs", id))
		}
		if n.MemoryBytes, err = r.memory(path.Join(folder, "meminfo")); err != nil {
			r.note(err, fmt.Sprintf("the memory of node %d is not known", id))
		}
		r.m.Nodes = append(r.m.Nodes, n)
	}
	for i := range r.m.Nodes {
		n := &r.m.Nodes[i]
		file := path.Join(nodeFolder, "node"+strconv.Itoa(n.ID), "distance")
		if n.Distances, err = r.distances(file, len(ids)); err != nil {
			r.note(err, fmt.Sprintf("node %d is assumed to be as far from each other node", n.ID))
			n.Distances = slices.Repeat([]int{remoteDistance}, len(ids))
			n.Distances[i] = localDistance
		}
	}
}

// memory returns the bytes of MemTotal, which a file has in kB (of 1,024
// bytes), alone or behind "Node" and a number.
func (r *reader) memory(file string) (int64, error) {
	text, err := r.text(file)
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(text) {
		fields := strings.Fields(line)
		at := slices.Index(fields, "MemTotal:")
		if at < 0 || at+1 == len(fields) {
			continue
		}
		kilobytes, err := strconv.ParseInt(fields[at+1], 10, 53)
		if err != nil {
			return 0, fmt.Errorf("%s: %w", file, err)
		}
		return kilobytes << 10, nil
	}
	return 0, fmt.Errorf("%s: no MemTotal", file)
}

// distances returns the numbers of a file, of which there have to be n.
func (r *reader) distances(file string, n int) ([]int, error) {
	text, err := r.text(file)
	if err != nil {
		return nil, err
	}
	var all []int
	for field := range strings.FieldsSeq(text) {
		d, err := parseNumber(field)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		all = append(all, d)
	}
	if len(all) != n {
		return nil, fmt.Errorf("%s: %d distances for %d nodes", file, len(all), n)
	}
	return all, nil
}

// cpus finds node and core of each usable CPU.
func (r *reader) cpus(usable Set) {
	nodeOf := map[int]int{}
	for _, n := range r.m.Nodes {
		for _, cpu := range n.CPUs {
			nodeOf[cpu] = n.ID
		}
	}
	coreOf := map[int]int{}
	var untold error
	for _, id := range usable {
		node, ok := nodeOf[id]
		if !ok {
			node = r.m.Nodes[0].ID
			r.note(fmt.Errorf("CPU %d is in no node", id), fmt.Sprintf("node %d is assumed", node))
		}
		if _, ok := coreOf[id]; !ok {
			siblings, err := r.siblings(id)
			if err != nil {
				untold = err
			}
			for _, s := range siblings {
				coreOf[s] = siblings[0]
			}
		}
		r.m.CPUs = append(r.m.CPUs, CPU{ID: id, Node: node, Core: coreOf[id]})
	}
	if untold != nil {
		r.note(untold, "each CPU that does not tell its siblings is taken for a core")
	}
}

// siblings returns the CPUs that share the core of a CPU; if they are not
// known, it alone and the reason.
func (r *reader) siblings(cpu int) (Set, error) {
	file := path.Join(cpuFolder, "cpu"+strconv.Itoa(cpu), "topology/thread_siblings_list")
	s, err := r.set(file)
	if err == nil && !s.Has(cpu) {
		err = fmt.Errorf("%s: %q lacks the CPU itself", file, s)
	}
	if err != nil {
		return Set{cpu}, err
	}
	return s, nil
}
