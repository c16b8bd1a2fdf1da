package run

import "onebrc/engine/internal/source"

// progress records which chunks are done and how many lines they have. It keeps
// only the chunks that were done before their turn.
type progress struct {
	position int64                  // all chunks before it are done
	input    int                    // index of the input of the last of these chunks
	lines    int64                  // lines of that input before position
	later    map[int64]source.Chunk // chunks that were done before their turn
}

// add records that c is done.
func (p *progress) add(c *source.Chunk) {
	p.later[c.Position()] = *c
	for {
		next, ok := p.later[p.position]
		if !ok {
			return
		}
		delete(p.later, p.position)
		if next.Input != p.input {
			p.input, p.lines = next.Input, 0
		}
		p.position = next.Base + next.Nominal.End
		p.lines += next.Lines
	}
}

// linesBefore returns how many lines precede c in its input. All chunks before c must
// be done.
func (p *progress) linesBefore(c *source.Chunk) int64 {
	if p.input != c.Input {
		return 0
	}
	return p.lines
}
