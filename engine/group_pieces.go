package engine

import (
	"io"
	"iter"
	"slices"

	"onebrc/engine/internal/partition"
)

const (
	// groupsPerWorker is how many groups make it worthwhile to start a goroutine.
	groupsPerWorker = 8 * pieceGroups
	// pieceNameBytes bounds the keys of a piece, but for one of them, and pieceTextBytes is
	// what the text of a piece takes of the memory limit.
	pieceNameBytes = 64 << 10
	pieceTextBytes = 4 * pieceNameBytes
)

// writePieces is Write for groups of tables.
func (s *GroupStream) writePieces(w io.Writer, appendGroups func(b []byte, groups iter.Seq[Group]) ([]byte, error)) error {
	write := func(b []byte) error {
		_, err := w.Write(b)
		return err
	}
	groups := s.groups
	if workers := min(s.workers, groups.Len()/groupsPerWorker); workers > 1 {
		bytes := int64(partition.InOrderBuffers(workers) * pieceTextBytes)
		if s.budget.Take(bytes) == nil {
			defer s.budget.Give(bytes)
			pieces := slices.Collect(groups.pieces())
			err := partition.InOrder(s.ctx, workers, len(pieces), func(i int, b []byte) ([]byte, error) {
				return appendGroups(b, groups.at(pieces[i]))
			}, write)
			if err == nil {
				err = s.ctx.Err()
			}
			return err
		}
	}
	var b []byte
	for piece := range groups.pieces() {
		err := s.ctx.Err()
		if err == nil {
			b, err = appendGroups(b[:0], groups.at(piece))
		}
		if err == nil {
			err = write(b)
		}
		if err != nil {
			return err
		}
	}
	return s.ctx.Err()
}

// pieces returns the present order in pieces of at most pieceGroups groups and, but for one
// of them, pieceNameBytes of keys and texts.
func (g *Groups) pieces() iter.Seq[[]int] {
	return func(yield func([]int) bool) {
		for rest := g.order; len(rest) > 0; {
			n, bytes := 0, 0
			for n < min(len(rest), pieceGroups) && bytes < pieceNameBytes {
				bytes += Group{g, rest[n]}.nameBytes()
				n++
			}
			if !yield(rest[:n:n]) {
				return
			}
			rest = rest[n:]
		}
	}
}

// nameBytes returns the length of all names.
func (g Group) nameBytes() int {
	count := g.groups.nameCount()
	if count == 0 {
		return 0
	}
	ends, begin := g.groups.ends, 0
	if g.index > 0 {
		begin = ends[g.index*count-1]
	}
	return ends[(g.index+1)*count-1] - begin
}
