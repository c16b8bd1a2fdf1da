package source

import (
	"bytes"

	"onebrc/engine/internal/schedule"
)

// plan cuts an input of known size into chunks.
type plan struct {
	queue   *schedule.Queue
	begin   int64    // of the part that is read; nominal borders count from here
	size    int64    // of the whole input
	borders *borders // nil if chunks are cut at the next LF
	quotes  bool     // a chunk that ends inside a row is misread
}

// newPlan returns the plan of an input of size bytes. ranges say on which nodes the
// bytes of the part lie that is read. Without ranges, the nodes are unknown.
func newPlan(size int64, c Config, ranges ...schedule.Range) plan {
	begin, end := c.part.of(size)
	if len(ranges) == 0 {
		ranges = []schedule.Range{{End: end - begin, Node: schedule.AnyNode}}
	}
	largest := int64(c.ChunkBytes)
	p := plan{begin: begin, size: size, quotes: c.Syntax != nil}
	if p.quotes && c.Cut == CutAtQuotes {
		largest = min(largest, quotedChunkBytes)
		p.borders = newBorders(c.Syntax.Quote)
	}
	limits := schedule.Limits{Largest: largest, Smallest: min(largest, minTailBytes)}
	p.queue = schedule.New(c.Nodes, limits, ranges...)
	return p
}

// Ordered implements Source.
func (p *plan) Ordered() bool { return false }

// Ready implements Source.
func (p *plan) Ready() bool { return true }

// Next implements Source.
func (p *plan) Next(node int, _ *Buffer) (c Chunk, err error) {
	c.Nominal, _ = p.queue.Take(node)
	return c, nil
}

// cut moves the borders of c to rows. search returns bytes from at-1 on: at least the
// end of the row there, or rowSearchBytes, or all that are left.
func (p *plan) cut(c *Chunk, search func(at int64) ([]byte, error)) (err error) {
	if c.Offset, c.Inside, err = p.rowStart(p.begin+c.Nominal.Begin, search); err != nil {
		return err
	}
	end, cut, err := p.rowStart(p.begin+c.Nominal.End, search)
	c.Size, c.Final, c.Cut = end-c.Offset, end == p.size, cut && !p.quotes
	return err
}

// rowStart returns the first start of a row at or after at. If the bytes that search
// returns have no LF, it returns the offset after them, which is inside a row.
func (p *plan) rowStart(at int64, search func(at int64) ([]byte, error)) (start int64, inside bool, err error) {
	if at == 0 || at == p.size {
		return at, false, nil
	}
	b, err := search(at)
	if err != nil {
		return 0, false, err
	}
	lf := bytes.IndexByte(b, '\n')
	if inside = lf < 0; inside {
		lf = len(b) - 1
	}
	return at + int64(lf), inside, nil
}

// RowsIn returns how many bytes of b are complete rows. If b has no LF, it must be
// longer than the longest row, and RowsIn returns len(b).
func RowsIn(b []byte) int {
	if n := bytes.LastIndexByte(b, '\n') + 1; n > 0 {
		return n
	}
	return len(b)
}
