// Package parse reads the rows of the One Billion Row Challenge.
//
// A row is the name of a weather station and a temperature:
//
//	Hamburg;12.0
//	Ulaanbaatar;-3.4
//
// In bytes:
//
//	row   = name ";" value [ CR ] LF      the last row may lack its LF
//	name  = 1 to 100 bytes, any except ";" and LF
//	value = [ "-" ] digit [ digit ] "." digit
//
// [Row] reads one row:
//
//	name, tenths, why := parse.Row([]byte("Hamburg;12.0"))
//	if why != "" {
//		return why
//	}
//	fmt.Printf("%s: %d tenths\n", name, tenths)
//
// A value is an integer in tenths of a degree, from [MinTenths] to [MaxTenths],
// so that no arithmetic on it rounds.
//
// A row outside the grammar has a [Reason], which is an error: errors.Is(err,
// parse.BadValue) holds for any error that wraps BadValue.
//
// The package is slow and strict, and uses nothing unsafe. It is the reference
// for the fast readers of package onebrc/engine, which take the limits and the
// shapes of a value from here and use Row to say what is wrong with a row that
// they refuse.
package parse
