package main

import (
	"unsafe"

	"onebrc/engine/internal/fields"
	"onebrc/engine/internal/kernel/asm/emit"
)

// Offsets in bytes.
const (
	tileSeps    = int(unsafe.Offsetof(fields.Tile{}.Seps))
	tileQuoted  = int(unsafe.Offsetof(fields.Tile{}.Quoted))
	tileQuotes  = int(unsafe.Offsetof(fields.Tile{}.Quotes))
	tileInnerLF = int(unsafe.Offsetof(fields.Tile{}.InnerLF))

	syntaxDelimiter = int(unsafe.Offsetof(fields.Syntax{}.Delimiter))
	syntaxQuote     = int(unsafe.Offsetof(fields.Syntax{}.Quote))
	syntaxColumns   = int(unsafe.Offsetof(fields.Syntax{}.Columns))

	columnFirst  = int(unsafe.Offsetof(fields.Column{}.First))
	columnStride = int(unsafe.Offsetof(fields.Column{}.Stride))

	slotsBase  = int(unsafe.Offsetof(fields.Slots{}.Base))
	slotsShift = int(unsafe.Offsetof(fields.Slots{}.Shift))
	slotsMask  = int(unsafe.Offsetof(fields.Slots{}.Mask))
	slotsInfo  = int(unsafe.Offsetof(fields.Slots{}.Info))
	slotsNames = int(unsafe.Offsetof(fields.Slots{}.Names))

	infoName  = int(unsafe.Offsetof(fields.SlotInfo{}.Name))
	infoBytes = int(unsafe.Sizeof(fields.SlotInfo{}))

	lineUnit    = int(unsafe.Offsetof(fields.Line{}.Unit))
	lineCount   = int(unsafe.Offsetof(fields.Line{}.Count))
	lineColumns = int(unsafe.Offsetof(fields.Line{}.Columns))
	lineOps     = int(unsafe.Offsetof(fields.Line{}.Ops))

	opValues = int(unsafe.Offsetof(fields.Op{}.Values))
	opMin    = int(unsafe.Offsetof(fields.Op{}.Min))
	opMax    = int(unsafe.Offsetof(fields.Op{}.Max))
	opSum    = int(unsafe.Offsetof(fields.Op{}.Sum))
	opLow    = int(unsafe.Offsetof(fields.Op{}.Low))
	opHigh   = int(unsafe.Offsetof(fields.Op{}.High))
	opBytes  = int(unsafe.Sizeof(fields.Op{}))
)

// assumptions lists everything that the assembly takes from package fields.
var assumptions = []emit.Assumption{
	emit.Assume("unsafe.Offsetof(Tile{}.Seps)", uint64(tileSeps)),
	emit.Assume("unsafe.Offsetof(Tile{}.Quoted)", uint64(tileQuoted)),
	emit.Assume("unsafe.Offsetof(Tile{}.Quotes)", uint64(tileQuotes)),
	emit.Assume("unsafe.Offsetof(Tile{}.InnerLF)", uint64(tileInnerLF)),
	emit.Assume("unsafe.Offsetof(Syntax{}.Delimiter)", uint64(syntaxDelimiter)),
	emit.Assume("unsafe.Offsetof(Syntax{}.Quote)", uint64(syntaxQuote)),
	emit.Assume("unsafe.Offsetof(Syntax{}.Columns)", uint64(syntaxColumns)),
	emit.Assume("unsafe.Offsetof(Column{}.First)", uint64(columnFirst)),
	emit.Assume("unsafe.Offsetof(Column{}.Stride)", uint64(columnStride)),
	emit.Assume("unsafe.Offsetof(Slots{}.Base)", uint64(slotsBase)),
	emit.Assume("unsafe.Offsetof(Slots{}.Shift)", uint64(slotsShift)),
	emit.Assume("unsafe.Offsetof(Slots{}.Mask)", uint64(slotsMask)),
	emit.Assume("unsafe.Offsetof(Slots{}.Info)", uint64(slotsInfo)),
	emit.Assume("unsafe.Offsetof(Slots{}.Names)", uint64(slotsNames)),
	emit.Assume("unsafe.Offsetof(SlotInfo{}.Name)", uint64(infoName)),
	emit.Assume("unsafe.Sizeof(SlotInfo{})", uint64(infoBytes)),
	emit.Assume("unsafe.Offsetof(Line{}.Unit)", uint64(lineUnit)),
	emit.Assume("unsafe.Offsetof(Line{}.Count)", uint64(lineCount)),
	emit.Assume("unsafe.Offsetof(Line{}.Columns)", uint64(lineColumns)),
	emit.Assume("unsafe.Offsetof(Line{}.Ops)", uint64(lineOps)),
	emit.Assume("unsafe.Offsetof(Op{}.Values)", uint64(opValues)),
	emit.Assume("unsafe.Offsetof(Op{}.Min)", uint64(opMin)),
	emit.Assume("unsafe.Offsetof(Op{}.Max)", uint64(opMax)),
	emit.Assume("unsafe.Offsetof(Op{}.Sum)", uint64(opSum)),
	emit.Assume("unsafe.Offsetof(Op{}.Low)", uint64(opLow)),
	emit.Assume("unsafe.Offsetof(Op{}.High)", uint64(opHigh)),
	emit.Assume("unsafe.Sizeof(Op{})", uint64(opBytes)),
	emit.Assume("PadBefore", fields.PadBefore),
	emit.Assume("BlockBytes", fields.BlockBytes),
	emit.Assume("TileBytes", fields.TileBytes),
	emit.Assume("SlotUnit", fields.SlotUnit),
	emit.Assume("KeyBytes", fields.KeyBytes),
	emit.Assume("DoubledQuote", fields.DoubledQuote),
	emit.Assume("MaxScale", fields.MaxScale),
	emit.Assume("MaxWideScale", fields.MaxWideScale),
}

// prefetchBytes is how far ahead of the index pass the input is prefetched: one tile.
const prefetchBytes = fields.TileBytes
