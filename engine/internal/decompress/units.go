package decompress

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"sync"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// Units of compressed data can be decompressed each on its own, because it is known where
// they end and how much text they have at most: blocks of BGZF, which are gzip members that
// tell their size, and zstd frames, whose blocks do. Nothing is guessed: what has no known
// size is no unit, and the sizes and the checksum of a unit are verified.
const (
	// maxBGZFText is the largest block of BGZF, before compression.
	maxBGZFText = 64 << 10
	// MaxUnitText is the largest zstd frame that is a unit. pzstd writes frames of 8 MiB.
	// A unit does not need a larger window than Reader has for every frame.
	MaxUnitText = 16 << 20
	// maxZstdBlock is the largest block of a zstd frame, before compression.
	maxZstdBlock = 128 << 10
)

// Split returns the size of the units at the start of data in format f, and the largest
// size that their text can have: of the first unit with text, and of those after it that
// have at most most bytes of text together with it. pzstd writes a unit without text before
// each frame. packed is 0 if data does not begin with a unit, and negative if more bytes are
// needed to know that.
func Split(f Format, data []byte, most int64) (packed int, text int64) {
	unit := map[Format]func([]byte) (int, int64){Gzip: bgzfBlock, Zstd: zstdFrame}[f]
	if unit == nil {
		return 0, 0
	}
	for {
		n, more := unit(data[packed:])
		switch {
		case packed == 0 && n <= 0, text == 0 && n == partial:
			return n, 0
		case n <= 0 || text > 0 && text+more > most:
			return packed, text
		}
		packed += n
		text += more
	}
}

// partial is the size of a unit that is not complete.
const partial = -1

// bgzfBlock returns the sizes of the BGZF block at the start of data, 0 if it has none, or
// partial. The specification of SAM has the format: a gzip member with an extra
// field BC, which has the size of the member.
func bgzfBlock(data []byte) (packed int, text int64) {
	const (
		header  = 12 // up to the size of the extra field, included
		trailer = 8  // checksum and size of the text
		extra   = 4  // the only flag
	)
	switch {
	case len(data) < header:
		return partial, 0
	case string(data[:3]) != "\x1f\x8b\x08" || data[3] != extra:
		return 0, 0
	}
	end := header + int(binary.LittleEndian.Uint16(data[10:]))
	if len(data) < end {
		return partial, 0
	}
	for at := header; at+4 <= end; {
		size := int(binary.LittleEndian.Uint16(data[at+2:]))
		if string(data[at:at+2]) == "BC" && size == 2 && at+6 <= end {
			packed = int(binary.LittleEndian.Uint16(data[at+4:])) + 1
			break
		}
		at += 4 + size
	}
	switch {
	case packed < end+trailer:
		return 0, 0
	case packed > len(data):
		return partial, 0
	}
	text = int64(binary.LittleEndian.Uint32(data[packed-4:]))
	if text > maxBGZFText {
		return 0, 0
	}
	return packed, text
}

// zstdFrame returns the size of the frame at the start of data and the largest one of its
// text, 0 if the text may be too large, or partial. RFC 8878 has the format.
func zstdFrame(data []byte) (packed int, text int64) {
	const blockHeader, checksum = 3, 4
	var h zstd.Header
	switch err := h.Decode(data); {
	case err == io.ErrUnexpectedEOF:
		return partial, 0
	case err != nil:
		return 0, 0
	}
	if h.Skippable {
		if size := int64(h.HeaderSize) + int64(h.SkippableSize); size <= int64(len(data)) {
			return int(size), 0
		}
		return partial, 0
	}
	if h.HasFCS && h.FrameContentSize > MaxUnitText || h.WindowSize > minZstdWindow || h.DictionaryID != 0 {
		return 0, 0
	}
	at := h.HeaderSize
	for last := false; !last; {
		if at+blockHeader > len(data) {
			return partial, 0
		}
		bits := uint32(data[at]) | uint32(data[at+1])<<8 | uint32(data[at+2])<<16
		size := int(bits >> 3)
		switch bits >> 1 & 3 {
		case 0: // not compressed
			text += int64(size)
		case 1: // one byte that is repeated
			text += int64(size)
			size = 1
		case 2:
			text += maxZstdBlock
		case 3: // reserved
			return 0, 0
		}
		if text > MaxUnitText {
			return 0, 0
		}
		last = bits&1 != 0
		at += blockHeader + size
	}
	if h.HasCheckSum {
		at += checksum
	}
	if at > len(data) {
		return partial, 0
	}
	if h.HasFCS {
		text = int64(h.FrameContentSize)
	}
	return at, text
}

