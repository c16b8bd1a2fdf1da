package topology

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strconv"
	"strings"
)

// group is the cgroup that this process is in, in one hierarchy.
type group struct {
	v2 bool
	// dirs are the folders of the group and of its parents, as far up as they
	// are mounted. The limits of all of them apply.
	dirs []string
}

// groups returns the cgroups of this process that may have the controller. On a
// hybrid machine they are those of v1 and v2; only one of them has the files of
// the controller.
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

// hierarchies reads, once, which cgroups there are and where they are mounted.
func (r *reader) hierarchies() error {
	if !r.readGroups {
		r.readGroups = true
		if r.memberships, r.groupsErr = r.text("proc/self/cgroup"); r.groupsErr == nil {
			r.mounts, r.groupsErr = r.text("proc/self/mountinfo")
		}
	}
	return r.groupsErr
}

// findDirs returns the folders of a group in a mounted hierarchy that has the
// controller. It takes the first mount that contains the group. If there is none,
// it returns the top of the first mount, which is the container's own group if
// this process is in a container.
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

// hasWord reports whether words, which are separated by commas, contain word.
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
	root, point string // folder of the hierarchy, and where it is mounted
	options     string // which include the controllers of v1
}

// parseMount parses a line of mountinfo (proc_pid_mountinfo(5)). ok reports
// whether it is a cgroup hierarchy.
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

// top returns the mount point relative to the root.
func (m mount) top() string { return strings.TrimPrefix(path.Clean(m.point), "/") }

// dirs returns the folders of a group and its parents up to the mount point, or
// nil if the group is outside the part of the hierarchy that is mounted.
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

// cpuset returns the CPUs that the cgroup may use, or nil if it states none.
func (r *reader) cpuset() Set {
	groups, err := r.groups("cpuset")
	if err != nil {
		return nil // limits adds the note
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

// memoryLimit reads the memory limit.
func (r *reader) memoryLimit() error {
	return r.limit("memory", r.memoryIn("memory.limit_in_bytes"), r.memoryIn("memory.max"))
}

// limit calls v1 or v2, by the version of the hierarchy, for each folder that may
// limit the controller. It fails if the groups are unknown.
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

// quotaV2 reads cpu.max: the quota ("max" means none) and the period, both in
// microseconds.
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

// quotaV1 reads the quota (-1 means none) and the period, both in microseconds.
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

// lowerQuota lowers the quota of the machine to quota/period.
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

// noMemoryLimit is the lowest value that means no limit. v1 states no limit as
// the highest multiple of the page size in 63 bits.
const noMemoryLimit = 1 << 62

// memoryIn returns a function that reads the memory limit in the named file of a
// folder.
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
