package memory

import "unsafe"

// Block is zeroed memory outside the Go heap, where the platform has any. It can lie
// in huge pages (a table in small pages costs a TLB miss a row), the garbage
// collector does not scan it, nothing clears it twice, and Free returns it at once.
// It must hold no pointers.
type Block struct {
	Base   unsafe.Pointer // aligned to 64 bytes; nil in the zero value
	size   int
	budget *Budget
	region region
}

// Allocate returns a Block of size bytes, which it takes from b. If the budget or
// the operating system refuses, it takes nothing and returns an error.
func (b *Budget) Allocate(size int) (Block, error) {
	if err := b.Take(int64(size)); err != nil {
		return Block{}, err
	}
	r, base, err := allocate(size)
	if err != nil {
		b.Give(int64(size))
		return Block{}, err
	}
	return Block{Base: base, size: size, budget: b, region: r}, nil
}

// Free returns the memory to the operating system and to the budget. It does
// nothing if b is the zero value, which b then is.
func (b *Block) Free() {
	if b.Base != nil {
		b.region.free()
		b.budget.Give(int64(b.size))
	}
	*b = Block{}
}
