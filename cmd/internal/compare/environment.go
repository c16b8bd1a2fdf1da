package compare

import (
	"context"
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
)

// Environment describes the machine and the software of a report. A field that
// the system does not tell is empty or 0.
type Environment struct {
	OS           string   `json:"os"`
	Architecture string   `json:"architecture"`
	Kernel       string   `json:"kernel"` // its release
	CPUModel     string   `json:"cpu_model"`
	CPUFlags     []string `json:"cpu_flags"`
	Cores        int      `json:"cores"` // physical
	CPUs         int      `json:"cpus"`  // online hardware threads
	UsableCPUs   string   `json:"usable_cpus"`
	GOMAXPROCS   int      `json:"gomaxprocs"`
	// Governor is the frequency governor of the CPUs. A virtual machine has none.
	Governor             string `json:"governor"`
	TransparentHugePages string `json:"transparent_huge_pages"`
	NUMANodes            int    `json:"numa_nodes"`
	MemoryBytes          int64  `json:"memory_bytes"`
	GoVersion            string `json:"go_version"`
	Version              string `json:"version"` // of this program
	// Variables are the set environment variables that influence the Go runtime.
	Variables map[string]string `json:"variables"`
}

// CurrentEnvironment returns the environment of this process.
func CurrentEnvironment() Environment {
	e := Environment{
		OS: runtime.GOOS, Architecture: runtime.GOARCH,
		CPUs: runtime.NumCPU(), GOMAXPROCS: runtime.GOMAXPROCS(0),
		GoVersion: runtime.Version(),
		Variables: map[string]string{},
	}
	if info, ok := debug.ReadBuildInfo(); ok {
		e.Version = info.Main.Version
	}
	for _, name := range []string{"GOMAXPROCS", "GOGC", "GOMEMLIMIT", "GODEBUG"} {
		if value, ok := os.LookupEnv(name); ok {
			e.Variables[name] = value
		}
	}
	e.readSystem()
	return e
}

// unknown names what the system did not tell.
func (e Environment) unknown() []string {
	var names []string
	for _, field := range []struct {
		name    string
		unknown bool
	}{
		{"kernel release", e.Kernel == ""},
		{"CPU model", e.CPUModel == ""},
		{"CPU flags", len(e.CPUFlags) == 0},
		{"cores", e.Cores == 0},
		{"usable CPUs", e.UsableCPUs == ""},
		{"frequency governor", e.Governor == ""},
		{"transparent huge pages", e.TransparentHugePages == ""},
		{"NUMA nodes", e.NUMANodes == 0},
		{"memory", e.MemoryBytes == 0},
	} {
		if field.unknown {
			names = append(names, field.name)
		}
	}
	return names
}

// Input describes the file of a report.
type Input struct {
	Path   string `json:"path"` // without its directory, which tells about the machine
	Bytes  int64  `json:"bytes"`
	Rows   int64  `json:"rows"`            // 0 is unknown
	Names  int    `json:"names,omitempty"` // different ones; 0 is unknown
	SHA256 string `json:"sha256"`
	Note   string `json:"note"` // Options.DataNote
}

// describeInput describes the file at path, except for its rows and names. It reads the
// file, which brings it into the page cache as far as there is room.
func describeInput(ctx context.Context, path string) (Input, error) {
	hash := sha256.New()
	n, err := readTo(ctx, path, hash)
	if err != nil {
		return Input{}, err
	}
	return Input{Path: filepath.Base(path), Bytes: n, SHA256: fmt.Sprintf("%x", hash.Sum(nil))}, nil
}
