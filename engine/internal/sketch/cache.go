package sketch

import (
	"math/bits"
	"unsafe"
)

// cachedCodes is the number of codes in a Cache, which take 64 KiB: of values that come
// again often, there are seldom more.
const cachedCodes = 4 << 10

// CacheBytes is the size of a Cache.
const CacheBytes = int64(unsafe.Sizeof(Cache{}))

// Cache has the recent codes of some Buckets: a logarithm takes longer than all else that is
// done with a value. It is not for use by several goroutines at once.
type Cache struct {
	buckets  *Buckets
	decimals int // of the values
	codes    [cachedCodes]cachedCode
}

// cachedCode is a value and its code. A zero one is right, too: 0 is the code of 0.
type cachedCode struct{ value, code int64 }

// NewCache returns an empty Cache of codes of b.
func NewCache(b *Buckets) *Cache { return &Cache{buckets: b} }

// Replace replaces the coefficients of values, which have the given number of decimals, by
// their codes.
func (c *Cache) Replace(values []int64, decimals int) {
	if c.decimals != decimals {
		c.decimals, c.codes = decimals, [cachedCodes]cachedCode{}
	}
	for i, v := range values {
		// As in package probing, but with the upper bits, which all bits of v change.
		at := uint64(v) * 0x9E3779B97F4A7C15 >> (64 - bits.Len(cachedCodes-1))
		e := &c.codes[at]
		if e.value != v {
			*e = cachedCode{v, c.buckets.Code(v, decimals)}
		}
		values[i] = e.code
	}
}
