package topology

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// enterGroup is the environment variable that names the cgroup to enter.
const enterGroup = "ONEBRC_TEST_CGROUP"

// TestMain moves the process to the cgroup that enterGroup names, and then
// executes the program again, so that the runtime starts inside the group.
func TestMain(m *testing.M) {
	dir, found := os.LookupEnv(enterGroup)
	if !found {
		os.Exit(m.Run())
	}
	err := os.WriteFile(filepath.Join(dir, "cgroup.procs"), []byte("0"), 0)
	if err == nil {
		err = os.Unsetenv(enterGroup)
	}
	if err == nil {
		err = syscall.Exec("/proc/self/exe", os.Args, os.Environ())
	}
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

// TestRealCgroup makes cgroups, runs TestHere in each of them, and checks its
// log.
func TestRealCgroup(t *testing.T) {
	m := Here()
	first := m.CPUs[0]
	for _, test := range []struct {
		controller string
		v1, v2     [][2]string // files and their content, in the order of writing
		log        []string
	}{
		{"cpuset",
			[][2]string{{"cpuset.mems", Set{first.Node}.String()}, {"cpuset.cpus", Set{first.ID}.String()}},
			[][2]string{{"cpuset.cpus", Set{first.ID}.String()}},
			[]string{fmt.Sprintf("usable CPUs %d on 1 cores", first.ID), "1 places"}},
		{"cpu",
			[][2]string{{"cpu.cfs_quota_us", "50000"}},
			[][2]string{{"cpu.max", "50000 100000"}},
			[]string{fmt.Sprintf("usable CPUs %s on ", m.Usable()), "quota of 0.5 CPUs", "1 places"}},
		{"memory",
			[][2]string{{"memory.limit_in_bytes", "134217728"}},
			[][2]string{{"memory.max", "134217728"}},
			[]string{"memory limit of 134217728 bytes", fmt.Sprintf("usable CPUs %s on ", m.Usable())}},
	} {
		t.Run(test.controller, func(t *testing.T) {
			dir, v2 := makeGroup(t, test.controller)
			files := test.v1
			if v2 {
				files = test.v2
			}
			for _, f := range files {
				require.NoError(t, os.WriteFile(filepath.Join(dir, f[0]), []byte(f[1]), 0))
			}
			c := exec.Command("/proc/self/exe", "-test.run=^TestHere$", "-test.v")
			c.Env = append(os.Environ(), enterGroup+"="+dir)
			log, err := c.CombinedOutput()
			require.NoError(t, err, "%s", log)
			for _, want := range test.log {
				require.Contains(t, string(log), want)
			}
		})
	}
}

// makeGroup makes a cgroup with a controller, or skips the test. It makes groups
// only below the root of a hierarchy, because other groups belong to whoever made
// them.
func makeGroup(t *testing.T, controller string) (dir string, v2 bool) {
	if os.Geteuid() != 0 {
		t.Skip("only root may make a cgroup")
	}
	groups, err := (&reader{root: os.DirFS("/")}).groups(controller)
	require.NoError(t, err)
	var reasons []string
	for _, g := range groups {
		if len(g.dirs) > 1 {
			reasons = append(reasons, "this process is in /"+g.dirs[0]+", which is not the root")
			continue
		}
		dir := filepath.Join("/", g.dirs[0], fmt.Sprintf("onebrc-topology-%d", os.Getpid()))
		if err := os.Mkdir(dir, 0o755); err != nil {
			reasons = append(reasons, err.Error())
			continue
		}
		t.Cleanup(func() {
			require.Eventually(t, func() bool { return os.Remove(dir) == nil }, 5*time.Second, 10*time.Millisecond)
		})
		if files, err := filepath.Glob(filepath.Join(dir, controller+".*")); err == nil && len(files) > 1 {
			return dir, g.v2
		}
		reasons = append(reasons, "/"+g.dirs[0]+" does not have the controller for its groups")
	}
	if slices.Contains(strings.Split(os.Getenv("ONEBRC_REQUIRE"), ","), "cgroup") {
		t.Fatal("ONEBRC_REQUIRE: ", reasons)
	}
	t.Skipf("no cgroup with %s can be made: %s", controller, strings.Join(reasons, "; "))
	return "", false
}
