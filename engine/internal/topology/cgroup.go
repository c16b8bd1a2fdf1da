package topology

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strconv"
	"strings"
)

// group is the cgroup of this process in one hierarchy.
type group struct {
	v2 bool
	// dirs are the folders from the group itself up to the highest one that is
	// mounted. A limit of any of them holds.
	dirs []string
}

// groups returns the cgroups of this process that may have a controller: none,
// one, or in a hybrid machine those of v1 and v2, of which one has no files of
// it.
func (r *reader) groups(controller string) ([]group, error) {
	if err := r.hierarchies(); err != nil {
		return nil, err
	}
	var all []group
	for line := range strings.Lines(r.memberships) {
		// hierarchy ID : controllers : path (cgroups(7)); v2 has no controllers
		fields := strings.SplitN(strings.TrimSuffix(line, "\n"), ":", 3)
		if len(fields) < 3 {
			return nil, fmt.Errorf("proc/self/cgroup: %q", line)
		}
		v2 := fields[0] == "0"
		if !v2 && !hasWord(fields[1], controller) {
			continue
		}
		if dirs := findDirs(r.mounts, v2, controller, fields[2]); dirs != nil {
			all = append(all, group{v2: v2, dirs: dirs})
		}
	}
	return all, nil
}

// hierarchies reads what cgroups there are and where they are mounted.
func (r *reader) hierarchies() (err error) {
	if r.mounts != "" {
		return nil
	}
	if r.memberships, err = r.text("proc/self/cgroup"); err == nil {
		r.mounts, err = r.text("proc/self/mountinfo")
	}
	return err
}

// findDirs returns the folders of a group in the mounted hierarchy that has a
// controller: in the first mount that the group is in, or else at the top of
// the first one, which inside a container is the container's own group.
func findDirs(mounts string, v2 bool, controller, groupPath string) (dirs []string) {
	for line := range strings.Lines(mounts) {
		m, ok := parseMount(line)
		if !ok || m.v2 != v2 || !v2 && !hasWord(m.options, controller) {
			continue
		}
		if inside := m.dirs(groupPath); inside != nil {
			return inside
		}
		if dirs == nil {
			dirs = []string{m.top()}
		}
	}
	return dirs
}

// hasWord reports whether one of the words between commas is word.
func hasWord(words, word string) bool {
	for w := range strings.SplitSeq(words, ",") {
		if w == word {
			return true
		}
	}
	return false
}

// mount is a mounted cgroup hierarchy.
type mount struct {
	v2          bool
	root, point string // which folder of the hierarchy is mounted where
	options     string // with the controllers of v1
}

// parseMount reads a line of mountinfo (proc_pid_mountinfo(5)); ok is false
// unless it is a cgroup hierarchy.
func parseMount(line string) (m mount, ok bool) {
	before, after, _ := strings.Cut(line, " - ")
	f, g := strings.Fields(before), strings.Fields(after)
	if len(f) < 5 || len(g) < 3 || (g[0] != "cgroup" && g[0] != "cgroup2") {
		return m, false
	}
	return mount{v2: g[0] == "cgroup2", root: unescape(f[3]), point: unescape(f[4]), options: g[2]}, true
}

