package memory

import (
	"errors"
	"fmt"
	"math"
	"sync"
	"sync/atomic"
)

// ErrMemory is wrapped by the errors for memory that a Budget does not allow.
var ErrMemory = errors.New("over the memory limit")

// Budget bounds the memory that tables and others take together. It may be used
// by several goroutines at once. A nil Budget has no bound.
type Budget struct {
	limit int64 // bytes
	used  atomic.Int64

	// Of a Budget that Reclaiming or Reserve returned.
	parent   *Budget
	reclaim  func() bool
	mu       sync.Mutex // held while used changes, if there is a reserve
	reserved int64
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
	if b.reserved > 0 {
		b.mu.Lock()
		defer b.mu.Unlock()
		used := b.used.Load()
		if err := b.parent.Take(b.beyond(used+bytes) - b.beyond(used)); err != nil {
			return err
		}
		b.used.Store(used + bytes)
		return nil
	}
	if b.parent != nil {
		err := b.parent.Take(bytes)
		for err != nil && b.reclaim() {
			err = b.parent.Take(bytes)
		}
		if err == nil {
			b.used.Add(bytes)
		}
		return err
	}
	if used := b.used.Add(bytes); used > b.limit {
		b.used.Add(-bytes)
		return fmt.Errorf("%w: %d bytes are needed, %d are allowed", ErrMemory, used, b.limit)
	}
	return nil
}

// Give returns bytes to the budget after they have been freed.
func (b *Budget) Give(bytes int64) {
	if b == nil {
		return
	}
	if b.reserved > 0 {
		b.mu.Lock()
		defer b.mu.Unlock()
		used := b.used.Load()
		b.used.Store(used - bytes)
		b.parent.Give(b.beyond(used) - b.beyond(used-bytes))
		return
	}
	b.used.Add(-bytes)
	b.parent.Give(bytes)
}

// beyond returns how many of the bytes in use the reserve does not have.
func (b *Budget) beyond(used int64) int64 { return max(used-b.reserved, 0) }

// Reserve takes bytes from b and returns a Budget for the same memory that hands them out
// before it takes more from b. So nothing else can take them. The caller calls Release
// at the end.
func (b *Budget) Reserve(bytes int64) (*Budget, error) {
	if b == nil || bytes == 0 {
		return b, nil
	}
	if err := b.Take(bytes); err != nil {
		return nil, err
	}
	return &Budget{parent: b, reserved: bytes}, nil
}

// Release returns the reserve, of which nothing is in use, to the Budget that it is from.
// Calling it again is a no-op, as it is for a Budget without a reserve.
func (b *Budget) Release() {
	if b != nil && b.reserved > 0 {
		b.parent.Give(b.reserved)
		b.reserved = 0
	}
}

// Reclaiming returns a Budget for the same memory as b. If that is refused, Take calls
// reclaim and tries again, until reclaim reports that it has freed nothing.
func (b *Budget) Reclaiming(reclaim func() bool) *Budget {
	if b == nil {
		return nil
	}
	return &Budget{parent: b, reclaim: reclaim}
}

// Limit returns the limit in bytes, which is NoLimit if there is none.
func (b *Budget) Limit() int64 {
	switch {
	case b == nil:
		return NoLimit
	case b.parent != nil:
		return b.parent.Limit()
	}
	return b.limit
}

// Used returns how many bytes were taken from b and not given back. It is 0 for a nil
// Budget.
func (b *Budget) Used() int64 {
	if b == nil {
		return 0
	}
	return b.used.Load()
}
