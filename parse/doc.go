// Package parse knows the grammar of a row and turns bytes into rows.
//
// Grammar, in bytes:
//
//	row   = name ';' value [ CR ] LF       the last row may lack its LF
//	name  = 1 to 100 bytes, any but ';' and LF
//	value = [ '-' ] digit [ digit ] '.' digit
//
// Two readers of that grammar stand side by side:
//
//   - Row reads one row strictly and says what is wrong with a bad one. It is
//     slow, obvious and the reference for everything else.
//
//   - The passes index and decode read a tile of a few KiB at a time, branch
//     only on rare events, and say whether the whole tile can be trusted:
//
//     bytes ──index──▶ Tile.Starts ──decode──▶ Tile.Len, Hash, Value
//
// The index pass looks for LF alone. The value of a row ends at its LF and is
// 3 to 5 bytes long, so the decode pass finds the ';' from the 8 bytes that end
// at the LF and checks each of them. What it can't see is a second ';' inside
// the name; a name is checked once, when the table first meets it (package
// engine/table), because every later row has to equal a checked name.
//
// Values are integers in tenths of a degree, from -999 to 999. The passes
// store them biased by ValueBias, so that they are never negative.
package parse
