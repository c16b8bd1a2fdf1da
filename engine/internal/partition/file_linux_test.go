package partition_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"onebrc/engine/internal/memory"
	"onebrc/engine/internal/partition"
)

// openFiles returns the paths in /proc of the open files that are or were in folder.
func openFiles(t *testing.T, folder string) []string {
	const descriptors = "/proc/self/fd"
	list, err := os.ReadDir(descriptors)
	require.NoError(t, err)
	paths := []string{}
	for _, d := range list {
		path := filepath.Join(descriptors, d.Name())
		if target, err := os.Readlink(path); err == nil && strings.HasPrefix(target, folder+"/") {
			paths = append(paths, path)
		}
	}
	return paths
}

// TestTruncatedFile truncates a temporary file before each phase that reads it. Memory is
// enough, so that nothing is written after that, which would make the file long again.
func TestTruncatedFile(t *testing.T) {
	for _, phase := range []string{"merge", "each"} {
		folder := t.TempDir()
		s := partition.New(partition.Config{Format: counts{}, Workers: 1, SpillAll: true, TempDir: folder})
		require.NoError(t, appendKeys(s, 1, keySets(60_000)["random"]))
		truncate := func() {
			files := openFiles(t, folder)
			require.Len(t, files, 1)
			require.NoError(t, os.Truncate(files[0], 1000))
		}
		if phase == "merge" {
			truncate()
		}
		err := s.Merge(context.Background())
		if phase == "each" {
			require.NoError(t, err)
			truncate()
			_, err = collect(context.Background(), s)
		}
		require.ErrorContains(t, err, "temporary file in "+folder+": unexpected EOF")
		s.Free()
		require.Empty(t, openFiles(t, folder))
	}
}

// TestFullDisk runs itself in a namespace where it may mount small file systems.
func TestFullDisk(t *testing.T) {
	const variable = "PARTITION_TEST_FULL_DISK"
	if folder := os.Getenv(variable); folder != "" {
		fillDisks(t, folder)
		return
	}
	command := exec.Command(os.Args[0], "-test.run=^TestFullDisk$", "-test.v")
	command.Env = append(os.Environ(), variable+"="+t.TempDir())
	command.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags:  syscall.CLONE_NEWUSER | syscall.CLONE_NEWNS,
		UidMappings: []syscall.SysProcIDMap{{HostID: os.Getuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{HostID: os.Getgid(), Size: 1}},
	}
	output, err := command.CombinedOutput()
	if err != nil && len(output) == 0 {
		t.Skipf("no namespaces: %v", err)
	}
	require.NoError(t, err, "%s", output)
	if strings.Contains(string(output), "--- SKIP") {
		t.Skipf("%s", output)
	}
}

// fillDisks gives a Store larger and larger file systems. It checks that the Store fails
// because they are full, until one is large enough.
func fillDisks(t *testing.T, folder string) {
	keys := keySets(60_000)["random"]
	want := countKeys(counts{}, keys)
	failed := map[string]int{}
	for kilobytes := 16; ; kilobytes += 16 + kilobytes/8 {
		if err := unix.Mount("none", folder, "tmpfs", 0, "size="+strconv.Itoa(kilobytes)+"k"); err != nil {
			t.Skip("mount: ", err)
		}
		check := nothingLeft(t)
		budget := memory.NewBudget(2 << 20)
		s := partition.New(partition.Config{Format: counts{}, Workers: 2, Partitions: 64, Budget: budget, TempDir: folder})
		phase, err := "append", appendKeys(s, 2, keys)
		if err == nil {
			phase, err = "merge", s.Merge(context.Background())
		}
		var got []string
		if err == nil {
			phase = "each"
			got, err = collect(context.Background(), s)
		}
		s.Free()
		require.Zero(t, budget.Used())
		check()
		require.Zero(t, entries(t, folder))
		require.NoError(t, unix.Unmount(folder, 0)) // fails if a file is open
		if err == nil {
			require.Equal(t, want, got)
			break
		}
		require.ErrorIs(t, err, unix.ENOSPC)
		require.ErrorContains(t, err, "partition: temporary file in "+folder+": no space left on device")
		failed[phase]++
	}
	require.NotZero(t, failed["append"], "%v", failed)
	require.NotZero(t, failed["merge"], "%v", failed)
}
