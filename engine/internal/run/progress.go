package run

import "onebrc/engine/internal/source"

// progress records which chunks are done and how many rows they have. It keeps
// only the chunks that were done before their turn.
type progress struct {
	position int64          // all chunks before it are done
	input    int            // index of the input of the last of these chunks
	rows     int64          // rows of that input before position
	later    map[int64]span // chunks that were done before their turn
}

// span is a chunk that was done before its turn.
type span struct {
	input     int
	end, rows int64
}

// add records that c is done and has that many rows.
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

// rowsBefore returns how many rows precede c in its input. All chunks before c must
// be done.
func (p *progress) rowsBefore(c *source.Chunk) int64 {
	if p.input != c.Input {
		return 0
	}
	return p.rows
}
