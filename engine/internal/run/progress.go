package run

import "onebrc/engine/internal/source"

// progress records which chunks are done and how many lines they have. It keeps
// only the chunks that were done before their turn.
type progress struct {
	input  int // all chunks of the inputs before it are done
	inputs map[int]*inputProgress
}

// inputProgress is the progress of one input.
type inputProgress struct {
	offset int64                  // all chunks before it are done
	lines  int64                  // the lines of these chunks
	later  map[int64]source.Chunk // chunks that were done before their turn
	size   int64                  // of the input, or -1 if it is not known
}

// of returns the progress of an input.
func (p *progress) of(input int) *inputProgress {
	in := p.inputs[input]
	if in == nil {
		in = &inputProgress{size: -1}
		p.inputs[input] = in
	}
	return in
}

// add records that c is done.
func (p *progress) add(c *source.Chunk) {
	in := p.of(c.Input)
	if c.Whole {
		in.size = c.Nominal.End
	}
	if c.Nominal.Begin != in.offset {
		if in.later == nil {
			in.later = map[int64]source.Chunk{}
		}
		in.later[c.Nominal.Begin] = *c
		return
	}
	for next, ok := *c, true; ok; next, ok = in.later[in.offset] {
		delete(in.later, in.offset)
		in.offset = next.Nominal.End
		in.lines += next.Lines
	}
	p.advance()
}

// end records the size of an input.
func (p *progress) end(input int, size int64) {
	p.of(input).size = size
	p.advance()
}

// advance goes past the inputs of which all chunks are done.
func (p *progress) advance() {
	for in := p.inputs[p.input]; in != nil && in.offset == in.size; in = p.inputs[p.input] {
		delete(p.inputs, p.input)
		p.input++
	}
}

// isDone reports whether all chunks before c are done.
func (p *progress) isDone(c *source.Chunk) bool {
	return p.input == c.Input && p.of(c.Input).offset >= c.Nominal.Begin
}

// linesBefore returns how many lines precede c in its input. All chunks before c must
// be done.
func (p *progress) linesBefore(c *source.Chunk) int64 { return p.of(c.Input).lines }
