package fields

import (
	"math/bits"
	"unsafe"
)

const (
	zeros  = '0' * ones
	uppers = 0xf0 * ones
	carry  = 0x06 * ones // adding it to a number above 9 sets bit 4
)

// digits8 returns the number whose decimal digits are the bytes of x, the first
// digit in the lowest byte. It adds up pairs, then four, then eight digits. Wojciech
// Muła and Johnny Lee published it.
func digits8(x uint64) uint64 {
	x = x*10 + x>>8
	return (x&0x000000ff000000ff*(100+1000000<<32) + x>>16&0x000000ff000000ff*(1+10000<<32)) >> 32
}

// notDigits returns bits of uppers for the bytes of x that are not from 0 to 9.
func notDigits(x uint64) uint64 { return (x + carry) | x }

// signOf returns whether c is a sign, and whether it is '-', as 1 or 0.
func signOf(c byte) (sign, minus uint64) {
	c -= '+' // 0 or, for '-', 2
	sign = (uint64(c&^2) - 1) >> 63
	return sign, sign & uint64(c>>1)
}

// span returns what is between the separators at p[0] and p[1]: the position of its
// first byte and the position after the last one.
func span(p unsafe.Pointer) (begin, end uint32) {
	q := (*[2]uint32)(p)
	return q[0] + 1, q[1]
}

// integersGeneric is the pass over integers in portable Go. It has no branch on the
// data: what is wrong is collected and looked at in the end.
//
// It reads the 8 bytes that end where the field does, clears those before the first
// digit, and checks the others.
func integersGeneric(base unsafe.Pointer, c *Column, rows int, out *int64) bool {
	p := c.First
	var bad uint64
	var lengths uint32
	to := unsafe.Slice(out, rows)
	for i := range to {
		begin, end := span(p)
		p = unsafe.Add(p, c.Stride)
		sign, minus := signOf(*(*byte)(unsafe.Add(base, begin)))
		field := end - begin - 1  // bytes minus 1
		n := field - uint32(sign) // digits minus 1
		lengths |= field | n
		clear := (7 - n) * 8 & 63
		x := (load64(base, end-8) ^ zeros) >> clear << clear
		bad |= notDigits(x)
		to[i] = int64((digits8(x) ^ -minus) + minus)
	}
	return bad&uppers == 0 && lengths < 8
}

// wideMask selects the bytes of a number in the 16 bytes that end where it does.
type wideMask struct{ first, last uint64 }

// wideMasks has the masks for each number of digits minus 1. There are more entries
// than lengths so that 5 bits select one.
var wideMasks = func() (masks [32]wideMask) {
	for n := range masks {
		masks[n].last = ^uint64(0) << ((7 - min(n, 7)) * 8)
		masks[n].first = ^uint64(0) << ((15 - min(max(n, 7), 15)) * 8) // 0 if all are in last
	}
	return masks
}()

// wideIntegersGeneric is integersGeneric with two words for each number.
func wideIntegersGeneric(base unsafe.Pointer, c *Column, rows int, out *int64) bool {
	p := c.First
	var bad uint64
	var lengths uint32
	masks := &wideMasks
	to := unsafe.Slice(out, rows)
	for i := range to {
		begin, end := span(p)
		p = unsafe.Add(p, c.Stride)
		sign, minus := signOf(*(*byte)(unsafe.Add(base, begin)))
		field := end - begin - 1
		n := field - uint32(sign)
		lengths |= field | n
		m := &masks[n%uint32(len(masks))]
		first := (load64(base, end-16) ^ zeros) & m.first
		last := (load64(base, end-8) ^ zeros) & m.last
		bad |= notDigits(first) | notDigits(last)
		to[i] = int64((digits8(first)*1e8 + digits8(last)) ^ -minus + minus)
	}
	return bad&uppers == 0 && lengths < 16
}

