// Package delimited reads the rows of delimited text, such as CSV and TSV, as
// RFC 4180 describes it, and the numbers in it.
//
//	city,day,temp
//	Hamburg,"Monday, May 4",12.0
//	"The ""Hill""",Tuesday,-3.45
//
// In bytes, with "," for the delimiter and '"' for the quote of a [Syntax]:
//
//	input    = row { LF row } [ LF ]
//	row      = field { "," field } [ CR ]
//	field    = quoted | unquoted
//	quoted   = '"' { any byte but '"' | '""' } '"'
//	unquoted = { any byte but "," and LF }           no '"' either
//	number   = [ "+" | "-" ] digit { digit } [ point digit { digit } ]
//
// A field that begins with a quote is quoted. What is between its quotes is its
// content, in which a doubled quote stands for one. A delimiter, CR or LF inside
// quotes is content too, so that a row can span several lines. Only one CR, the last
// byte before the row's end, is not content. An empty line is a row with one empty
// field.
//
// Text outside this grammar is divided into rows as well, so that one bad row does
// not spoil the next. [Syntax.RowEnd] does that with four states and looks at each
// byte once, in order:
//
//	state       quote       delimiter    LF         other
//	FieldStart  Quoted      FieldStart   end        Unquoted
//	Unquoted    Unquoted    FieldStart   end        Unquoted
//	Quoted      AfterQuote  Quoted       Quoted     Quoted
//	AfterQuote  Quoted      FieldStart   end        Unquoted
//
// [Row.Read] divides one row into the contents of its fields, or says what is wrong
// with it. [Number] reads a number without rounding.
//
// The package uses nothing unsafe. It is the reference for the fast readers of
// package onebrc/engine, which read what they refuse with it.
package delimited
