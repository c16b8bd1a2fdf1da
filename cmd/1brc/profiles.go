package main

import (
	"cmp"
	"context"
	"errors"
	"io"
	"runtime"
	"runtime/pprof"
	"runtime/trace"
)

// profilePaths say which profiles to write; "" means none.
type profilePaths struct{ cpu, memory, trace string }

// start creates the files, until ctx ends, and starts the profiles. stop ends and
// writes them.
func (p profilePaths) start(ctx context.Context) (stop func() error, err error) {
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
		file, err := createOutput(ctx, profile.path)
		if err != nil {
			return nil, errors.Join(err, stop())
		}
		w := &keepingWriter{w: file}
		if err := profile.start(w); err != nil {
			file.discard()
			return nil, errors.Join(err, stop())
		}
		stops = append(stops, func() error {
			if err := cmp.Or(profile.stop(w), w.err); err != nil {
				file.discard()
				return outputError(file.path, err)
			}
			return file.commit()
		})
	}
	return stop, nil
}

// keepingWriter keeps the first error of a write. The CPU profile and the trace do
// not return it.
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
	runtime.GC() // the profile shows the state of the last complete cycle
	return pprof.Lookup("allocs").WriteTo(w, 0)
}
