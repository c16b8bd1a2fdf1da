package memory

import (
	"errors"
	"fmt"
	"math"
	"sync/atomic"
)

// ErrMemory is wrapped by the errors for memory that a Budget does not allow.
var ErrMemory = errors.New("over the memory limit")

// Budget bounds the memory that tables and others take together. It may be used
// by several goroutines at once. A nil Budget has no bound.
type Budget struct {
	limit int64 // bytes
	used  atomic.Int64
}

// NoLimit is a limit that is never reached.
const NoLimit = math.MaxInt64

// NewBudget returns a Budget of limit bytes.
func NewBudget(limit int64) *Budget { return &Budget{limit: limit} }

// Take takes bytes, which the caller then allocates. If that would exceed the
// limit, it takes nothing and returns an error that wraps ErrMemory.
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

// Give returns bytes to the budget after they have been freed.
func (b *Budget) Give(bytes int64) {
	if b != nil {
		b.used.Add(-bytes)
	}
}
