package parse_test

import (
	"bytes"
	"errors"
	"fmt"

	"onebrc/parse"
)

func Example() {
	input := []byte("Hamburg;12.0\nUlaanbaatar;-3.4\nOslo;warm\n")
	for row := range bytes.Lines(input) {
		name, tenths, why := parse.Row(bytes.TrimSuffix(row, []byte{'\n'}))
		if why != "" {
			fmt.Printf("bad row %q: %s\n", row, string(why))
			continue
		}
		fmt.Printf("%s: %d tenths\n", name, tenths)
	}
	// Output:
	// Hamburg: 120 tenths
	// Ulaanbaatar: -34 tenths
	// bad row "Oslo;warm\n": bad-value
}

func ExampleReason() {
	_, _, why := parse.Row([]byte("Oslo;100.0"))
	err := fmt.Errorf("line 3: %w", why)
	fmt.Println(err)
	fmt.Println(errors.Is(err, parse.BadValue))
	// Output:
	// line 3: parse: bad-value
	// true
}

func ExampleTenths() {
	for _, value := range []string{"-5.3", "07.0", "7"} {
		fmt.Println(parse.Tenths([]byte(value)))
	}
	// Output:
	// -53 true
	// 70 true
	// 0 false
}

func ExampleShapes() {
	fmt.Println(parse.Shapes())
	// Output: [0.0 -0.0 00.0 -00.0]
}
