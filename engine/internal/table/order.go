package table

import (
	"cmp"
	"encoding/binary"
	"math/bits"
)

// PrefixBytes is the number of bytes of a name that Prefix looks at.
const PrefixBytes = 8

// highBits are the bits of a word that are 0 if its bytes are ASCII.
const highBits = 0x8080808080808080

// ranks holds the place of each byte in the order of UTF-16 code units. It is the
// value of the byte, except that the lead bytes F0 to F4 of characters outside the
// basic plane come before EE and EF, the lead bytes of U+E000 to U+FFFF, because
// their surrogates do.
var ranks = func() (ranks [256]byte) {
	for i := range ranks {
		ranks[i] = byte(i)
	}
	for lead := 0xF0; lead <= 0xF4; lead++ {
		ranks[lead] -= 2
	}
	ranks[0xEE] += 5
	ranks[0xEF] += 5
	return ranks
}()

// Compare compares names in the order of engine.Compare, like bytes.Compare.
func Compare(a, b []byte) int {
	n := min(len(a), len(b))
	i := 0
	for ; i+8 <= n; i += 8 {
		if differ := binary.LittleEndian.Uint64(a[i:]) ^ binary.LittleEndian.Uint64(b[i:]); differ != 0 {
			i += bits.TrailingZeros64(differ) / 8
			return cmp.Compare(ranks[a[i]], ranks[b[i]])
		}
	}
	for ; i < n; i++ {
		if a[i] != b[i] {
			return cmp.Compare(ranks[a[i]], ranks[b[i]])
		}
	}
	return cmp.Compare(len(a), len(b))
}

// Prefix returns the ranks of the first bytes of name, the first one uppermost, with
// zeros after the name. Of two names with different prefixes, the one with the lesser
// prefix comes first.
func Prefix(name []byte) uint64 {
	if len(name) >= PrefixBytes {
		if word := binary.BigEndian.Uint64(name); word&highBits == 0 {
			return word // ASCII
		}
	}
	var key [PrefixBytes]byte
	for i := range min(len(name), PrefixBytes) {
		key[i] = ranks[name[i]]
	}
	return binary.BigEndian.Uint64(key[:])
}
