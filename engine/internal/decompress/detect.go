package decompress

import (
	"encoding/binary"
	"hash/crc32"
	"strings"
)

// Format is a format of compressed data, or "" for data that is not compressed.
type Format string

// The formats.
const (
	Gzip  Format = "gzip"
	Zstd  Format = "zstd"
	Bzip2 Format = "bzip2"
	XZ    Format = "xz"
)

// HeadBytes is how many bytes of an input are always enough for Detect.
const HeadBytes = len(bzip2Header)

// Detect returns the format of an input that begins with head; all means that head is
// the whole input. decided is false if more bytes could change the answer: that takes
// more than two bytes only if the input may be compressed.
//
// No UTF-8 text without control characters begins like compressed data. That the first
// line is a row of the challenge says nothing: compressed data may have rows verbatim.
func Detect(head []byte, all bool) (f Format, decided bool) {
	for _, header := range headers {
		switch fits, complete := header.matches(head); {
		case fits && complete:
			return header.format, true
		case fits && !all:
			return "", false
		}
	}
	return "", true
}

// header is how compressed data begins.
type header struct {
	format Format
	// bytes of which those that are '?' may have any value that check accepts.
	bytes string
	check func(b []byte) bool // of len(bytes) bytes; nil means that there is no more to check
}

// matches reports whether head begins like the header, as far as it goes, and whether it
// has all of the header.
func (h *header) matches(head []byte) (fits, complete bool) {
	for i := range min(len(head), len(h.bytes)) {
		if h.bytes[i] != '?' && h.bytes[i] != head[i] {
			return false, false
		}
	}
	if len(head) < len(h.bytes) {
		return true, false
	}
	return h.check == nil || h.check(head[:len(h.bytes)]), true
}

const (
	bzip2Block  = "1AY&SY" // begins a block: the digits of pi
	bzip2Header = "BZh?" + bzip2Block + "????????"
	bzip2End    = "\x17\x72\x45\x38\x50\x90" // ends a stream: those of its square root
)

var headers = []header{
	// RFC 1952: method 8 and flags, of which three are reserved.
	{Gzip, "\x1f\x8b\x08?", func(b []byte) bool { return b[3]&0xe0 == 0 }},
	// RFC 8878: a frame, whose descriptor has a reserved bit, or a skippable frame.
	{Zstd, "\x28\xb5\x2f\xfd?", func(b []byte) bool { return b[4]&0x08 == 0 }},
	{Zstd, "?\x2a\x4d\x18", func(b []byte) bool { return b[0]&0xf0 == 0x50 }},
	// A block has a checksum of four bytes, one bit, and the place of its first byte
	// in 24 bits, which is less than the level times 100,000. After "BZh91AY&SY", text
	// has control characters there, or it is too large.
	{Bzip2, bzip2Header, func(b []byte) bool {
		return isLevel(b[3]) && binary.BigEndian.Uint32(b[14:])>>7&(1<<24-1) < uint32(b[3]-'0')*100_000
	}},
	// No block at all: the checksum is 0.
	{Bzip2, "BZh?" + bzip2End + "\x00\x00\x00\x00", func(b []byte) bool { return isLevel(b[3]) }},
	// The flags of a stream, and their checksum.
	{XZ, "\xfd7zXZ\x00\x00?????", func(b []byte) bool {
		return binary.LittleEndian.Uint32(b[8:]) == crc32.ChecksumIEEE(b[6:8])
	}},
}

// isLevel reports whether b is a level of bzip2.
func isLevel(b byte) bool { return strings.IndexByte("123456789", b) >= 0 }
