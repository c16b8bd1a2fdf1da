package decompress

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"io"

	"github.com/ulikunitz/xz"
)

// footed reads xz data. The decoder takes data for complete that ends where a block could
// begin, so that footed looks for the footer of the stream.
type footed struct {
	decoder io.Reader
	tail    *tail
}

// footerBytes is the size of a footer: a checksum, and what it is of, and two letters.
const footerBytes = 12

func openXZ(r *bufio.Reader, of *Reader) (io.Reader, error) {
	decoder, err := xz.NewReader(r)
	if err != nil {
		return nil, err
	}
	return &footed{decoder, of.from.tail}, nil
}

// Read implements io.Reader.
func (f *footed) Read(p []byte) (int, error) {
	n, err := f.decoder.Read(p)
	if footer := f.tail.bytes; err == io.EOF &&
		(len(footer) < footerBytes || string(footer[10:]) != "YZ" || binary.LittleEndian.Uint32(footer) != crc32.ChecksumIEEE(footer[4:10])) {
		err = io.ErrUnexpectedEOF
	}
	return n, err
}

// tail keeps the last bytes of what it is given, up to the last one that is not 0: zeros
// may follow a stream.
type tail struct {
	bytes []byte
	zeros int // that follow bytes
}

// add adds p.
func (t *tail) add(p []byte) {
	last := len(bytes.TrimRight(p, "\x00"))
	if last == 0 {
		t.zeros += len(p)
		return
	}
	t.bytes = append(t.bytes, make([]byte, min(t.zeros, footerBytes))...)
	t.bytes = append(t.bytes, p[max(last-footerBytes, 0):last]...)
	t.bytes = append(t.bytes[:0], t.bytes[max(len(t.bytes)-footerBytes, 0):]...)
	t.zeros = len(p) - last
}

// xzWindow returns the size of the dictionary of the first block. All blocks that xz(1)
// writes have the same.
func xzWindow(head []byte) int64 {
	const (
		filters = 14         // after the stream's header, and the size and the flags of the block's
		lzma2   = "\x21\x01" // the filter and the size of its property
		usual   = 8 << 20    // of the level that xz(1) has by default
		sizes   = 0xc0       // flags: the sizes of the block come before its filters
	)
	if len(head) < headerBytes {
		return usual
	}
	at := filters
	for flags := head[filters-1] & sizes; flags != 0; flags <<= 1 {
		if flags&0x80 == 0 {
			continue
		}
		for at < headerBytes && head[at] >= 0x80 { // a number of seven bits a byte
			at++
		}
		at++
	}
	if at+2 >= headerBytes || string(head[at:at+2]) != lzma2 || head[at+2] > 40 {
		return usual // the decoder says what is wrong
	}
	bits := int64(head[at+2])
	return (2 | bits&1) << (bits/2 + 11)
}
