package engine_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"strings"

	"onebrc/engine"
)

func ExampleAggregate() {
	rows := []byte("Hamburg;12.0\nBulawayo;8.9\nHamburg;-2.5\n")
	result, err := engine.Aggregate(context.Background(), engine.Options{}, engine.Bytes("rows", rows))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Print(result)
	// Output: {Bulawayo=8.9/8.9/8.9, Hamburg=-2.5/4.8/12.0}
}

// A Stream holds only some of the stations at a time.
func ExampleAggregateStream() {
	rows := []byte("Hamburg;12.0\nBulawayo;8.9\nHamburg;-2.5\n")
	stream, err := engine.AggregateStream(context.Background(), engine.Options{}, engine.Bytes("rows", rows))
	if err != nil {
		log.Fatal(err)
	}
	defer stream.Close()
	fmt.Println(stream.Names, "names,", stream.Rows, "rows")
	for s, err := range stream.All() {
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(s.Name, s.Mean())
	}
	// Output:
	// 2 names, 3 rows
	// Bulawayo 8.9
	// Hamburg 4.8
}

// Numbers are exact, in tenths. They print as decimals.
func ExampleAggregate_stations() {
	input := engine.Reader("stdin", strings.NewReader("Hamburg;12.0\nBulawayo;8.9\nHamburg;-2.5\n"))
	result, err := engine.Aggregate(context.Background(), engine.Options{Workers: 2}, input)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(result.Rows, "rows,", result.Bytes, "bytes")
	for s := range result.All() {
		fmt.Println(s.Name, s.Min, s.Mean(), s.Max, s.Sum.Float64(), s.Count)
	}
	// Output:
	// 3 rows, 39 bytes
	// Bulawayo 8.9 8.9 8.9 8.9 1
	// Hamburg -2.5 4.8 12.0 9.5 2
}

// Several inputs are aggregated as if they were one.
func ExampleAggregate_files() {
	dir, err := os.MkdirTemp("", "example")
	if err != nil {
		log.Fatal(err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	var inputs []engine.Input
	for name, rows := range map[string]string{"monday.txt": "Hamburg;12.0\n", "tuesday.txt": "Hamburg;14.0\n"} {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(rows), 0o600); err != nil {
			log.Fatal(err)
		}
		inputs = append(inputs, engine.File(path))
	}
	result, err := engine.Aggregate(context.Background(), engine.Options{}, inputs...)
	if err != nil {
		log.Fatal(err)
	}
	if _, err := result.WriteTo(os.Stdout); err != nil {
		log.Fatal(err)
	}
	// Output: {Hamburg=12.0/13.0/14.0}
}

// A row outside the grammar ends the run, and the error says where it is.
func ExampleRowError() {
	input := engine.Bytes("rows.txt", []byte("Hamburg;12.0\nBulawayo;8,9\n"))
	_, err := engine.Aggregate(context.Background(), engine.Options{}, input)
	fmt.Println(err)
	var bad *engine.RowError
	if errors.As(err, &bad) {
		fmt.Printf("line %d, offset %d: %s in %q\n", bad.Line, bad.Offset, string(bad.Reason), bad.Row)
	}
	fmt.Println(errors.Is(err, engine.ErrBadValue))
	// Output:
	// rows.txt:2: byte 13: bad-value: "Bulawayo;8,9"
	// line 2, offset 13: bad-value in "Bulawayo;8,9"
	// true
}

// If OnBadRow is set, it is called for bad rows, and they are skipped.
func ExampleOptions_onBadRow() {
	options := engine.Options{OnBadRow: func(bad *engine.RowError) error {
		fmt.Println(bad)
		return nil
	}}
	input := engine.Bytes("rows.txt", []byte("Hamburg;12.0\nBulawayo;8,9\nHamburg;14.0\n"))
	result, err := engine.Aggregate(context.Background(), options, input)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Print(result.Rows, " rows and ", result.BadRows, " bad one: ", result)
	// Output:
	// rows.txt:2: byte 13: bad-value: "Bulawayo;8,9"
	// 2 rows and 1 bad one: {Hamburg=12.0/13.0/14.0}
}

func ExampleResult_Lookup() {
	rows := engine.Bytes("rows", []byte("Hamburg;12.0\nBulawayo;8.9\n"))
	result, err := engine.Aggregate(context.Background(), engine.Options{}, rows)
	if err != nil {
		log.Fatal(err)
	}
	if s, ok := result.Lookup("Hamburg"); ok {
		fmt.Println(s.Max)
	}
	// Output: 12.0
}

func ExampleResult_WriteJSON() {
	rows := engine.Bytes("rows", []byte("Hamburg;12.0\nBulawayo;8.9\nHamburg;-2.5\n"))
	result, err := engine.Aggregate(context.Background(), engine.Options{}, rows)
	if err != nil {
		log.Fatal(err)
	}
	if err := result.WriteJSON(os.Stdout); err != nil {
		log.Fatal(err)
	}
	// Output:
	// [
	// {"name":"Bulawayo","min":8.9,"mean":8.9,"max":8.9,"sum":8.9,"count":1},
	// {"name":"Hamburg","min":-2.5,"mean":4.8,"max":12.0,"sum":9.5,"count":2}
	// ]
}

func ExampleResult_WriteCSV() {
	rows := engine.Bytes("rows", []byte("\"Santa\", Cruz;12.0\nBulawayo;8.9\n"))
	result, err := engine.Aggregate(context.Background(), engine.Options{}, rows)
	if err != nil {
		log.Fatal(err)
	}
	if err := result.WriteCSV(os.Stdout); err != nil {
		log.Fatal(err)
	}
	// Output:
	// name,min,mean,max,sum,count
	// """Santa"", Cruz",12.0,12.0,12.0,12.0,1
	// Bulawayo,8.9,8.9,8.9,8.9,1
}

// Names sort as in Java, by UTF-16 code units.
func ExampleCompare() {
	emoji, private := "\U0001F600", "\uE000"
	fmt.Println(engine.Compare("a", "b") < 0, engine.Compare(emoji, private) < 0, emoji < private)
	// Output: true true false
}

func ExampleStation_Mean() {
	for _, sum := range []engine.Tenths{5, -5, -15} { // ties are rounded up
		fmt.Println(engine.Station{Sum: sum, Count: 10}.Mean())
	}
	// Output:
	// 0.1
	// 0.0
	// -0.1
}

// A measurement says where the time of a run went. Here one of two workers read the
// only chunk.
func ExampleOptions_measure() {
	options := engine.Options{Workers: 2, Measure: true}
	result, err := engine.Aggregate(context.Background(), options, engine.Bytes("rows", []byte("Oslo;1.0\nNuuk;2.0\n")))
	if err != nil {
		fmt.Println(err)
		return
	}
	run := result.Measurement
	total := run.Total()
	fmt.Println(len(run.Workers), "workers,", total.Chunks, "chunk,", total.Rows, "rows")
	fmt.Println("waited for the slowest chunk:", run.Latency.Max > 0)
	// Output:
	// 2 workers, 1 chunk, 2 rows
	// waited for the slowest chunk: true
}
