package run

import (
	"errors"
	"sync/atomic"

	"onebrc/engine/internal/source"
)

// opened is an open input.
type opened struct {
	input          int // its index
	source         source.Source
	ordered, ready bool         // what methods of source returned
	size           int64        // of the chunks that were taken
	state          atomic.Int32 // stateFree, stateReading or stateTaken
	users          atomic.Int64 // chunks being read, plus the feed while it takes chunks from source
}

// The states of an open input.
const (
	stateFree    int32 = iota // a worker may take the next chunk
	stateReading              // a worker takes a chunk, without holding feed.taking
	stateTaken                // there are no more chunks
)

// open records that the feed takes chunks from an input.
func (r *run) open(input int, src source.Source) *opened {
	o := &opened{input: input, source: src, ordered: src.Ordered(), ready: src.Ready()}
	o.users.Store(1)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.opened[input] = o
	return o
}

// drop removes a user of an input. It returns the input if no user is left, and the
// caller then closes it. The caller holds mu.
func (r *run) drop(input int) *opened {
	o := r.opened[input] // nil if it could not be opened
	if o == nil || o.users.Add(-1) > 0 {
		return nil
	}
	delete(r.opened, input)
	return o
}

// closeUnused closes what drop returned.
func (r *run) closeUnused(o *opened) {
	err := o.source.Close()
	r.mu.Lock()
	defer r.mu.Unlock()
	r.closeErr = errors.Join(r.closeErr, err)
}
