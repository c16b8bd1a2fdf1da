//go:build !parquet

package main

import (
	"errors"
	"io"
)

// hasParquet says whether the program can write Parquet.
const hasParquet = false

func (r *groupResult) writeParquet(io.Writer) error { return errors.New("built without Parquet") }
