package engine

import (
	"fmt"
	"time"

	"onebrc/engine/internal/partition"
)

// reading is what Stream and GroupStream have in common: a result that can be read once,
// and what of it did not fit in tables.
type reading struct {
	store  *partition.Store // nil if all fit in tables
	used   bool             // read or closed
	active bool             // being read
	closed bool             // while it was read
}

// close frees the store, at the end of the reading if there is one.
func (r *reading) close() {
	r.used = true
	if r.active {
		r.closed = true
		return
	}
	r.free()
}

func (r *reading) free() {
	if r.store != nil {
		r.store.Free()
	}
}

// begin begins the only reading, which ends with a call of end. m, which may be nil, gets
// its time as that of the output, if output is set, and otherwise as that of sorting.
func (r *reading) begin(m *Measurement, output bool) (end func(), err error) {
	if r.used {
		return nil, fmt.Errorf("engine: %w", ErrStream)
	}
	r.used, r.active = true, true
	start := time.Now()
	return func() {
		r.active = false
		r.free()
		sorting := r.measureStore(m)
		all := time.Since(start).Seconds()
		switch {
		case m == nil:
		case output:
			m.SortSeconds += sorting
			m.OutputSeconds = all - sorting
		default:
			m.SortSeconds += all
		}
	}, nil
}

// measureStore sets what m, which may be nil, says about the store, and returns for how
// long the store has sorted while the result was read.
func (r *reading) measureStore(m *Measurement) (sortSeconds float64) {
	if r.store == nil {
		return 0
	}
	stats := r.store.Stats()
	if m != nil {
		m.Partitions, m.SpilledBytes = stats.Partitions, stats.SpilledBytes
	}
	return stats.SortSeconds
}
