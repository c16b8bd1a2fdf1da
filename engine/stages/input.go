package stages

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"onebrc/engine"
	"onebrc/engine/internal/decompress"
	"onebrc/parse"
)

// input is a file that is read from start to end.
type input struct {
	ctx   context.Context
	file  *os.File
	size  int64 // when it was opened
	bytes int64 // read so far
}

// openInput opens the file at path. A read fails after ctx ends; this stops the
// stages that read.
func openInput(ctx context.Context, path string) (*input, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	info, err := file.Stat()
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return &input{ctx: ctx, file: file, size: info.Size()}, nil
}

// Read implements io.Reader. It does not read what has been appended to the file
// since it was opened. A file whose size is 0 is read to its end, because files in
// /proc have size 0 and contents.
func (in *input) Read(to []byte) (int, error) {
	if err := in.ctx.Err(); err != nil {
		return 0, err
	}
	if in.size > 0 {
		if in.bytes == in.size {
			return 0, io.EOF
		}
		to = to[:min(int64(len(to)), in.size-in.bytes)]
	}
	n, err := in.file.Read(to)
	in.bytes += int64(n)
	return n, err
}

// Close closes the file.
func (in *input) Close() error { return in.file.Close() }

// errBadRow reports that some row is outside the grammar. firstBadRow makes the error
// that the caller of the stage gets.
var errBadRow = errors.New("stages: bad row")

// firstBadRow reads the file at path strictly and returns the error for the first
// row outside the grammar.
func firstBadRow(ctx context.Context, path string) error {
	in, err := openInput(ctx, path)
	if err != nil {
		return err
	}
	defer in.Close()
	rows := bufio.NewReaderSize(in, 64<<10)
	offset := int64(0)
	for line := int64(1); ; line++ {
		row, err := rows.ReadSlice('\n') // fails if the row does not fit, but then it is too long
		if err != nil && err != io.EOF && err != bufio.ErrBufferFull {
			return err
		}
		if err == io.EOF && len(row) == 0 {
			return fmt.Errorf("stages: %s: a row was refused, but no row is bad", path)
		}
		size := int64(len(row))
		row = bytes.TrimSuffix(row, []byte{'\n'})
		if _, _, why := parse.Row(row); why != "" {
			excerpt := row[:min(len(row), 120)]
			return &engine.RowError{Input: path, Line: line, Offset: offset, Reason: why, Row: bytes.Clone(excerpt)}
		}
		offset += size
	}
}

const (
	// batchRows is how many rows are sent at a time: enough that the cost of a
	// send no longer matters, and few enough that a batch stays in the cache.
	batchRows = 1024
	// batchCount is the number of batches: one is filled, one is emptied, and
	// two are in a channel.
	batchCount = 4
)

// lf ends a row.
var lf = []byte{'\n'}

// checkPlain returns the error of a compressed file.
func checkPlain(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	head := make([]byte, decompress.HeadBytes)
	n, err := io.ReadFull(f, head)
	if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
		return err
	}
	if format, _ := decompress.Detect(head[:n], err != nil); format != "" {
		return fmt.Errorf("stages: %s: stages read plain text, and the file is compressed with %s: decompress it first", path, format)
	}
	return nil
}
