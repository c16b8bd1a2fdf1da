package topology

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// threadMask returns the affinity of the calling thread.
func threadMask(t *testing.T) string {
	status, err := os.ReadFile("/proc/thread-self/status")
	require.NoError(t, err)
	_, after, _ := strings.Cut(string(status), "Cpus_allowed_list:")
	list, _, _ := strings.Cut(after, "\n")
	return strings.TrimSpace(list)
}

// TestPin pins the thread to each CPU. The thread stays there, and Here still
// returns the whole machine.
func TestPin(t *testing.T) {
	m := Here()
	for _, c := range m.CPUs {
		before := threadMask(t)
		unpin, err := Pin(Set{c.ID})
		require.NoError(t, err)
		require.Equal(t, Set{c.ID}.String(), threadMask(t))
		for range 100 {
			runtime.Gosched()
			var cpu, node uint32
			_, _, errno := unix.RawSyscall(unix.SYS_GETCPU, uintptr(unsafe.Pointer(&cpu)), uintptr(unsafe.Pointer(&node)), 0)
			require.Zero(t, errno)
			require.EqualValues(t, c.ID, cpu)
			require.EqualValues(t, c.Node, node)
		}
		require.Equal(t, m.Usable(), Here().Usable())
		require.NoError(t, unpin())
		require.Equal(t, before, threadMask(t))
	}
	for _, none := range []Set{nil, {maxNumber}} {
		_, err := Pin(none)
		require.ErrorContains(t, err, "pin to CPUs "+none.String())
	}
	require.Equal(t, m.Usable().String(), threadMask(t))
}

// requirePermitted skips the test if err says that a sandbox forbids the call.
func requirePermitted(t *testing.T, err error) {
	t.Helper()
	for _, errno := range []unix.Errno{unix.EPERM, unix.ENOSYS} {
		if err != nil && strings.HasSuffix(err.Error(), errno.Error()) {
			t.Skipf("this system does not allow it: %v", err)
		}
	}
	require.NoError(t, err)
}

// policyMode returns the memory policy of the calling thread.
func policyMode(t *testing.T) Policy {
	var mode int32
	_, _, errno := unix.RawSyscall6(unix.SYS_GET_MEMPOLICY, uintptr(unsafe.Pointer(&mode)), 0, 0, 0, 0, 0)
	require.Zero(t, errno)
	return Policy(mode)
}

func TestSetPolicy(t *testing.T) {
	m := Here()
	var nodes Set
	for _, n := range m.Nodes {
		if n.MemoryBytes > 0 {
			nodes = append(nodes, n.ID)
		}
	}
	for _, policy := range []Policy{Preferred, Bind, Interleave} {
		restore, err := SetPolicy(policy, nodes)
		requirePermitted(t, err)
		require.Equal(t, policy, policyMode(t))
		inner, err := SetPolicy(Local, nil)
		require.NoError(t, err)
		require.Equal(t, Local, policyMode(t))
		require.NoError(t, inner())
		require.Equal(t, policy, policyMode(t))
		require.NoError(t, restore())
		require.Equal(t, Local, policyMode(t))
	}
	_, err := SetPolicy(Bind, Set{nodeMaskBits - 1})
	require.ErrorContains(t, err, "policy for nodes 1023")
	_, err = SetPolicy(Interleave, nil)
	require.Error(t, err)
}

// TestSetPolicyOf binds memory to each node and checks where it is.
func TestSetPolicyOf(t *testing.T) {
	page := os.Getpagesize()
	require.NoError(t, SetPolicyOf(nil, Bind, Set{0}))
	for _, n := range Here().Nodes {
		if n.MemoryBytes == 0 {
			continue
		}
		memory, err := unix.Mmap(-1, 0, 4*page, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_ANON|unix.MAP_PRIVATE)
		require.NoError(t, err)
		requirePermitted(t, SetPolicyOf(memory, Bind, Set{n.ID}))
		memory[page], memory[2*page] = 1, 1
		nodes, err := PageNodes(memory, []int{0, page, 2*page + 1, 4*page - 1})
		requirePermitted(t, err)
		require.Equal(t, []int{-1, n.ID, n.ID, -1}, nodes)
		require.Error(t, SetPolicyOf(memory, Bind, Set{nodeMaskBits - 1}))
		require.Error(t, SetPolicyOf(memory[1:], Bind, Set{n.ID}), "not at the start of a page")
		require.NoError(t, unix.Munmap(memory))
	}
}

