package engine_test

import (
	"encoding/binary"
	"hash/crc32"
)

// partialHeaderBytes is the size of the header of an encoded Partial without its
// checksum.
const partialHeaderBytes = 26

// payloadsOf returns an encoded Partial without the checksums.
func payloadsOf(data []byte) []byte {
	plain := append([]byte(nil), data[:partialHeaderBytes]...)
	for rest := data[partialHeaderBytes+4:]; len(rest) > 0; {
		n := 4 + binary.LittleEndian.Uint32(rest)
		plain = append(plain, rest[:n]...)
		rest = rest[n+4:]
	}
	return plain
}

// withChecksums adds the checksums to what payloadsOf returns.
func withChecksums(plain []byte) (data []byte) {
	add := func(b []byte) {
		data = append(data, b...)
		data = binary.LittleEndian.AppendUint32(data, crc32.Checksum(data, crc32.MakeTable(crc32.Castagnoli)))
	}
	rest := plain
	next := func(n int) []byte {
		n = min(n, len(rest))
		part := rest[:n]
		rest = rest[n:]
		return part
	}
	add(next(partialHeaderBytes))
	for len(rest) >= 4 {
		add(next(4 + int(binary.LittleEndian.Uint32(rest)&(1<<20-1))))
	}
	return append(data, rest...)
}
