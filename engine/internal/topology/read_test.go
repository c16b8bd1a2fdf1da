package topology

import (
	"io/fs"
	"runtime"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"
)

// TestRead tests every shape of machine.
func TestRead(t *testing.T) {
	oneCPU := oneNode
	oneCPU.mask = "5"
	taskset := twoSockets
	taskset.mask = "0-3,64-65"
	for _, test := range []struct {
		shape    shape
		usable   string
		cores    string // the lowest CPU of each usable core
		nodes    string // of the usable CPUs
		distance []int  // of the last node
	}{
		{oneNode, "0-7", "0-7", "0", []int{10}},
		{oneCPU.with("affinity of one CPU"), "5", "5", "0", []int{10}},
		{twoSockets, "0-127", "0-63", "0-1", []int{21, 10}},
		{taskset.with("affinity of three cores and one sibling"), "0-3,64-65", "0-3", "0", []int{21, 10}},
		{eightNodes, "0-127", "0-63", "0-7", []int{32, 32, 32, 32, 12, 12, 12, 10}},
		{sparse, "0-3,16-19", "0-3,16-19", "0,2", []int{20, 10}},
		{cxl, "0-7", "0-3", "0-1", []int{14, 24, 10}},
		{offline, "1-4,7", "1-4", "0", []int{10}},
		{container, "32-39,96-103", "32-39", "1", []int{21, 10}},
	} {
		t.Run(test.shape.name, func(t *testing.T) {
			m := Read(test.shape.tree())
			require.Empty(t, m.Notes)
			require.Equal(t, test.usable, m.Usable().String())
			cores, nodes := map[int]bool{}, map[int]bool{}
			for _, c := range m.CPUs {
				cores[c.Core], nodes[c.Node] = true, true
			}
			require.Equal(t, test.cores, keys(cores).String())
			require.Equal(t, test.nodes, keys(nodes).String())
			require.Len(t, m.Nodes, len(test.shape.nodes))
			require.Equal(t, len(m.Nodes) == 1, NewHost(test.shape.tree()).OneNode())
			for i, n := range test.shape.nodes {
				require.Equal(t, n.id, m.Nodes[i].ID)
				require.Equal(t, n.cpus, m.Nodes[i].CPUs.String())
				require.Equal(t, int64(n.gigabytes)<<30, m.Nodes[i].MemoryBytes)
			}
			require.Equal(t, test.distance, m.Nodes[len(m.Nodes)-1].Distances)
			require.Zero(t, m.Quota)
			require.Zero(t, m.MemoryBytes)
		})
	}
}

func keys(m map[int]bool) (s Set) {
	for n := range maxNumber {
		if m[n] {
			s = append(s, n)
		}
	}
	return s
}

// TestReadNothing tests file systems that say nothing about the machine.
func TestReadNothing(t *testing.T) {
	for name, tree := range map[string]fstest.MapFS{"no sysfs": bare.tree(), "empty": {}} {
		m := Read(tree)
		require.Len(t, m.Nodes, 1, name)
		require.Equal(t, []int{10}, m.Nodes[0].Distances)
		require.Equal(t, m.Usable(), m.Nodes[0].CPUs)
		require.Len(t, m.CPUs, runtime.NumCPU())
		require.NotEmpty(t, m.Notes)
		places, err := m.Choose(Choice{})
		require.NoError(t, err)
		require.Len(t, places, runtime.NumCPU())
	}
}