// mapped returns a new file and its mapping.
func mapped(t *testing.T, bytes int) (*os.File, []byte) {
	f, err := os.Create(filepath.Join(t.TempDir(), "data"))
	require.NoError(t, err)
	_, err = f.Write(make([]byte, bytes))
	require.NoError(t, err)
	data, err := unix.Mmap(int(f.Fd()), 0, bytes, unix.PROT_READ, unix.MAP_SHARED)
	require.NoError(t, err)
	t.Cleanup(func() {
		require.NoError(t, unix.Munmap(data))
		require.NoError(t, f.Close())
	})
	return f, data
}

// evict drops the pages of a file from the page cache. It skips the test if the
// kernel keeps them.
func evict(t *testing.T, f *os.File, data []byte) {
	require.NoError(t, f.Sync())
	require.NoError(t, unix.Madvise(data, unix.MADV_DONTNEED)) // mapped pages are not dropped
	require.NoError(t, unix.Fadvise(int(f.Fd()), 0, 0, unix.FADV_DONTNEED))
	for offset := 0; offset < len(data); offset += os.Getpagesize() {
		if resident, err := isResident(data, offset); err != nil || resident {
			t.Skipf("the page cache keeps the file (resident: %v, error: %v)", resident, err)
		}
	}
}

// every returns offsets below end that are step apart.
func every(step, end int) (offsets []int) {
	for offset := step / 2; offset < end; offset += step {
		offsets = append(offsets, offset)
	}
	return offsets
}

// TestPageNodes asks for pages of a file that this process has not touched yet.
// Those in the page cache have a node. The others have none, and are not read.
func TestPageNodes(t *testing.T) {
	const bytes = 4 << 20
	f, data := mapped(t, bytes)
	offsets := every(256<<10, bytes)
	var ids Set
	for _, n := range Here().Nodes {
		ids = append(ids, n.ID)
	}
	nodes, err := PageNodes(data, offsets)
	requirePermitted(t, err)
	for i, node := range nodes {
		require.Contains(t, ids, node, "offset %d", offsets[i])
	}
	evict(t, f, data)
	nodes, err = PageNodes(data, offsets)
	require.NoError(t, err)
	for i, node := range nodes {
		require.Equal(t, -1, node, "offset %d", offsets[i])
		resident, err := isResident(data, offsets[i])
		require.NoError(t, err)
		require.False(t, resident, "a page was read")
	}
	nodes, err = PageNodes(data, nil)
	require.NoError(t, err)
	require.Empty(t, nodes)
}

// TestPageNodesTruncated asks for pages that the file has lost.
func TestPageNodesTruncated(t *testing.T) {
	const bytes = 1 << 20
	f, data := mapped(t, bytes)
	require.NoError(t, f.Truncate(bytes/2))
	nodes, err := PageNodes(data, every(bytes/4, bytes))
	requirePermitted(t, err)
	require.Equal(t, []int{-1, -1}, nodes[2:])
	require.False(t, touch(data, bytes-1))
	require.True(t, touch(data, 0))
}

// TestPageNodesOfForeignFile asks as a user who may read the file but not write
// it. mincore reports every page as resident to that user. At most the first page
// and its read-ahead are read from the disk.
func TestPageNodesOfForeignFile(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can become another user")
	}
	const bytes = 32 << 20 // more than is read ahead
	f, data := mapped(t, bytes)
	evict(t, f, data)
	offsets := every(4<<20, bytes)
	type answer struct {
		nodes []int
		lies  bool
		err   error
	}
	answers := make(chan answer)
	go func() {
		runtime.LockOSThread() // never unlocked, so that the thread ends with the goroutine
		const nobody, same = 65534, ^uintptr(0)
		if _, _, errno := unix.RawSyscall(unix.SYS_SETRESUID, same, nobody, same); errno != 0 {
			answers <- answer{err: errno}
			return
		}
		lies, err := isResident(data, offsets[0])
		a := answer{lies: lies, err: err}
		if err == nil {
			a.nodes, a.err = PageNodes(data, offsets)
		}
		answers <- a
	}()
	a := <-answers
	requirePermitted(t, a.err)
	if !a.lies {
		t.Skip("mincore of this kernel also tells other users the truth")
	}
	for i, node := range a.nodes {
		require.Equal(t, -1, node, "offset %d", offsets[i])
	}
	last, err := isResident(data, bytes-1)
	require.NoError(t, err)
	require.False(t, last, "the last page was read")
}
