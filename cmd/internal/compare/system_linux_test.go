package compare

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"onebrc/engine"
)

func TestCachedFraction(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(path, nil, 0o666))
	fraction, err := cachedFraction(path)
	require.NoError(t, err)
	require.Equal(t, 1.0, fraction, "all of an empty file")

	const pages = 1000
	page := os.Getpagesize()
	require.NoError(t, os.WriteFile(path, make([]byte, pages*page-1), 0o666))
	fraction, err = cachedFraction(path)
	require.NoError(t, err)
	require.Equal(t, 1.0, fraction, "just written")

	// Pages leave the cache only after they have been written to the disk.
	f, err := os.Open(path)
	require.NoError(t, err)
	defer f.Close()
	require.NoError(t, unix.Fsync(int(f.Fd())))
	require.NoError(t, unix.Fadvise(int(f.Fd()), 0, 0, unix.FADV_DONTNEED))
	fraction, err = cachedFraction(path)
	require.NoError(t, err)
	if fraction == 1 {
		t.Skip("this file system keeps its pages")
	}
	require.Equal(t, 0.0, fraction, "dropped")
	require.NoError(t, unix.Fadvise(int(f.Fd()), 0, 0, unix.FADV_RANDOM), "no read-ahead")
	_, err = f.ReadAt(make([]byte, pages/4*page), 0)
	require.NoError(t, err)
	fraction, err = cachedFraction(path)
	require.NoError(t, err)
	require.InDelta(t, 0.25, fraction, 0.01)

	_, err = cachedFraction(path + "x")
	require.ErrorIs(t, err, os.ErrNotExist)
}

// TestFillPageCache checks that fill brings a dropped file back into the cache.
func TestFillPageCache(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(path, make([]byte, 5<<20), 0o666))
	f, err := os.Open(path)
	require.NoError(t, err)
	defer f.Close()
	require.NoError(t, unix.Fsync(int(f.Fd())))
	drop := func() float64 {
		require.NoError(t, unix.Fadvise(int(f.Fd()), 0, 0, unix.FADV_DONTNEED))
		fraction, err := cachedFraction(path)
		require.NoError(t, err)
		return fraction
	}
	if drop() == 1 {
		t.Skip("this file system keeps its pages")
	}
	cache := pageCache{path: path}
	for range 2 {
		fraction, err := cache.fill(context.Background())
		require.NoError(t, err)
		require.Equal(t, 1.0, *fraction)
		require.False(t, cache.tooSmall)
		require.Less(t, drop(), enoughCached)
	}
	cache.tooSmall = true
	fraction, err := cache.fill(context.Background())
	require.NoError(t, err)
	require.Less(t, *fraction, enoughCached, "no second attempt")

	cache.tooSmall = false
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, err = cache.fill(ctx)
	require.ErrorIs(t, err, context.Canceled)
}

// TestCachedFractionOfSteps uses a sparse file that takes several mappings.
func TestCachedFractionOfSteps(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(path, nil, 0o666))
	require.NoError(t, os.Truncate(path, 2*cachedStep+5))
	fraction, err := cachedFraction(path)
	require.NoError(t, err)
	require.Less(t, fraction, 0.1)
}

func TestPin(t *testing.T) {
	usable, err := UsableCPUs()
	require.NoError(t, err)
	o := &launcher{Options: options(t), tree: newTree()}
	defer o.tree.close()
	cpus := entry{args: []string{o.Program, "cpus", "{}"}}
	o.CPUs = usable[len(usable)-1:]
	var one, all, none bytes.Buffer
	sample, _, err := o.launch(context.Background(), cpus, &one)
	require.NoError(t, err)
	require.Positive(t, sample.WallSeconds)
	o.CPUs = nil
	_, _, err = o.launch(context.Background(), cpus, &all)
	require.NoError(t, err)
	require.Equal(t, len(usable) == 1, one.String() == all.String(), "the child counts one CPU, then %d", len(usable))

	after, err := UsableCPUs()
	require.NoError(t, err)
	require.Equal(t, usable, after, "this process keeps its CPUs")
	o.CPUs = append(usable[:1:1], maxCPUs-1)
	_, _, err = o.launch(context.Background(), cpus, &none)
	require.ErrorContains(t, err, "CPUs "+engine.CPUSet(o.CPUs).String()+" must be usable, but only ")
	o.CPUs = []int{maxCPUs - 1}
	_, _, err = o.launch(context.Background(), cpus, &none)
	require.ErrorContains(t, err, "CPUs 1023 must be usable, but only ")
}

// TestPeakIsTheChilds shows why a stage reports its own peak: the system tells
// this process at least its own.
func TestPeakIsTheChilds(t *testing.T) {
	big := make([]byte, 300<<20)
	for i := 0; i < len(big); i += os.Getpagesize() {
		big[i] = 1
	}
	report, err := Run(context.Background(), options(t, "peak"))
	require.NoError(t, err)
	require.Greater(t, report.Entries[0].Summary.PeakResidentBytes, int64(len(big)))
	runtime.KeepAlive(big)
}

