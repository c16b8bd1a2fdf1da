package delimited_test

import (
	"fmt"
	"strings"

	"onebrc/parse/delimited"
)

func Example() {
	syntax := delimited.Syntax{Delimiter: ',', Quote: '"', HasQuote: true}
	input := []byte("Hamburg,\"Monday, May 4\",12.0\n\"The \"\"Hill\"\"\",Tuesday,-3.45\nOslo,5\n")
	var row delimited.Row
	for len(input) > 0 {
		end, _ := syntax.RowEnd(input, delimited.FieldStart)
		if why := row.Read(syntax, input[:end], 3); why != "" {
			fmt.Printf("bad row %q: %s\n", input[:end], string(why))
		} else {
			coefficient, decimals, ok := delimited.Number(row.Fields[2], '.')
			fmt.Printf("%s | %s | %de-%d %v\n", row.Fields[0], row.Fields[1], coefficient, decimals, ok)
		}
		input = input[end+1:]
	}
	// Output:
	// Hamburg | Monday, May 4 | 120e-1 true
	// The "Hill" | Tuesday | -345e-2 true
	// bad row "Oslo,5": field-count
}

func ExampleSyntax_RowEnd() {
	syntax := delimited.Syntax{Delimiter: ',', Quote: '"', HasQuote: true}
	state, length := delimited.FieldStart, 0
	for _, part := range []string{"a,\"first", " line\nsecond", " line\"", ",b\nnext row"} {
		var end int
		if end, state = syntax.RowEnd([]byte(part), state); end >= 0 {
			fmt.Println("the row has", length+end, "bytes")
			break
		}
		length += len(part)
	}
	// Output: the row has 28 bytes
}

func ExampleSyntax_AppendField() {
	syntax := delimited.Syntax{Delimiter: ';', Quote: '"', HasQuote: true}
	var b []byte
	for _, content := range strings.Fields(`plain a;b a"b`) {
		b = syntax.AppendField(b, []byte(content))
		b = append(b, ' ')
	}
	fmt.Printf("%s\n", b)
	// Output: plain "a;b" "a""b"
}

func ExampleNumber() {
	for _, text := range []string{"-12.50", "+007", "1e3", "1,5"} {
		fmt.Println(delimited.Number([]byte(text), '.'))
	}
	// Output:
	// -1250 2 true
	// 7 0 true
	// 0 0 false
	// 0 0 false
}
