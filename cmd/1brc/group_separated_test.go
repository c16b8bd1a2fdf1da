package main

import (
	"bytes"
	"encoding/csv"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

// separatedBy returns rows as separated writes them.
func separatedBy(delimiter byte, rows [][]string) string {
	s := separated{delimiter: delimiter}
	for _, row := range rows {
		for _, field := range row {
			s.field(append(s.begin(), field...), true)
		}
		s.endRow()
	}
	return string(s.text)
}

// TestSeparated compares rows with those of package encoding/csv: all contents of up to
// three bytes that decide about quotes, alone and in a row of random ones.
func TestSeparated(t *testing.T) {
	parts := []string{"", `\`, ".", "a", "7", "-", `"`, ",", "\t", "\n", "\r", " ", "\v", "\u00a0", "\u2028", "é", "\xff", "\x85", "\x00"}
	var fields []string
	for _, a := range parts {
		for _, b := range parts {
			for _, c := range parts {
				fields = append(fields, a+b+c)
			}
		}
	}
	r := rand.New(rand.NewPCG(1, 2))
	for _, delimiter := range ",\t" {
		var want bytes.Buffer
		w := csv.NewWriter(&want)
		w.Comma = delimiter
		var rows [][]string
		for _, field := range fields {
			rows = append(rows, []string{field, fields[r.IntN(len(fields))], fields[r.IntN(len(fields))]})
			if field != "" {
				rows = append(rows, []string{field})
			}
		}
		require.NoError(t, w.WriteAll(rows))
		require.Equal(t, want.String(), separatedBy(byte(delimiter), rows))
		require.Equal(t, "\"\"\n", separatedBy(byte(delimiter), [][]string{{""}}), "package csv writes an empty line")
	}
}
