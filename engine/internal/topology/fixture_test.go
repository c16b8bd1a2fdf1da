package topology

import (
	"fmt"
	"maps"
	"path"
	"strconv"
	"testing/fstest"
)

// shape describes a machine. tree makes the files that the kernel would write
// for it.
type shape struct {
	name   string
	online string // list of CPUs
	nodes  []shapeNode
	smt    int    // CPUs of a core, whose numbers differ by cores
	cores  int    // cores of the machine, online or not
	mask   string // affinity mask; "" means all CPUs online
	files  map[string]string
}

type shapeNode struct {
	id        int
	cpus      string
	gigabytes int
	distances string
}

// cgroupV2 and cgroupV1 are the files that say where the cgroup is, on a machine
// with v2 alone and on one with the controllers on v1.
var (
	cgroupV2 = map[string]string{
		"proc/self/cgroup": "0::/system.slice/job.scope\n",
		"proc/self/mountinfo": "22 1 254:0 / / rw - ext4 /dev/vda rw\n" +
			"31 22 0:28 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate\n",
	}
	cgroupV1 = map[string]string{
		"proc/self/cgroup": "4:memory:/job\n3:cpuset:/job\n2:cpu,cpuacct:/job\n1:name=systemd:/job\n0::/\n",
		"proc/self/mountinfo": "31 22 0:28 / /sys/fs/cgroup rw - tmpfs tmpfs rw\n" +
			"32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct\n" +
			"33 31 0:30 / /sys/fs/cgroup/cpuset rw - cgroup cgroup rw,cpuset\n" +
			"34 31 0:31 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n" +
			"35 31 0:32 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n",
	}
)

// with returns s with another name and more files. A file with the content ""
// does not exist.
func (s shape) with(name string, files ...map[string]string) shape {
	all := maps.Clone(s.files)
	if all == nil {
		all = map[string]string{}
	}
	for _, more := range files {
		maps.Copy(all, more)
	}
	s.name, s.files = name, all
	return s
}

// tree returns the files of s.
func (s shape) tree() fstest.MapFS {
	files := map[string]string{
		cpuFolder + "/online":      s.online,
		"proc/meminfo":             "MemTotal:       16384 kB\nMemFree: 1 kB\n",
		"proc/self/task/10/status": "Name:\tjob\nCpus_allowed:\tff\nCpus_allowed_list:\t" + s.allowed(),
		"proc/self/task/11/status": "Name:\tjob\nCpus_allowed_list:\t" + first(s.allowed()),
	}
	maps.Copy(files, cgroupV2)
	for i, n := range s.nodes {
		folder := path.Join(nodeFolder, "node"+strconv.Itoa(n.id))
		files[folder+"/cpulist"] = n.cpus
		files[folder+"/distance"] = n.distances
		files[folder+"/meminfo"] = fmt.Sprintf("Node %d MemTotal:  %d kB\nNode %d MemFree: 7 kB\n", n.id, n.gigabytes<<20, n.id)
		if i > 0 {
			files[nodeFolder+"/online"] += ","
		}
		files[nodeFolder+"/online"] += strconv.Itoa(n.id)
	}
	online, _ := ParseSet(s.online) // malformed in some tests
	for _, cpu := range online {
		var siblings Set
		for i := range s.smt {
			if sibling := cpu%s.cores + i*s.cores; online.Has(sibling) {
				siblings = append(siblings, sibling)
			}
		}
		files[path.Join(cpuFolder, "cpu"+strconv.Itoa(cpu), "topology/thread_siblings_list")] = siblings.String()
	}
	maps.Copy(files, s.files)
	tree := fstest.MapFS{}
	for name, text := range files {
		if gone, ok := s.files[name]; !ok || gone != "" {
			tree[name] = &fstest.MapFile{Data: []byte(text + "\n")}
		}
	}
	return tree
}

func (s shape) allowed() string {
	if s.mask != "" {
		return s.mask
	}
	return s.online
}

// first returns the first member of a list, which is the mask of a pinned
// thread.
func first(list string) string {
	s, err := ParseSet(list)
	if err != nil || len(s) == 0 {
		return list
	}
	return Set{s[0]}.String()
}

// The machines of the tests.
var (
	oneNode = shape{name: "one node", online: "0-7", cores: 8, smt: 1,
		nodes: []shapeNode{{0, "0-7", 16, "10"}}}
	twoSockets = shape{name: "two nodes of 32 cores with SMT", online: "0-127", cores: 64, smt: 2,
		nodes: []shapeNode{{0, "0-31,64-95", 256, "10 21"}, {1, "32-63,96-127", 256, "21 10"}}}
	eightNodes = shape{name: "NPS4 on two sockets", online: "0-127", cores: 64, smt: 2, nodes: nps4()}
	// A kernel leaves such gaps if it reserves numbers for empty sockets.
	sparse = shape{name: "sparse CPU numbers", online: "0-3,16-19", cores: 32, smt: 1,
		nodes: []shapeNode{{0, "0-3", 16, "10 20"}, {2, "16-19", 16, "20 10"}}}
	cxl = shape{name: "a node of memory alone", online: "0-7", cores: 4, smt: 2,
		nodes: []shapeNode{{0, "0-1,4-5", 64, "10 21 14"}, {1, "2-3,6-7", 64, "21 10 24"}, {2, "", 128, "14 24 10"}}}
	// CPU 0 is offline: of core 0 only its sibling, CPU 4, is left.
	offline = shape{name: "CPUs offline", online: "1-4,7", cores: 4, smt: 2,
		nodes: []shapeNode{{0, "1-4,7", 16, "10"}}}
	container = twoSockets.with("a container with a cpuset on one node", map[string]string{
		"proc/self/cgroup": "0::/",
		"proc/self/mountinfo": "31 22 0:28 / /sys/fs/cgroup ro - cgroup2 cgroup rw\n" +
			"32 22 0:28 /../../.. /host/sys/fs/cgroup ro - cgroup2 cgroup rw\n",
		"sys/fs/cgroup/cpuset.cpus.effective": "32-39,96-103",
		"sys/fs/cgroup/cpu.max":               "max 100000",
		"sys/fs/cgroup/memory.max":            "max",
	})
	bare = shape{name: "no sysfs", files: map[string]string{
		cpuFolder + "/online": "", "proc/self/task/10/status": "", "proc/self/task/11/status": "",
		"proc/meminfo": "", "proc/self/cgroup": "", "proc/self/mountinfo": ""}}
)

// nps4 returns 8 nodes of 8 cores, 4 nodes on each socket.
func nps4() (nodes []shapeNode) {
	for id := range 8 {
		distances := ""
		for other := range 8 {
			switch {
			case other == id:
				distances += " 10"
			case other/4 == id/4:
				distances += " 12"
			default:
				distances += " 32"
			}
		}
		cpus := fmt.Sprintf("%d-%d,%d-%d", 8*id, 8*id+7, 64+8*id, 64+8*id+7)
		nodes = append(nodes, shapeNode{id, cpus, 64, distances})
	}
	return nodes
}
