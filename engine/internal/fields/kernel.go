package fields

import (
	"unsafe"

	"onebrc/engine/internal/kernel"
)

// Kernel is one implementation of the passes. All kernels give the same results, bit
// for bit, but for hashes: a table goes through the passes of one kernel.
//
// base is PadBefore bytes before the tile in every pass.
type Kernel struct {
	Name string

	// Index finds the separators in the n bytes at base+PadBefore, which begin at
	// the start of a row, outside quotes. n is from 1 to TileBytes. It writes t
	// and returns the number of separators. The bytes after the last LF that ends
	// a row belong to a later tile; the separators in them count.
	//
	// ok is false if a row does not have s.Columns fields, or if a quote is not
	// where RFC 4180 allows it: an opening quote follows a separator or begins the
	// tile, a closing quote is followed by a separator or by CR LF. What follows
	// the n bytes is never a fault. A quote that is wrong in the bytes after the
	// last complete row may or may not make ok false. t is undefined if ok is false.
	//
	// So if ok is true, separator i, from 0, is an LF if i % s.Columns is
	// s.Columns-1, and a delimiter otherwise: there are seps / s.Columns rows.
	Index func(base unsafe.Pointer, n int, s *Syntax, t *Tile) (seps int, ok bool)

	// Integers writes the numbers in a column to out, which has room for rows and a
	// partly filled group, and reports whether all fields are [+-]? digits of at
	// most 8 bytes. out is undefined otherwise.
	Integers func(base unsafe.Pointer, c *Column, rows int, out *int64) bool
	// WideIntegers is Integers for fields of at most 16 bytes.
	WideIntegers func(base unsafe.Pointer, c *Column, rows int, out *int64) bool

	// Decimals writes the numbers in a column times 10^scale to out and reports
	// whether all fields are [+-]? digits [ point digits ] of at most 8 bytes, with
	// at most scale digits after the point. scale is from 0 to MaxScale.
	Decimals func(base unsafe.Pointer, c *Column, rows int, out *int64, point byte, scale int) bool
	// WideDecimals is Decimals for fields of at most 16 bytes and scales up to
	// MaxWideScale.
	WideDecimals func(base unsafe.Pointer, c *Column, rows int, out *int64, point byte, scale int) bool

	// Keys writes the slot of each row's key, from row from on, to at, in units of
	// SlotUnit bytes. It looks at the slot where a key belongs and, if another key
	// is there, at the one after it. It stops at the first row whose key is in
	// neither, and returns the index of that row, or rows if there is none. It
	// writes the hash of the row where it stops to hash; at may then have anything
	// for that row and those after it.
	Keys KeysPass
	// KeysAhead is Keys for many slots, which the L2 cache does not hold. If it can, it
	// prefetches the slots of several rows before it looks at them.
	KeysAhead KeysPass

	// Cells writes what is in the cells of rows, from row from on, less 1, to at, and may
	// prefetch these slots. It stops at the first row whose cell is 0 or does not
	// exist, and returns the index of that row, or rows if there is none. at may then
	// have anything for that row and those after it.
	Cells func(c *Cells, from, rows int, s *Slots, at *uint32) int

	// Hash returns the hash that Keys uses for a key.
	Hash func(key []byte) uint32

	// Accumulate adds rows to one line of lanes of the slots at.
	Accumulate func(s *Slots, at *uint32, rows int, l *Line)

	// Missing lists the CPU features that the kernel needs and this machine lacks.
	Missing []string
}

// KeysPass is Kernel.Keys or Kernel.KeysAhead.
type KeysPass func(base unsafe.Pointer, c *Column, from, rows int, s *Slots, at *uint32, hash *uint32) int

const (
	// MaxScale is the largest scale of Decimals: with 8 digits, the result fits
	// in 63 bits.
	MaxScale = 10
	// MaxWideScale is the largest scale of WideDecimals: with 16 digits, the result
	// fits in 63 bits.
	MaxWideScale = 2
)

// kernels has the kernels of this build. Their names are those of package kernel, which
// also has one in NEON; here its name selects the portable passes.
var kernels = kernel.Set[Kernel]{
	Others: kernel.Names(),
	Kernels: append(assembly, &Kernel{
		Name:         "generic",
		Index:        indexGeneric,
		Integers:     integersGeneric,
		WideIntegers: wideIntegersGeneric,
		Decimals:     decimalsGeneric,
		WideDecimals: wideDecimalsGeneric,
		Keys:         keysGeneric,
		KeysAhead:    keysGeneric,
		Cells:        cellsGeneric,
		Hash:         hashGeneric,
		Accumulate:   accumulateGeneric,
	}),
	Describe: func(k *Kernel) (string, []string) { return k.Name, k.Missing },
}

// All returns the kernels that this machine can run, the best first. The last
// one is generic.
func All() []*Kernel { return kernels.All() }

// Names returns the names that Select accepts, as kernel.Names does.
func Names() []string { return kernels.Names() }

// Select returns the kernel called name, as kernel.Select does: an empty name means
// Auto, and then kernel.Variable decides.
func Select(name string) (*Kernel, error) { return kernels.Select(name) }
