// Package topology describes the machine that a process runs on: its nodes and
// CPUs, less what the affinity mask and the cgroup take away. It chooses
// places for workers, and makes the system calls that put threads and memory
// there.
//
//	/sys/devices/system/{node,cpu} ─┐
//	/proc/self/task/*/status ───────┼─ Read ─▶ Machine ─ Choose ─▶ []Place
//	/proc/self/{cgroup,mountinfo} ──┘
//
// A worker takes its place on a goroutine of its own:
//
//	unpin, err := topology.Pin(place.Pin) // also locks the OS thread
//	if err != nil { ... }                 // the worker runs unpinned
//	defer unpin()
//
// The worker then touches its memory before anyone else does, so that the
// kernel allocates it on place.Node.
//
// # What cannot be read
//
// The topology changes the speed of a run and never its result. So Read returns
// no error: it replaces what is missing or malformed by the simplest
// assumption, and records which and why in Machine.Notes. Without sysfs, and on
// systems other than Linux, a machine is one node with the CPUs of the Go
// runtime, each of them a core.
//
// Errors have no prefix, because package engine adds its own.
//
// # Terms
//
//   - CPU: what the kernel schedules a thread on. The kernel numbers CPUs, with
//     gaps where CPUs are offline.
//   - Core: the CPUs that share an execution engine (SMT siblings), named by the
//     lowest of their numbers, whether that CPU is usable or not.
//   - Node: memory and the CPUs near it. A node may lack either.
//   - Distance: the relative cost of memory access, as the firmware states it.
//     A node's own memory is at distance 10.
//   - Usable: online, in the affinity mask and in the cpuset of the cgroup.
//   - Quota: the CPU time that the cgroup may use, in CPUs: 1.5 is 150 ms in
//     each 100 ms. Cgroups are nested; the smallest quota counts. The same holds
//     for memory limits.
//
// # Where the pages of a file are
//
// PageNodes calls move_pages(2), which walks the page tables of this process.
// A page that is in the page cache but that this process has not touched has no
// entry there: the answer is ENOENT, although the page has a node. So PageNodes
// first asks mincore(2) which pages are resident, and reads one byte of each of
// those. Since Linux 5.2, mincore reports every page as resident if the caller
// neither owns the file nor may write it. So PageNodes stops reading at the
// first page that comes from a disk, and reports that page and all later ones as
// not resident.
package topology
