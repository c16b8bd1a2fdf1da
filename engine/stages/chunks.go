package stages

import (
	"bytes"
	"context"
	"io"

	"onebrc/engine"
	"onebrc/parse"
)

// chunkBytes is how much of the file is read at a time. Tests make it smaller than
// a row.
var chunkBytes = 64 << 20

// mapReduce reads the file at path in one goroutine. The other workers, at least
// one, each call addRows to add the rows of chunks to a summary of their own. The
// result is the sum of all summaries.
func mapReduce(ctx context.Context, path string, workers int, addRows func(summary, []byte) error) (*engine.Result, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	in, err := openInput(ctx, path)
	if err != nil {
		return nil, err
	}
	defer in.Close()

	mappers := max(1, workers-1)
	chunks := make(chan []byte)
	summaries := make(chan summary)
	free := make(chan []byte, mappers+1) // one buffer per mapper, and one to read into
	for range mappers + 1 {
		free <- nil
	}
	go func() {
		defer close(chunks)
		if err := produce(in, free, chunks); err != nil {
			cancel(err)
		}
	}()
	for range mappers {
		go func() {
			s := summary{}
			for chunk := range chunks {
				if err := addRows(s, chunk); err != nil {
					cancel(err) // the producer stops at its next read
				}
				free <- chunk
			}
			summaries <- s
		}()
	}

	total := <-summaries
	for range mappers - 1 {
		total.merge(<-summaries)
	}
	if err := context.Cause(ctx); err != nil {
		return nil, err
	}
	return total.result(in.bytes), nil
}

// produce reads in and sends it in chunks that each end after a row. The start of a
// row whose end is not yet read is carried over to the next chunk.
func produce(in *input, free <-chan []byte, chunks chan<- []byte) error {
	var carry []byte
	size := int(min(int64(chunkBytes), in.size+1)) // 1 more, so that one read sees the end of a small file
	for {
		chunk := <-free
		if chunk == nil {
			chunk = make([]byte, 0, parse.MaxRowBytes+size)
		}
		chunk = append(chunk[:0], carry...)
		n, err := io.ReadFull(in, chunk[len(carry):len(carry)+size])
		chunk = chunk[:len(carry)+n]
		if err == io.EOF || err == io.ErrUnexpectedEOF {
			chunks <- chunk // its last row may lack its LF
			return nil
		}
		if err != nil {
			return err
		}
		end := bytes.LastIndexByte(chunk, '\n') + 1
		carry = append(carry[:0], chunk[end:]...)
		if len(carry) > parse.MaxRowBytes {
			return errBadRow
		}
		chunks <- chunk[:end]
	}
}
