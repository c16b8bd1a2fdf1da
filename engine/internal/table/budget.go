package table

import (
	"errors"
	"fmt"
	"math"
	"sync/atomic"
)

// ErrMemory is wrapped by the error of memory that a Budget does not allow.
var ErrMemory = errors.New("over the memory limit")

// Budget bounds the memory that tables and others take together. A nil Budget
// allows everything.
type Budget struct {
	limit int64 // bytes
	used  atomic.Int64
}

// NoLimit is a limit that is never reached.
const NoLimit = math.MaxInt64

// NewBudget returns a Budget of limit bytes, of which none are taken.
func NewBudget(limit int64) *Budget { return &Budget{limit: limit} }

// Take takes bytes before they are allocated, or returns an error that wraps
// ErrMemory, and takes nothing.
func (b *Budget) Take(bytes int64) error {
	if b == nil {
		return nil
	}
	if used := b.used.Add(bytes); used > b.limit {
		b.used.Add(-bytes)
		return fmt.Errorf("%w: %d bytes are needed, %d are allowed", ErrMemory, used, b.limit)
	}
	return nil
}

// Give gives back bytes that were taken.
func (b *Budget) Give(bytes int64) {
	if b != nil {
		b.used.Add(-bytes)
	}
}
