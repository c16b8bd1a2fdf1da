// Package topology tells what machine a run has: nodes, CPUs, caches, and what
// of it the affinity mask and the cgroup leave to this process. It chooses the
// places of workers, and has the system calls that put threads and memory
// there.
//
//	/sys/devices/system/{node,cpu} ─┐
//	/proc/self/task/*/status ───────┼─ Read ─▶ Machine ─ Choose ─▶ []Place
//	/proc/self/{cgroup,mountinfo} ──┘
//
// A worker uses its place so, on a goroutine of its own:
//
//	unpin, err := topology.Pin(place.Pin) // and lock the OS thread
//	if err != nil { ... }                 // the worker runs unpinned
//	defer unpin()
//
// and touches its memory first itself, so that it lies on place.Node.
//
// # What can't be read
//
// The topology changes the speed of a run and never its result. So Read has no
// error: what is missing or malformed is replaced by the plainest assumption,
// and Machine.Notes says which and why. Without sysfs, and on systems that are
// not Linux, a machine is one node with the CPUs of the Go runtime, each of
// them a core.
//
// # Terms
//
// CPU: what the kernel schedules a thread on, numbered by the kernel, with gaps
// where CPUs are offline. Core: the CPUs that share an execution engine (SMT
// siblings), named by the lowest of their numbers, be it usable or not. Node:
// memory and the CPUs that are near to it; a node may lack either. Distance:
// relative cost of memory access as the firmware states it, 10 for a node's
// own. Usable: online, in the affinity mask and in the cpuset of the cgroup.
// Quota: the CPU time that the cgroup may use, in CPUs (1.5 is 150 ms in
// 100 ms); of several levels of cgroups the smallest counts, and likewise the
// memory limit.
//
// # Where the pages of a file are
//
// PageNodes asks move_pages(2), which walks the page tables of this process:
// a page that is in the page cache and that this process has not touched has
// no entry there, and the answer is ENOENT although the page has a node. So
// PageNodes asks mincore(2) which of the pages are resident, and reads one byte
// of each that is. Since Linux 5.2 mincore says "resident" of every page of a
// file that the caller neither owns nor may write, so the first page that comes
// from a disk ends the reading, and the pages from it on count as not resident.
package topology
