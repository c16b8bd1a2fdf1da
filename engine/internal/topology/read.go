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

// The folders in which the kernel describes CPUs and nodes.
const (
	cpuFolder  = "sys/devices/system/cpu"
	nodeFolder = "sys/devices/system/node"
)

// The distances that are assumed if the kernel states none. They are those of
// ACPI for machines without a table of distances (SLIT).
const (
	localDistance  = 10
	remoteDistance = 20
)

// reader reads a machine.
type reader struct {
	root fs.FS
	m    *Machine // what has been read so far
	// memberships and mounts are the texts of proc/self/cgroup and
	// proc/self/mountinfo once readGroups is true.
	readGroups          bool
	memberships, mounts string
	groupsErr           error // of reading them
}

// machine reads the whole machine.
func (r *reader) machine() *Machine {
	r.m = &Machine{}
	online := r.online()
	usable := r.usable(online)
	if online == nil {
		online = usable
	}
	r.nodes(online)
	r.cpus(usable)
	r.limits()
	return r.m
}

// note records what is assumed because of err.
func (r *reader) note(err error, assumed string) {
	r.m.Notes = append(r.m.Notes, fmt.Sprintf("%v: %s", err, assumed))
}

// text returns the content of a file without surrounding space.
func (r *reader) text(file string) (string, error) {
	b, err := fs.ReadFile(r.root, file)
	return strings.TrimSpace(string(b)), err
}

// set returns the list of numbers in a file.
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

// online returns the CPUs online, or nil if they are unknown.
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

// affinity returns the CPUs on which any thread of this process may run. It reads
// threads until it has all CPUs online: a thread that may use fewer of them may
// be one that this program has pinned.
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
			continue // the thread has ended
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

// usable returns the CPUs online that this process may use. If online is nil, it
// returns those of the affinity mask or, without one, of the runtime.
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

// narrow returns what cpus and other have in common, or cpus if that is
// nothing.
func (r *reader) narrow(cpus, other Set, name string) Set {
	both := cpus.and(other)
	if len(both) == 0 {
		r.note(fmt.Errorf("CPUs %s have nothing in common with %s, %s", cpus, name, other), "the latter is ignored")
		return cpus
	}
	return both
}

// nodes reads the nodes. If they are unknown, node 0 has all CPUs.
func (r *reader) nodes(online Set) {
	ids, err := r.set(path.Join(nodeFolder, "online"))
	if err == nil && len(ids) == 0 {
		err = fmt.Errorf("%s/online is empty", nodeFolder)
	}
	if err != nil {
		r.note(err, "one node is assumed")
		memory, _ := r.memory("proc/meminfo") // 0 means unknown
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

// memory returns the value of MemTotal in a file, in bytes. The file states it
// in kB, which are 1,024 bytes. "Node" and a number may precede the name.
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

// distances returns the n numbers of a file.
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

// cpus finds the node and the core of each usable CPU.
func (r *reader) cpus(usable Set) {
	nodeOf := map[int]int{}
	for _, n := range r.m.Nodes {
		for _, cpu := range n.CPUs {
			nodeOf[cpu] = n.ID
		}
	}
	coreOf := map[int]int{}
	var unknown error
	for _, id := range usable {
		node, ok := nodeOf[id]
		if !ok {
			node = r.m.Nodes[0].ID
			r.note(fmt.Errorf("CPU %d is in no node", id), fmt.Sprintf("node %d is assumed", node))
		}
		if _, ok := coreOf[id]; !ok {
			siblings, err := r.siblings(id)
			if err != nil {
				unknown = err
			}
			for _, s := range siblings {
				coreOf[s] = siblings[0]
			}
		}
		r.m.CPUs = append(r.m.CPUs, CPU{ID: id, Node: node, Core: coreOf[id]})
	}
	if unknown != nil {
		r.note(unknown, "each CPU of unknown siblings is taken to be a core")
	}
}

// siblings returns the CPUs that share the core of a CPU. If they are unknown, it
// returns the CPU itself and an error.
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