func TestCurrentEnvironment(t *testing.T) {
	t.Setenv("GOGC", "123")
	e := CurrentEnvironment()
	require.Equal(t, "linux", e.OS)
	require.Equal(t, runtime.Version(), e.GoVersion)
	require.Equal(t, "123", e.Variables["GOGC"])
	require.NotEmpty(t, e.Kernel)
	require.NotEmpty(t, e.UsableCPUs)
	require.Positive(t, e.CPUs)
	require.Greater(t, e.MemoryBytes, int64(1<<20))
	if runtime.GOARCH == "amd64" {
		require.NotEmpty(t, e.CPUModel)
		require.Contains(t, e.CPUFlags, "sse2")
		require.Positive(t, e.Cores)
		require.LessOrEqual(t, e.Cores, e.CPUs)
	}
	require.Equal(t, e.Governor == "", strings.Contains(strings.Join(e.unknown(), ", "), "governor"))
}

func TestReadCPUInfo(t *testing.T) {
	var e Environment
	e.readCPUInfo(`processor	: 0
model name	: Some CPU @ 2.00GHz
physical id	: 0
core id		: 0
flags		: fpu sse2
processor	: 1
model name	: Some CPU @ 2.00GHz
physical id	: 0
core id		: 0
flags		: fpu sse2
processor	: 2
model name	: Some CPU @ 2.00GHz
physical id	: 1
core id		: 0
flags		: fpu sse2`)
	require.Equal(t, Environment{CPUModel: "Some CPU @ 2.00GHz", CPUFlags: []string{"fpu", "sse2"}, Cores: 2}, e)
	e = Environment{}
	e.readCPUInfo("processor\t: 0\nFeatures\t: fp asimd\nCPU implementer\t: 0x41\n")
	require.Equal(t, Environment{CPUFlags: []string{"fp", "asimd"}}, e)
}

func TestSettingsOfTheSystem(t *testing.T) {
	require.Equal(t, "madvise", chosen("always [madvise] never"))
	require.Empty(t, chosen(""))
	dir := t.TempDir()
	for name, governor := range map[string]string{"a": "performance\n", "b": "powersave\n", "c": "performance\n"} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(governor), 0o666))
	}
	require.Equal(t, "performance, powersave", governors(filepath.Join(dir, "*")))
	require.Empty(t, governors(filepath.Join(dir, "none*")))
}

// needSetsid skips a test without setsid, of util-linux.
func needSetsid(t *testing.T) {
	if _, err := exec.LookPath("setsid"); err != nil {
		t.Skip("no setsid")
	}
}

// TestTree compares a program that works itself with one whose child works on
// after the program has exited. Both use about the same.
func TestTree(t *testing.T) {
	needSetsid(t)
	for _, how := range []string{"plain", "other session"} {
		o := options(t)
		o.Runs = 1
		o.Commands = []Command{{"work", []string{o.Program, "work", "{}"}}, {"leave", []string{o.Program, "leave", "{}"}}}
		if how != "plain" {
			o.Commands[1].Args = []string{"setsid", "--fork", o.Program, "leave", "{}"}
		}
		report, err := Run(context.Background(), o)
		require.NoError(t, err)
		work, leave := report.Entries[0].Samples[0], report.Entries[1].Samples[0]
		require.Equal(t, Same, report.Entries[1].Result, report.Entries[1].Detail)
		require.Equal(t, work.WallSeconds, work.TreeSeconds)
		require.Greater(t, leave.UserSeconds+leave.SystemSeconds, (work.UserSeconds+work.SystemSeconds)/4)
		require.Greater(t, leave.PeakResidentBytes, int64(workBytes))
		require.Greater(t, leave.TreeSeconds, leave.WallSeconds+0.05)
	}
}

// TestTimeoutOfTree checks that the timeout includes the processes that a program
// leaves behind, in whatever session they are, and that they are killed.
func TestTimeoutOfTree(t *testing.T) {
	needSetsid(t)
	o := options(t)
	o.Runs, o.Timeout = 1, 3*time.Second
	o.Commands = []Command{{"right", []string{o.Program, "right", "{}"}}, {"daemon", []string{"setsid", "--fork", o.Program, "hang-child", "{}"}}}
	start := time.Now()
	report, err := Run(context.Background(), o)
	require.NoError(t, err)
	require.Less(t, time.Since(start), pipeDelay)
	require.Equal(t, "warm-up: timed out: processes that it left behind still ran after 3s and were killed", report.Entries[1].Detail)
	require.Empty(t, children(nil))
}

// TestTreeLeavesOthersAlone checks that a child which is not of a run is neither
// waited for nor killed.
func TestTreeLeavesOthersAlone(t *testing.T) {
	o := options(t, "plain")
	o.Runs = 1
	other := exec.Command("sleep", "1000")
	require.NoError(t, other.Start())
	_, err := Run(context.Background(), o)
	require.NoError(t, err)
	require.Equal(t, []int{other.Process.Pid}, children(nil))
	require.NoError(t, other.Process.Kill())
	require.ErrorContains(t, other.Wait(), "signal: killed")
}
