package engine

import (
	"io"
	"io/fs"
	"os"

	"onebrc/engine/internal/run"
	"onebrc/engine/internal/source"
)

// Input is an input of Aggregate. [File], [FS], [Reader] and [Bytes] return one.
//
// An input of gzip, zstd, bzip2 or xz data is decompressed. Its first bytes decide, not
// its name: no UTF-8 text without control characters begins like compressed data. Members
// and frames that follow each other are one input. All checksums are verified. Data that
// is truncated or damaged, or garbage after it, is an error that wraps [ErrCompressed].
// If a bad row ends the run, the rest of a file is read up to the next checksum, so that
// damage is not reported as a bad row. If that is more than 64 MiB of text away, or the
// input may wait for a writer, [RowError.Unchecked] is set. Lines and offsets of rows are
// those after decompression.
//
// Several files are decompressed in parallel, and so are blocks of BGZF and zstd frames of
// up to 16 MiB in one file. Otherwise one worker at a time decompresses an input while others
// aggregate what it has read.
type Input struct {
	source source.Input
	// size returns the size if it is known before the input is read, and else 0. It
	// may be nil.
	size func() int64
}

// File returns the file at path as an input. A regular file is mapped or read in
// parallel, up to the size that it has when it is opened. Any other file, such as a
// FIFO or a file of /proc, is read as a stream. Errors call the input by its path.
func File(path string) Input {
	return Input{source.File(path), func() int64 {
		info, err := os.Stat(path)
		if err != nil || !info.Mode().IsRegular() {
			return 0
		}
		return info.Size()
	}}
}

// FS returns the named file in fsys as an input. If fsys opens files of the system,
// as [os.DirFS] does, the file is read as File does. Otherwise it is read as a stream.
func FS(fsys fs.FS, name string) Input { return Input{source: source.FS(fsys, name)} }

// Reader returns the bytes read from r, up to io.EOF, as an input. One goroutine at a
// time reads from r. Rows are aggregated as soon as a Read returns them, so that a
// slow r delays only the rows that it has not returned yet. Errors call the input
// name.
func Reader(name string, r io.Reader) Input { return Input{source: source.Reader(name, r)} }

// Bytes returns data as an input. The data must not change while Aggregate runs.
// Errors call the input name.
func Bytes(name string, data []byte) Input {
	return Input{source.Bytes(name, data), func() int64 { return int64(len(data)) }}
}

// Check returns the error of a file that cannot be read, which Aggregate checks for
// all inputs before it reads any. A caller that must know before Aggregate, because
// it overwrites something, calls Check or [CheckInputs] itself.
func (in Input) Check() error { return source.Check([]source.Input{in.source}) }

// CheckInputs returns the error of the first of inputs whose Check returns one. It checks
// several inputs at a time, and notes in inputs that they are checked, so that Aggregate
// does not do it again.
func CheckInputs(inputs []Input) error {
	sources := sourcesOf(inputs)
	err := source.Check(sources)
	for i := range sources {
		inputs[i].source = sources[i]
	}
	return err
}

// sourcesOf returns the inputs as inputs of package source.
func sourcesOf(inputs []Input) []source.Input {
	sources := make([]source.Input, len(inputs))
	for i, in := range inputs {
		sources[i] = in.source
	}
	return sources
}

// sizeOf returns the size of all inputs, or 0 if that of one is not known or is 0: a file
// of /proc has size 0 but is not empty. It counts until it knows that a run is not small.
func sizeOf(inputs []Input) int64 {
	total := int64(0)
	for _, in := range inputs {
		size := int64(0)
		if in.size != nil {
			size = in.size()
		}
		if size == 0 {
			return 0
		}
		if total += size; total > run.SmallBytes {
			break
		}
	}
	return total
}
