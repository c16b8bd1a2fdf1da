package stages

import (
	"context"
	"errors"
	"runtime/debug"

	"onebrc/engine"
)

// overMapping maps the file at path. For each window of it, a worker calls addRows,
// which adds the rows in data[from:to] to the table of the worker. addRows may read
// all of data.
func overMapping(ctx context.Context, path string, workers int, addRows func(t *openTable, data []byte, from, to int) error) (result *engine.Result, err error) {
	data, unmap, err := mapFile(path)
	if err != nil {
		return nil, err
	}
	defer func() {
		if unmapErr := unmap(); err == nil {
			err = unmapErr
		}
	}()
	w := &windows{size: int64(len(data))}
	tables := make([]*openTable, workers)
	err = inParallel(ctx, workers, func(ctx context.Context, worker int) error {
		t := newOpenTable()
		tables[worker] = t
		for start, end, ok := w.next(); ok; start, end, ok = w.next() {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			from, to, err := rowsBetween(data, int(start), int(end))
			if err != nil {
				return err
			}
			if err := addRows(t, data, from, to); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return reduceOpenTables(tables, w.size), nil
}

// errFault reports a fault in a mapping: the file became shorter than its mapping,
// or its bytes cannot be read.
var errFault = errors.New("stages: fault")

// catchFault runs work and returns its error, or errFault if work reads mapped
// memory that cannot be read.
//
// The engine's recovery in engine/internal/source is separate, because it does
// more: it checks that the address is in the mapping, and ties the error to one
// input and chunk. A stage has only one file, and checked finds out what happened
// to it, so a stage can be understood without the engine.
func catchFault(work func() error) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		panicked := recover()
		if panicked == nil {
			return
		}
		if _, isFault := panicked.(interface{ Addr() uintptr }); !isFault {
			panic(panicked)
		}
		err = errFault
	}()
	return work()
}