// pointAt says how to remove a point from the last 8 bytes of a number and what to
// do with the digits.
type pointAt struct {
	before uint64 // selects the bytes before the point, which move one byte up
	after  uint64 // selects the bytes after the point
	factor uint64 // 10^(scale - digits after the point)
	used   uint32 // the point and the digits after it
	shift  uint32 // by how many bits the bytes before the last 8 move: 8 or 0
	carry  uint64 // selects the byte that moves into the last 8
}

// points has for each scale the entry for each number of bytes after the point, and
// at 8 the one for numbers without a point. If the point may not be there, the entry
// is that one, too: then the point stays and is no digit. There are more entries
// than needed so that 4 bits select one.
var points = func() (points [MaxScale + 1][16]pointAt) {
	for scale := range points {
		for n := range points[scale] {
			at := &points[scale][n]
			at.after, at.factor = ^uint64(0), power(scale)
			if n > 0 && n < 8 && n <= scale {
				at.after = ^uint64(0) << ((8 - n) * 8)
				at.before = ^uint64(0) >> ((n + 1) * 8)
				at.factor = power(scale - n)
				at.used = uint32(n) + 1
				at.shift, at.carry = 8, 0xff
			}
		}
	}
	return points
}()

// power returns 10^n.
func power(n int) uint64 {
	p := uint64(1)
	for range n {
		p *= 10
	}
	return p
}

// decimalsGeneric is integersGeneric with a point.
func decimalsGeneric(base unsafe.Pointer, c *Column, rows int, out *int64, point byte, scale int) bool {
	p := c.First
	var bad uint64
	var lengths uint32
	points, mark := &points[scale], uint64(point^'0')*ones
	to := unsafe.Slice(out, rows)
	for i := range to {
		begin, end := span(p)
		p = unsafe.Add(p, c.Stride)
		sign, minus := signOf(*(*byte)(unsafe.Add(base, begin)))
		field := end - begin - 1
		n := field - uint32(sign) // bytes without the sign, minus 1
		clear := (7 - n) * 8 & 63
		x := (load64(base, end-8) ^ zeros) >> clear << clear
		at := &points[lastByte(x^mark)%uint32(len(points))]
		lengths |= field | n | (n - at.used) // at least one digit before the point
		x = x&at.before<<8 | x&at.after
		bad |= notDigits(x)
		to[i] = int64((digits8(x)*at.factor ^ -minus) + minus)
	}
	return bad&uppers == 0 && lengths < 8
}

// wideDecimalsGeneric is decimalsGeneric with two words for each number. The point
// is in the last one, because the scale is at most MaxWideScale.
func wideDecimalsGeneric(base unsafe.Pointer, c *Column, rows int, out *int64, point byte, scale int) bool {
	p := c.First
	var bad uint64
	var lengths uint32
	points, mark := &points[scale], uint64(point^'0')*ones
	masks := &wideMasks
	to := unsafe.Slice(out, rows)
	for i := range to {
		begin, end := span(p)
		p = unsafe.Add(p, c.Stride)
		sign, minus := signOf(*(*byte)(unsafe.Add(base, begin)))
		field := end - begin - 1
		n := field - uint32(sign)
		m := &masks[n%uint32(len(masks))]
		first := (load64(base, end-16) ^ zeros) & m.first
		last := (load64(base, end-8) ^ zeros) & m.last
		at := &points[lastByte(last^mark)%uint32(len(points))]
		lengths |= field | n | (n - at.used)
		last = last&at.before<<8 | last&at.after | first>>56&at.carry
		first <<= at.shift & 63
		bad |= notDigits(first) | notDigits(last)
		to[i] = int64(((digits8(first)*1e8+digits8(last))*at.factor ^ -minus) + minus)
	}
	return bad&uppers == 0 && lengths < 16
}

// lastByte returns the number of bytes after the last zero byte of x, or 8 if it has
// none.
func lastByte(x uint64) uint32 {
	return uint32(bits.LeadingZeros64(^(x&lowBits + lowBits | x | lowBits))) / 8
}
