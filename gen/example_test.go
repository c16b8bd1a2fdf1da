package gen_test

import (
	"context"
	"fmt"
	"os"

	"onebrc/gen"
)

func Example() {
	err := gen.Write(context.Background(), os.Stdout, gen.Options{Rows: 3, Seed: 1})
	if err != nil {
		fmt.Println(err)
	}
	// Output:
	// Dubrovnik;13.3
	// Kingston;43.4
	// Douala;28.0
}

func ExampleParseRows() {
	fmt.Println(gen.ParseRows("1.5e6"))
	fmt.Println(gen.ParseRows("10M"))
	// Output:
	// 1500000 <nil>
	// 10000000 <nil>
}