// unescape replaces the octal escapes of mountinfo.
var unescape = strings.NewReplacer(`\040`, " ", `\011`, "\t", `\012`, "\n", `\134`, `\`).Replace

// top is the mount point, seen from the root.
func (m mount) top() string { return strings.TrimPrefix(path.Clean(m.point), "/") }

// dirs returns the folders from that of a group up to the mount point, or nil
// if the group lies outside of what is mounted.
func (m mount) dirs(groupPath string) (all []string) {
	below, inside := strings.CutPrefix(groupPath+"/", strings.TrimSuffix(m.root, "/")+"/")
	if !inside || groupPath == "/.." || strings.HasPrefix(groupPath, "/../") {
		return nil
	}
	top := m.top()
	for dir := path.Join(top, below); dir != top && dir != "."; dir = path.Dir(dir) {
		all = append(all, dir)
	}
	return append(all, top)
}

// cpuset returns the CPUs that the cgroup may use, or nil if it does not say.
func (r *reader) cpuset() Set {
	groups, err := r.groups("cpuset")
	if err != nil {
		return nil // limits says so
	}
	for _, g := range groups {
		files := []string{"cpuset.effective_cpus", "cpuset.cpus"}
		if g.v2 {
			files = []string{"cpuset.cpus.effective"}
		}
		for _, dir := range g.dirs { // the group itself, or the nearest that has the controller
			for _, file := range files {
				s, err := r.set(path.Join(dir, file))
				if err == nil && len(s) > 0 {
					return s
				}
				if err != nil && !errors.Is(err, fs.ErrNotExist) {
					r.note(err, "the cpuset of the cgroup is ignored")
					return nil
				}
			}
		}
	}
	return nil
}

// limits reads the quota and the memory limit.
func (r *reader) limits() {
	err := r.limit("cpu", r.quotaV1, r.quotaV2)
	if err == nil {
		err = r.memoryLimit()
	}
	if err != nil {
		r.note(err, "no limits of a cgroup are assumed")
	}
}

func (r *reader) memoryLimit() error {
	return r.limit("memory", r.memoryIn("memory.limit_in_bytes"), r.memoryIn("memory.max"))
}

// limit reads what a controller allows, with a function for the folder of a
// group of v1 and one for v2. It is an error if the groups can't be told.
func (r *reader) limit(controller string, v1, v2 func(dir string) error) error {
	groups, err := r.groups(controller)
	if err != nil {
		return err
	}
	for _, g := range groups {
		read := v1
		if g.v2 {
			read = v2
		}
		for _, dir := range g.dirs {
			if err := read(dir); err != nil && !errors.Is(err, fs.ErrNotExist) {
				r.note(err, "this limit is ignored")
			}
		}
	}
	return nil
}

// quotaV2 reads cpu.max: "max" or the quota, and the period, in microseconds.
func (r *reader) quotaV2(dir string) error {
	file := path.Join(dir, "cpu.max")
	text, err := r.text(file)
	if err != nil {
		return err
	}
	quota, period, _ := strings.Cut(text, " ")
	if quota == "max" {
		return nil
	}
	return r.lowerQuota(file, quota, period)
}

// quotaV1 reads the quota, -1 for none, and the period, in microseconds.
func (r *reader) quotaV1(dir string) error {
	file := path.Join(dir, "cpu.cfs_quota_us")
	quota, err := r.text(file)
	if err != nil || quota == "-1" {
		return err
	}
	period, err := r.text(path.Join(dir, "cpu.cfs_period_us"))
	if err != nil {
		return err
	}
	return r.lowerQuota(file, quota, period)
}

func (r *reader) lowerQuota(file, quota, period string) error {
	q, err := strconv.ParseUint(quota, 10, 63)
	if err != nil {
		return fmt.Errorf("%s: quota %q", file, quota)
	}
	p, err := strconv.ParseUint(period, 10, 63)
	if err != nil || p == 0 || q == 0 {
		return fmt.Errorf("%s: quota %q in period %q", file, quota, period)
	}
	if cpus := float64(q) / float64(p); r.m.Quota == 0 || cpus < r.m.Quota {
		r.m.Quota = cpus
	}
	return nil
}

// noMemoryLimit is where values begin that mean none: v1 says so with the
// highest multiple of the page size in 63 bits.
const noMemoryLimit = 1 << 62

// memoryIn returns a function that reads the memory limit of a folder.
func (r *reader) memoryIn(name string) func(dir string) error {
	return func(dir string) error {
		file := path.Join(dir, name)
		text, err := r.text(file)
		if err != nil || text == "max" {
			return err
		}
		bytes, err := strconv.ParseInt(text, 10, 64)
		if err != nil || bytes < 0 {
			return fmt.Errorf("%s: limit %q", file, text)
		}
		if bytes < noMemoryLimit && (r.m.MemoryBytes == 0 || bytes < r.m.MemoryBytes) {
			r.m.MemoryBytes = bytes
		}
		return nil
	}
}
