package main

import (
	"cmp"
	"errors"
	"io"
	"os"
	"runtime"
	"runtime/pprof"
	"runtime/trace"
)

// profilePaths say which profiles to write; "" means none.
type profilePaths struct{ cpu, memory, trace string }

// start starts the profiles and returns what ends and writes them.
func (p profilePaths) start() (stop func() error, err error) {
	var stops []func() error
	stop = func() error {
		var errs []error
		for _, s := range stops {
			errs = append(errs, s())
		}
		return errors.Join(errs...)
	}
	for _, profile := range []struct {
		path  string
		start func(io.Writer) error
		stop  func(io.Writer) error
	}{
		{p.cpu, pprof.StartCPUProfile, func(io.Writer) error { pprof.StopCPUProfile(); return nil }},
		{p.trace, trace.Start, func(io.Writer) error { trace.Stop(); return nil }},
		{p.memory, func(io.Writer) error { return nil }, writeAllocations},
	} {
		if profile.path == "" {
			continue
		}
		f, err := os.Create(profile.path)
		if err != nil {
			return stop, errors.Join(err, stop())
		}
		w := &keepingWriter{w: f}
		if err := profile.start(w); err != nil {
			return stop, errors.Join(err, f.Close(), stop())
		}
		stops = append(stops, func() error { return errors.Join(cmp.Or(profile.stop(w), w.err), f.Close()) })
	}
	return stop, nil
}

// keepingWriter keeps the first error of a write, which the CPU profile and the
// trace don't tell.
type keepingWriter struct {
	w   io.Writer
	err error
}

// Write writes b.
func (k *keepingWriter) Write(b []byte) (int, error) {
	n, err := k.w.Write(b)
	if k.err == nil {
		k.err = err
	}
	return n, err
}

// writeAllocations writes the profile of all allocations so far.
func writeAllocations(w io.Writer) error {
	runtime.GC() // the profile is that of the last complete cycle
	return pprof.Lookup("allocs").WriteTo(w, 0)
}
