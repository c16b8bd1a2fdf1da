package source

import "onebrc/engine/internal/schedule"

// IsSmall reports whether ReadSmall may read the input. Check has looked at it.
func (in *Input) IsSmall(c *Config) bool {
	return in.part == nil && 0 < in.found && in.found <= smallBytes(c) && (c.Access == AccessAuto || c.Access == AccessRead)
}

// smallBytes returns the largest size of a small file, which is a chunk of its own.
func smallBytes(c *Config) int64 { return int64(min(c.ChunkBytes, CopyBytes)) }

// ReadSmall reads a file into buffer as the only chunk of an input, whose bytes Load of
// the returned source returns. Nothing stays open. That takes a few calls of the operating
// system and little memory, which is what counts for files by the thousand. The source is
// nil if the input must be opened: it is compressed, or no longer a small regular file.
func (in *Input) ReadSmall(c *Config, buffer *Buffer) (Source, Chunk, error) {
	w, err := readSmall(in.name, max(in.size, 1), smallBytes(c), buffer)
	if err != nil || w.Size == 0 || formatOfBytes(w.Data()) != "" {
		return nil, Chunk{}, err
	}
	size := int64(w.Size)
	chunk := Chunk{Nominal: schedule.Chunk{End: size, Node: schedule.AnyNode}, Size: size, Final: true, Whole: true, loaded: w}
	return wasRead, chunk, nil
}

// wasRead is the source of a file that ReadSmall has read: a stream that has ended.
var wasRead Source = &stream{ended: true, ready: true}
