package main

import (
	"unsafe"

	"onebrc/engine/internal/kernel"
)

// Layout of kernel.Tile, in bytes.
const (
	tileStarts = int(unsafe.Offsetof(kernel.Tile{}.Starts))
	tileLen    = int(unsafe.Offsetof(kernel.Tile{}.Len))
	tileHash   = int(unsafe.Offsetof(kernel.Tile{}.Hash))
	tileValue  = int(unsafe.Offsetof(kernel.Tile{}.Value))
	tileMask   = int(unsafe.Offsetof(kernel.Tile{}.Mask))
)

// Layout of a slot and of Slots of package table, which asserts it.
const (
	slotBytes = 64
	keyBytes  = 32
	slotStats = 32 // packed, min and notMax
	slotEntry = 52
	slotName  = 56

	slotsBase  = 0
	slotsNames = 8
	slotsMask  = 16
)

// prefetchBytes is how far ahead of the index pass the input is asked for, 1
// tile: from 4 to 16 KiB make no difference.
const prefetchBytes = 4096

// Constants that package parse does not export.
const (
	blockBytes     = 64
	groupRows      = 16
	maskedBytes    = 128
	hashMultiplier = 0x9E3779B97F4A7C15
	hashRotate     = 29
)
