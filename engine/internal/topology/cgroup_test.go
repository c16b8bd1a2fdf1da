package topology

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// TestLimits tests the quotas, memory limits and cpusets of cgroups.
func TestLimits(t *testing.T) {
	const (
		top   = "sys/fs/cgroup/"
		slice = top + "system.slice/"
		scope = slice + "job.scope/"
	)
	inContainer := map[string]string{
		"proc/self/cgroup": "3:cpuset:/docker/ab\n2:cpu,cpuacct:/docker/ab\n1:memory:/docker/ab\n",
		"proc/self/mountinfo": "32 31 0:29 /docker/ab /sys/fs/cgroup/cpu,cpuacct ro - cgroup cgroup rw,cpu,cpuacct\n" +
			"33 31 0:30 /docker/ab /sys/fs/cgroup/cpuset ro - cgroup cgroup rw,cpuset\n" +
			`34 31 0:31 /docker/ab /sys/fs/c\040group/memory ro - cgroup cgroup rw,memory` + "\n",
	}
	for _, test := range []struct {
		name    string
		files   []map[string]string
		machine string
	}{
		{"v2 at the group", []map[string]string{{scope + "cpu.max": "150000 100000", scope + "memory.max": "1048576"}},
			"1 nodes, usable CPUs 0-7 on 8 cores, quota of 1.5 CPUs, memory limit of 1048576 bytes"},
		{"v2 at a parent", []map[string]string{{scope + "cpu.max": "max 100000", slice + "cpu.max": "50000 20000",
			scope + "memory.max": "max", slice + "memory.max": "4096"}},
			"1 nodes, usable CPUs 0-7 on 8 cores, quota of 2.5 CPUs, memory limit of 4096 bytes"},
		{"v2 at each level", []map[string]string{{scope + "cpu.max": "300000 100000", slice + "cpu.max": "200000 100000",
			scope + "memory.max": "4096", slice + "memory.max": "8192"}},
			"1 nodes, usable CPUs 0-7 on 8 cores, quota of 2 CPUs, memory limit of 4096 bytes"},
		{"v2 cpuset at a parent", []map[string]string{{slice + "cpuset.cpus.effective": "2-3"}},
			"1 nodes, usable CPUs 2-3 on 2 cores"},
		{"v2 group deleted", []map[string]string{{"proc/self/cgroup": "0::/system.slice/gone (deleted)", slice + "cpu.max": "100000 100000"}},
			"1 nodes, usable CPUs 0-7 on 8 cores, quota of 1 CPUs"},
		{"v2 outside of the namespace", []map[string]string{{"proc/self/cgroup": "0::/../other", top + "cpu.max": "100000 100000"}},
			"1 nodes, usable CPUs 0-7 on 8 cores, quota of 1 CPUs"},
		{"v1", []map[string]string{cgroupV1, {
			top + "cpu,cpuacct/job/cpu.cfs_quota_us": "250000", top + "cpu,cpuacct/job/cpu.cfs_period_us": "100000",
			top + "cpuset/job/cpuset.cpus":             "1-4",
			top + "memory/job/memory.limit_in_bytes":   "9223372036854771712",
			top + "memory/memory.limit_in_bytes":       "65536",
			top + "cpu,cpuacct/cpu.cfs_quota_us":       "-1",
			top + "cpu,cpuacct/cpu.cfs_period_us":      "100000",
			top + "cpuset/cpuset.cpus":                 "0-7",
			top + "unified/cgroup.controllers":         " ",
			top + "cpuset/job/cpuset.effective_cpus":   "2-3",
			top + "unified/job/cpuset.cpus.effective":  "7",
			top + "systemd/job/cpuset.cpus.effective":  "7",
			top + "memory/other/memory.limit_in_bytes": "1",
		}}, "1 nodes, usable CPUs 2-3 on 2 cores, quota of 2.5 CPUs, memory limit of 65536 bytes"},
		{"v1 without limits", []map[string]string{cgroupV1, {
			top + "cpu,cpuacct/job/cpu.cfs_quota_us": "-1", top + "memory/job/memory.limit_in_bytes": "9223372036854771712",
		}}, "1 nodes, usable CPUs 0-7 on 8 cores"},
		{"v1 in a container", []map[string]string{inContainer, {
			top + "cpu,cpuacct/cpu.cfs_quota_us": "50000", top + "cpu,cpuacct/cpu.cfs_period_us": "100000",
			top + "cpuset/cpuset.cpus": "6", "sys/fs/c group/memory/memory.limit_in_bytes": "4096",
		}}, "1 nodes, usable CPUs 6 on 1 cores, quota of 0.5 CPUs, memory limit of 4096 bytes"},
	} {
		t.Run(test.name, func(t *testing.T) {
			m := Read(oneNode.with("", test.files...).tree())
			require.Empty(t, m.Notes)
			require.Equal(t, test.machine, m.String())
		})
	}
}
