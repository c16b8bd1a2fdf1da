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
	"onebrc/parse"
)

// input is a file that is read from its start to its end.
type input struct {
	ctx   context.Context
	file  *os.File
	size  int64 // when it was opened
	bytes int64 // read so far
}

// openInput opens the file at path. Reading it fails once ctx has ended, which
// is how the stages that read are stopped.
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

// Read implements io.Reader. What a file has grown by is not read; a file of
// /proc has size 0 and bytes.
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

// errBadRow says that some row is outside the grammar. firstBadRow makes the
// error for the user of it.
var errBadRow = errors.New("stages: bad row")

// firstBadRow reads the file at path strictly and returns the error for the
// first row outside the grammar.
func firstBadRow(ctx context.Context, path string) error {
	in, err := openInput(ctx, path)
	if err != nil {
		return err
	}
	defer in.Close()
	rows := bufio.NewReaderSize(in, 64<<10)
	offset := int64(0)
	for line := int64(1); ; line++ {
		row, err := rows.ReadSlice('\n') // an error if the row does not fit: then it is too long
		if err != nil && err != io.EOF && err != bufio.ErrBufferFull {
			return err
		}
		if err == io.EOF && len(row) == 0 {
			return fmt.Errorf("stages: %s: a row was refused, and there is no bad row", path)
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
	// batchRows is how many rows are sent at a time: so many that the cost of
	// a send no longer matters, and so few that a batch stays in the cache.
	batchRows = 1024
	// batchCount is how many batches there are: one that is filled, one that
	// is emptied, and two on their way.
	batchCount = 4
)

// lf ends a row.
var lf = []byte{'\n'}
