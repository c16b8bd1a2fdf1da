package main

import "strings"

// lastBytes returns the last 8 bytes of a row that ends in text, with 0 for each
// byte before text.
func lastBytes(text string) string { return strings.Repeat("\x00", 8-len(text)) + text }

// limits returns the highest number that each byte of a value may become by xor
// with the byte of its shape: 9 for a digit, anything for a byte before the ';',
// which is 0 in the shape, and otherwise 0.
func limits(shape string) string {
	b := []byte(shape)
	for i, c := range b {
		switch c {
		case '0':
			b[i] = 9
		case 0:
			b[i] = 0xff
		default:
			b[i] = 0
		}
	}
	return string(b)
}

// dword returns four bytes as a little-endian number.
func dword(b string) uint32 {
	return uint32(b[0]) | uint32(b[1])<<8 | uint32(b[2])<<16 | uint32(b[3])<<24
}