// Expander decompresses units. Several goroutines may use it.
type Expander struct {
	format Format
	zstd   *zstd.Decoder
	mu     sync.Mutex
	gzip   []*gzip.Reader // not in use
}

// ExpanderBytes is the memory of an Expander for each goroutine.
const ExpanderBytes = 1 << 20

// NewExpander returns an Expander for units of format f and the given number of goroutines
// at a time. Close must be called.
func NewExpander(f Format, goroutines int) (e *Expander, err error) {
	e = &Expander{format: f}
	if f == Zstd {
		e.zstd, err = zstd.NewReader(nil, zstd.WithDecoderConcurrency(goroutines), zstd.WithDecodeAllCapLimit(true))
	}
	return e, err
}

// Close frees the memory of e.
func (e *Expander) Close() {
	if e.zstd != nil {
		e.zstd.Close()
	}
}

// errSizes is the error of units that do not have the sizes that they tell.
var errSizes = errors.New("a unit has another size than it tells")

// Expand decompresses packed, which are units as Split finds them, into text, which has the
// largest size of their text, and returns that part of it that they have. begin is the
// offset of packed in the data, for errors.
func (e *Expander) Expand(packed, text []byte, begin int64) ([]byte, error) {
	all, err := e.expand(packed, text)
	if err == nil {
		return all, nil
	}
	d := NewReaderAt(e.format, bytes.NewReader(packed), begin)
	defer d.Close()
	if _, slow := io.Copy(io.Discard, d); slow != nil {
		return nil, slow // which has the place
	}
	return nil, &dataError{e.format, begin + int64(len(packed)), err}
}

// expand is Expand with an error that does not tell the place.
func (e *Expander) expand(packed, text []byte) ([]byte, error) {
	if e.zstd != nil {
		return e.zstd.DecodeAll(packed, text[:0:len(text)])
	}
	return text, e.expandGzip(packed, text)
}

// expandGzip decompresses blocks of BGZF.
func (e *Expander) expandGzip(packed, text []byte) error {
	var z *gzip.Reader
	e.mu.Lock()
	if last := len(e.gzip) - 1; last >= 0 {
		z, e.gzip = e.gzip[last], e.gzip[:last]
	} else {
		z = new(gzip.Reader)
	}
	e.mu.Unlock()
	defer func() {
		e.mu.Lock()
		e.gzip = append(e.gzip, z)
		e.mu.Unlock()
	}()
	var from bytes.Reader
	var after [1]byte
	for len(packed) > 0 {
		n, size := bgzfBlock(packed)
		if n <= 0 || size > int64(len(text)) {
			return errSizes
		}
		from.Reset(packed[:n])
		if err := z.Reset(&from); err != nil {
			return err
		}
		z.Multistream(false)
		if _, err := io.ReadFull(z, text[:size]); err != nil {
			return err
		}
		if more, err := z.Read(after[:]); more > 0 || err != io.EOF || from.Len() > 0 {
			if err == nil || err == io.EOF {
				err = errSizes
			}
			return err
		}
		packed, text = packed[n:], text[size:]
	}
	if len(text) > 0 {
		return errSizes
	}
	return nil
}
