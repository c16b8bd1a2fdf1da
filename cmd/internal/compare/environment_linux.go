package compare

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"onebrc/engine"
)

// readSystem sets the fields that only Linux tells.
func (e *Environment) readSystem() {
	var name unix.Utsname
	if unix.Uname(&name) == nil {
		e.Kernel = unix.ByteSliceToString(name.Release[:])
	}
	e.readCPUInfo(readText("/proc/cpuinfo"))
	if online, err := engine.ParseCPUs(readText("/sys/devices/system/cpu/online")); err == nil && len(online) > 0 {
		e.CPUs = len(online)
	}
	if usable, err := UsableCPUs(); err == nil {
		e.UsableCPUs = usable.String()
	}
	if nodes, err := engine.ParseCPUs(readText("/sys/devices/system/node/online")); err == nil {
		e.NUMANodes = len(nodes)
	}
	e.Governor = governors("/sys/devices/system/cpu/cpu[0-9]*/cpufreq/scaling_governor")
	e.TransparentHugePages = chosen(readText("/sys/kernel/mm/transparent_hugepage/enabled"))
	_, total, _ := strings.Cut(readText("/proc/meminfo"), "MemTotal:")
	var kib int64
	if _, err := fmt.Sscan(total, &kib); err == nil {
		e.MemoryBytes = kib << 10
	}
}

// readCPUInfo sets the model, the flags and the number of cores from the text of
// /proc/cpuinfo. If the CPUs differ, it takes the model and flags of the first.
func (e *Environment) readCPUInfo(text string) {
	cores := map[[2]string]bool{} // physical id and core id
	var physical string
	for line := range strings.SplitSeq(text, "\n") {
		key, value, _ := strings.Cut(line, ":")
		key, value = strings.TrimSpace(key), strings.TrimSpace(value)
		switch key {
		case "model name", "Model", "cpu model", "cpu": // x86, ARM boards, MIPS, POWER
			if e.CPUModel == "" {
				e.CPUModel = value
			}
		case "flags", "Features", "isa": // x86, ARM, RISC-V
			if e.CPUFlags == nil {
				e.CPUFlags = strings.Fields(value)
			}
		case "physical id":
			physical = value
		case "core id":
			cores[[2]string{physical, value}] = true
		}
	}
	e.Cores = len(cores)
}

// governors returns the names in the files that match pattern, each of them once.
func governors(pattern string) string {
	paths, _ := filepath.Glob(pattern) // the only error is a bad pattern
	var names []string
	for _, path := range paths {
		if name := readText(path); name != "" {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return strings.Join(slices.Compact(names), ", ")
}

// chosen returns the word in brackets in a setting such as "always [madvise] never".
func chosen(setting string) string {
	_, rest, _ := strings.Cut(setting, "[")
	word, _, _ := strings.Cut(rest, "]")
	return word
}

// readText returns the text of a file, or "" if it cannot be read.
func readText(path string) string {
	content, err := os.ReadFile(path)
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(content))
}
