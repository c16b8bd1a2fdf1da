package memory

import (
	"math/bits"
	"sync"
	"unsafe"
)

// Pool hands out pieces of memory of one size, which it cuts from large regions, and
// takes them back. A piece that was put back is the next one handed out: new memory
// costs the operating system much more than memory that it has already handed out. A
// Pool may be used by several goroutines at once.
type Pool struct {
	budget      *Budget
	pieceBytes  int
	regionBytes int

	mu        sync.Mutex
	regions   map[*poolRegion]struct{}
	available []*poolRegion // those with a free piece
}

// Piece is memory from a Pool. It is not zeroed.
type Piece struct {
	Data   []byte
	region *poolRegion
}

// poolRegion is memory that is cut into pieces, or a single piece of another size.
type poolRegion struct {
	memory Block
	heap   int64    // bytes of a single piece on the Go heap
	pieces int      // 0 in the region of a single piece
	uncut  int      // the pieces from here on were never handed out
	free   []uint32 // of the others, those that were put back
}

// minLargeBytes is the size from which on a single piece is a Block. The Block of a
// smaller one would waste address space.
const minLargeBytes = 256 << 10

// NewPool returns a Pool of pieces of pieceBytes. It takes regions of about
// regionBytes from budget. A Pool without pieces has no memory.
func NewPool(budget *Budget, pieceBytes, regionBytes int) *Pool {
	return &Pool{
		budget: budget, pieceBytes: pieceBytes, regionBytes: max(regionBytes/pieceBytes, 1) * pieceBytes,
		regions: map[*poolRegion]struct{}{},
	}
}

// PieceBytes returns the size of pieces.
func (p *Pool) PieceBytes() int { return p.pieceBytes }

// Get returns a piece. It fails if there is no free one and no memory for a region.
func (p *Pool) Get() (Piece, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.available) == 0 {
		memory, err := p.budget.Allocate(p.regionBytes)
		if err != nil {
			return Piece{}, err
		}
		r := &poolRegion{memory: memory, pieces: p.regionBytes / p.pieceBytes}
		p.regions[r] = struct{}{}
		p.available = append(p.available, r)
	}
	r := p.available[len(p.available)-1]
	at := r.uncut
	if n := len(r.free); n > 0 {
		at, r.free = int(r.free[n-1]), r.free[:n-1]
	} else {
		r.uncut++
	}
	if len(r.free) == 0 && r.uncut == r.pieces {
		p.available = p.available[:len(p.available)-1]
	}
	data := unsafe.Slice((*byte)(unsafe.Add(r.memory.Base, at*p.pieceBytes)), p.pieceBytes)
	return Piece{data, r}, nil
}

// GetLarge returns a piece of size bytes, which is freed when it is put back.
func (p *Pool) GetLarge(size int) (Piece, error) {
	piece := Piece{region: &poolRegion{}}
	if size < minLargeBytes {
		if err := p.budget.Take(int64(size)); err != nil {
			return Piece{}, err
		}
		piece.region.heap, piece.Data = int64(size), make([]byte, size)
	} else {
		memory, err := p.budget.Allocate(size)
		if err != nil {
			return Piece{}, err
		}
		piece.region.memory, piece.Data = memory, unsafe.Slice((*byte)(memory.Base), size)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.regions[piece.region] = struct{}{}
	return piece, nil
}

// Put takes back a piece, of which the caller may have cut the end.
func (p *Pool) Put(piece Piece) {
	p.mu.Lock()
	defer p.mu.Unlock()
	r := piece.region
	if r.pieces == 0 {
		p.release(r)
		return
	}
	if len(r.free) == 0 && r.uncut == r.pieces {
		p.available = append(p.available, r)
	}
	offset := uintptr(unsafe.Pointer(unsafe.SliceData(piece.Data))) - uintptr(r.memory.Base)
	r.free = append(r.free, uint32(offset/uintptr(p.pieceBytes)))
}

// Trim frees the regions of which no piece is in use. It reports whether there were
// any.
func (p *Pool) Trim() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	kept := p.available[:0]
	for _, r := range p.available {
		if len(r.free) == r.uncut {
			p.release(r)
		} else {
			kept = append(kept, r)
		}
	}
	trimmed := len(kept) < len(p.available)
	clear(p.available[len(kept):])
	p.available = kept
	return trimmed
}

// Free frees all memory, pieces in use included.
func (p *Pool) Free() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for r := range p.regions {
		p.release(r)
	}
	p.available = nil
}

func (p *Pool) release(r *poolRegion) {
	r.memory.Free()
	p.budget.Give(r.heap)
	delete(p.regions, r)
}

// PowerOfTwo returns the largest power of two that is at most n, within bounds that
// are powers of two.
func PowerOfTwo(n int64, least, most int) int {
	if n >= int64(most) {
		return most
	}
	if n <= int64(least) {
		return least
	}
	return 1 << (bits.Len64(uint64(n)) - 1)
}