// TestReadMalformed replaces files by content that no kernel writes. The machine
// gets a note, and what is assumed is usable.
func TestReadMalformed(t *testing.T) {
	const group = "sys/fs/cgroup/system.slice/job.scope/"
	for _, test := range []struct{ file, text, note, machine string }{
		{cpuFolder + "/online", "0-x", `online: list "0-x": "x" is not a number from 0 to 65535; want numbers and ranges, such as 0-3,8: the CPUs of the affinity mask`,
			"2 nodes, usable CPUs 0-127 on 64 cores"},
		{cpuFolder + "/online", "200-201", "have nothing in common with the CPUs online, 200-201: the latter is ignored",
			"2 nodes, usable CPUs 0-127 on 64 cores"},
		{nodeFolder + "/online", "", "node/online: file does not exist: one node is assumed",
			"1 nodes, usable CPUs 0-127 on 64 cores"},
		{nodeFolder + "/online", " ", "node/online is empty: one node is assumed",
			"1 nodes, usable CPUs 0-127 on 64 cores"},
		{nodeFolder + "/node1/cpulist", "9-8", `range 9-8 ends before it begins; want numbers and ranges, such as 0-3,8: node 1 has no CPUs`,
			"2 nodes, usable CPUs 0-127 on 64 cores"},
		{nodeFolder + "/node0/distance", "10", "1 distances for 2 nodes: node 0 is assumed to be as far",
			"2 nodes, usable CPUs 0-127 on 64 cores"},
		{nodeFolder + "/node0/meminfo", "MemTotal: many kB", "the memory of node 0 is not known",
			"2 nodes, usable CPUs 0-127 on 64 cores"},
		{cpuFolder + "/cpu3/topology/thread_siblings_list", "4", `"4" lacks the CPU itself: each CPU`,
			"2 nodes, usable CPUs 0-127 on 64 cores"},
		{"proc/self/task/10/status", "Cpus_allowed_list:\t70000", `"70000" is not a number from 0 to 65535; want numbers and ranges, such as 0-3,8: all CPUs are taken`,
			"2 nodes, usable CPUs 0-127 on 64 cores"},
		{"proc/self/cgroup", "cgroup", "no limits of a cgroup are assumed",
			"2 nodes, usable CPUs 0-127 on 64 cores"},
		{group + "cpuset.cpus.effective", "?", "the cpuset of the cgroup is ignored",
			"2 nodes, usable CPUs 0-127 on 64 cores"},
		{group + "cpuset.cpus.effective", "128", "the cpuset of the cgroup, 128: the latter is ignored",
			"2 nodes, usable CPUs 0-127 on 64 cores"},
		{group + "cpu.max", "100000", `quota "100000" in period "": this limit is ignored`,
			"2 nodes, usable CPUs 0-127 on 64 cores"},
		{group + "cpu.max", "-5 100000", `quota "-5": this limit is ignored`,
			"2 nodes, usable CPUs 0-127 on 64 cores"},
		{group + "memory.max", "1G", `limit "1G": this limit is ignored`,
			"2 nodes, usable CPUs 0-127 on 64 cores"},
	} {
		m := Read(twoSockets.with("", map[string]string{test.file: test.text}).tree())
		require.NotEmpty(t, m.Notes, test.file)
		require.Contains(t, m.Notes[0], test.note)
		require.Equal(t, test.machine, m.String(), test.file)
		_, err := m.Choose(Choice{})
		require.NoError(t, err, test.file)
	}
}

// counted counts how often each file is opened.
type counted struct {
	fstest.MapFS
	opens map[string]int
}

func (c counted) Open(name string) (fs.File, error) {
	c.opens[name]++
	return c.MapFS.Open(name)
}

func (c counted) ReadFile(name string) ([]byte, error) {
	c.opens[name]++
	return c.MapFS.ReadFile(name)
}

// TestHostReadsOnce makes a Host read all that it can, in either order: it reads
// the files that say where the cgroups are at most once, even if it cannot.
func TestHostReadsOnce(t *testing.T) {
	const cgroup, mounts = "proc/self/cgroup", "proc/self/mountinfo"
	limited := oneNode.with("", map[string]string{"sys/fs/cgroup/system.slice/job.scope/memory.max": "4096"})
	for _, test := range []struct {
		shape         shape
		limit         int64
		opened, whole int // how often cgroup and mounts are opened
	}{
		{limited, 4096, 1, 1},
		{limited.with("", map[string]string{mounts: " "}), 0, 1, 1},
		{limited.with("", map[string]string{mounts: ""}), 0, 1, 1},
		{limited.with("", map[string]string{cgroup: ""}), 0, 1, 0},
	} {
		for _, machineFirst := range []bool{true, false} {
			tree := counted{test.shape.tree(), map[string]int{}}
			h := NewHost(tree)
			require.True(t, h.OneNode())
			if machineFirst {
				h.Machine()
			}
			require.Equal(t, test.limit, h.MemoryLimit())
			require.Equal(t, test.limit, h.Machine().MemoryBytes)
			require.Same(t, h.Machine(), h.Machine())
			require.Equal(t, test.opened, tree.opens[cgroup])
			require.Equal(t, test.whole, tree.opens[mounts])
		}
	}
}

// TestHere reads the machine that the test runs on.
func TestHere(t *testing.T) {
	m := Here()
	t.Log(m)
	for _, note := range m.Notes {
		t.Log("note: ", note)
	}
	places, err := m.Choose(Choice{})
	require.NoError(t, err)
	t.Log(len(places), "places:", places)
	require.NotEmpty(t, m.Nodes)
	if runtime.GOOS != "js" { // whose runtime has one CPU, whatever the files say
		require.Len(t, m.CPUs, runtime.NumCPU(), "both are the affinity mask")
	}
}
