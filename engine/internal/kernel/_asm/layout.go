package main

import (
	"unsafe"

	"onebrc/engine/internal/kernel"
	"onebrc/engine/internal/kernel/asm/emit"
)

// Offsets in bytes.
const (
	tileStarts   = int(unsafe.Offsetof(kernel.Tile{}.Starts))
	tileLen      = int(unsafe.Offsetof(kernel.Tile{}.Len))
	tileHash     = int(unsafe.Offsetof(kernel.Tile{}.Hash))
	tileValue    = int(unsafe.Offsetof(kernel.Tile{}.Value))
	tileFields   = int(unsafe.Offsetof(kernel.Tile{}.Fields))
	tilePrepared = int(unsafe.Offsetof(kernel.Tile{}.Prepared))
	tileCounter  = int(unsafe.Offsetof(kernel.Tile{}.Counter))

	slotPacked = int(unsafe.Offsetof(kernel.Slot{}.Packed))
	slotEntry  = int(unsafe.Offsetof(kernel.Slot{}.Entry))
	slotName   = int(unsafe.Offsetof(kernel.Slot{}.Name))

	slotsBase        = int(unsafe.Offsetof(kernel.Slots{}.Base))
	slotsNames       = int(unsafe.Offsetof(kernel.Slots{}.Names))
	slotsMask        = int(unsafe.Offsetof(kernel.Slots{}.Mask))
	slotsMultipliers = int(unsafe.Offsetof(kernel.Slots{}.Multipliers))
	slotsShift       = int(unsafe.Offsetof(kernel.Slots{}.Shift))
	slotsSmall       = int(unsafe.Offsetof(kernel.Slots{}.SmallMultipliers))
)

// assumptions lists everything that the assembly takes from package kernel.
var assumptions = []emit.Assumption{
	emit.Assume("unsafe.Offsetof(Tile{}.Starts)", uint64(tileStarts)),
	emit.Assume("unsafe.Offsetof(Tile{}.Len)", uint64(tileLen)),
	emit.Assume("unsafe.Offsetof(Tile{}.Hash)", uint64(tileHash)),
	emit.Assume("unsafe.Offsetof(Tile{}.Value)", uint64(tileValue)),
	emit.Assume("unsafe.Offsetof(Tile{}.Fields)", uint64(tileFields)),
	emit.Assume("unsafe.Offsetof(Tile{}.Prepared)", uint64(tilePrepared)),
	emit.Assume("unsafe.Offsetof(Tile{}.Counter)", uint64(tileCounter)),
	emit.Assume("unsafe.Offsetof(Slot{}.Packed)", uint64(slotPacked)),
	emit.Assume("unsafe.Offsetof(Slot{}.Min)", uint64(slotPacked+8)), // one vector with Packed
	emit.Assume("unsafe.Offsetof(Slot{}.NotMax)", uint64(slotPacked+12)),
	emit.Assume("unsafe.Offsetof(Slot{}.Entry)", uint64(slotEntry)),
	emit.Assume("unsafe.Offsetof(Slot{}.Name)", uint64(slotName)),
	emit.Assume("unsafe.Offsetof(Slots{}.Base)", uint64(slotsBase)),
	emit.Assume("unsafe.Offsetof(Slots{}.Names)", uint64(slotsNames)),
	emit.Assume("unsafe.Offsetof(Slots{}.Mask)", uint64(slotsMask)),
	emit.Assume("unsafe.Offsetof(Slots{}.Multipliers)", uint64(slotsMultipliers)),
	emit.Assume("unsafe.Offsetof(Slots{}.Shift)", uint64(slotsShift)),
	emit.Assume("unsafe.Offsetof(Slots{}.SmallMultipliers)", uint64(slotsSmall)),
	emit.Assume("BlockBytes", kernel.BlockBytes),
	emit.Assume("GroupRows", kernel.GroupRows),
	emit.Assume("CountShift", kernel.CountShift),
	emit.Assume("Counters", kernel.Counters),
	emit.Assume("HashMultiplier", kernel.HashMultiplier),
	emit.Assume("HashRotate", kernel.HashRotate),
	emit.Assume("KeyBytes", kernel.KeyBytes),
	emit.Assume("MaskedNames", kernel.MaskedNames),
	emit.Assume("SlotBytes", kernel.SlotBytes),
	emit.Assume("SmallBuckets", kernel.SmallBuckets),
	emit.Assume("FieldsStart", kernel.FieldsStart),
	emit.Assume("StartBits", kernel.StartBits),
	emit.Assume("FieldsValue", kernel.FieldsValue),
	emit.Assume("ValueBias", kernel.ValueBias),
}

// prefetchBytes is how far ahead of the index pass the input is prefetched: one
// tile. From 4 to 16 KiB make no difference.
const prefetchBytes = kernel.TileBytes
