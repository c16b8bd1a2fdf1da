package run

import "onebrc/engine/internal/source"

// progress knows which chunks are done and how many rows they have. It takes
// memory only for chunks that are done before their turn.
type progress struct {
	position int64 // all chunks before it are done
	input    int   // of the last of them
	rows     int64 // of that input, before position
	later    map[int64]span
}

// span is a chunk that is done before its turn.
type span struct {
	input     int
	end, rows int64
}

// add says that c is done.
func (p *progress) add(c *source.Chunk, rows int64) {
	p.later[c.Position()] = span{input: c.Input, end: c.Base + c.Nominal.End, rows: rows}
	for {
		s, ok := p.later[p.position]
		if !ok {
			return
		}
		delete(p.later, p.position)
		if s.input != p.input {
			p.input, p.rows = s.input, 0
		}
		p.position = s.end
		p.rows += s.rows
	}
}

// rowsBefore returns the rows of the input of c before c. All chunks before c
// must be done.
func (p *progress) rowsBefore(c *source.Chunk) int64 {
	if p.input != c.Input {
		return 0
	}
	return p.rows
}
