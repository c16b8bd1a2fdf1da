package kernel

import (
	"fmt"
	"os"
	"slices"
	"strings"
)

const (
	// Auto selects the best kernel that this machine can run.
	Auto = "auto"
	// Variable is the environment variable that names the kernel that Auto
	// selects.
	Variable = "ONEBRC_KERNEL"
)

// Set is the kernels of a build that do the same job, the best first. The last one
// must run on every machine. Kernels of different jobs have the same names, so that
// one option and one variable select all of them.
type Set[K any] struct {
	Kernels []*K
	// Others lists the names of kernels of other jobs. For one that this job does not
	// have, Select returns the last kernel, which has no missing features.
	Others []string
	// Describe returns the name of a kernel and the CPU features that it needs and
	// this machine lacks.
	Describe func(*K) (name string, missing []string)
}

// All returns the kernels that this machine can run, the best first.
func (s *Set[K]) All() []*K {
	var runnable []*K
	for _, k := range s.Kernels {
		if _, missing := s.Describe(k); len(missing) == 0 {
			runnable = append(runnable, k)
		}
	}
	return runnable
}

// Names returns the names that Select accepts: Auto, the kernels of this build,
// including those that this machine cannot run, and Others.
func (s *Set[K]) Names() []string {
	names := []string{Auto}
	for _, k := range s.Kernels {
		name, _ := s.Describe(k)
		names = append(names, name)
	}
	for _, name := range s.Others {
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

// Select returns the kernel called name. An empty name means Auto, which is the
// kernel that Variable names, or else the best one that this machine can run. An
// error begins with "Kernel", or with Variable if that names the kernel.
func (s *Set[K]) Select(name string) (*K, error) {
	origin := "Kernel"
	if name == "" || name == Auto {
		name, origin = os.Getenv(Variable), Variable
	}
	if name == "" || name == Auto {
		return s.All()[0], nil
	}
	for _, k := range s.Kernels {
		found, missing := s.Describe(k)
		if found != name {
			continue
		}
		if len(missing) > 0 {
			return nil, fmt.Errorf("%s %s needs CPU features that this machine lacks: %s", origin, name, strings.Join(missing, ", "))
		}
		return k, nil
	}
	if slices.Contains(s.Others, name) {
		return s.Kernels[len(s.Kernels)-1], nil
	}
	return nil, fmt.Errorf("%s must be one of %s, got %q", origin, strings.Join(s.Names(), ", "), name)
}
