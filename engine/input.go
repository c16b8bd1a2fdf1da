package engine

import (
	"io"
	"io/fs"

	"onebrc/engine/internal/source"
)

// Input is something to aggregate. [File], [FS], [Reader] and [Bytes] make one.
type Input struct{ source source.Input }

// File returns the file at path as an input. A regular file is mapped or read in
// parallel, with the size that it has when it is opened. Anything else, such as a
// FIFO or a file of /proc, is read as a stream. Errors name it by path.
func File(path string) Input { return Input{source.File(path)} }

// FS returns the file of that name in fsys as an input. If fsys opens files of the
// system, as [os.DirFS] does, it is read as by File, and as a stream otherwise.
func FS(fsys fs.FS, name string) Input { return Input{source.FS(fsys, name)} }

// Reader returns the bytes that r returns, up to io.EOF, as an input. One goroutine
// at a time reads from r. Rows are aggregated as soon as a Read returns them, so
// that a slow r delays nothing but the rows that it has not returned yet. Errors
// name the input by name.
func Reader(name string, r io.Reader) Input { return Input{source.Reader(name, r)} }

// Bytes returns data as an input. It must not change while Aggregate runs. Errors
// name it by name.
func Bytes(name string, data []byte) Input { return Input{source.Bytes(name, data)} }
