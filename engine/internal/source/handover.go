package source

import "sync"

// handover hands something from each chunk to the next one, while several chunks are cut
// at the same time. Who takes waits for the chunk before, which has a worker, because such
// chunks are handed out in order.
type handover[T any] struct {
	mu      sync.Mutex
	changed sync.Cond
	waiting map[int64]T // by the nominal border between two chunks
}

// newHandover returns a handover that has first for the first chunk.
func newHandover[T any](first T) *handover[T] {
	h := &handover[T]{waiting: map[int64]T{0: first}}
	h.changed.L = &h.mu
	return h
}

// publish hands v to the chunk that begins at border.
func (h *handover[T]) publish(border int64, v T) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.waiting[border] = v
	h.changed.Broadcast()
}

// take waits for what publish hands to the chunk that begins at border. Only one chunk
// takes it.
func (h *handover[T]) take(border int64) T {
	h.mu.Lock()
	defer h.mu.Unlock()
	for {
		if v, ok := h.waiting[border]; ok {
			delete(h.waiting, border)
			return v
		}
		h.changed.Wait()
	}
}
