//go:build parquet

package main

import (
	"bytes"
	"fmt"
	"io"
	"math/big"
	"reflect"
	"strconv"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/compress/zstd"

	"onebrc/engine"
)

// hasParquet says whether the program can write Parquet.
const hasParquet = true

const (
	decimalBytes = 16 // of a DECIMAL
	// A row group has at most so many rows, as DuckDB writes them, or a few more than so
	// many bytes of text. It is in memory until it is complete.
	rowGroupRows  = 122_880
	rowGroupBytes = 32 << 20
)

// parquetColumn is an output column.
type parquetColumn struct {
	parquet.Node
	name  string
	value func(g engine.Group) (parquet.Value, error) // null if the result is missing
}

// Name implements parquet.Field.
func (c parquetColumn) Name() string { return c.name }

// Value implements parquet.Field. It is not called for rows of parquet.Value.
func (c parquetColumn) Value(reflect.Value) reflect.Value { panic("a column of parquet.Value") }

// parquetColumns is the root of a schema. Unlike those of a parquet.Group, the columns stay
// in their order.
type parquetColumns struct {
	parquet.Group
	fields []parquet.Field
}

// Fields implements parquet.Node.
func (c parquetColumns) Fields() []parquet.Field { return c.fields }

// writeParquet writes the groups as a Parquet file.
func (r *groupResult) writeParquet(w io.Writer) error {
	var columns []parquetColumn
	root := parquetColumns{Group: parquet.Group{}}
	options := []parquet.WriterOption{parquet.Compression(&zstd.Codec{})}
	for i := range r.stream.Columns {
		c := r.parquetColumn(i)
		columns = append(columns, c)
		root.fields = append(root.fields, c)
		if c.Type().Kind() == parquet.FixedLenByteArray {
			// The writer would compare decimals as bytes: its bounds are wrong if some are
			// negative.
			options = append(options, parquet.SkipPageBounds(c.name))
		}
	}
	out := parquet.NewWriter(w, append(options, parquet.NewSchema("groups", root))...)
	var rows []parquet.Row
	written, size := 0, 0
	flush := func() error {
		if _, err := out.WriteRows(rows); err != nil {
			return err
		}
		written += len(rows)
		rows = rows[:0]
		if written < rowGroupRows && size < rowGroupBytes {
			return nil
		}
		written, size = 0, 0
		return out.Flush()
	}
	for g, err := range r.printed() {
		if err != nil {
			return err
		}
		row := make(parquet.Row, len(columns))
		for i, c := range columns {
			v, err := c.value(g)
			if err != nil {
				return err
			}
			present := 0
			if c.Optional() && !v.IsNull() {
				present = 1
			}
			row[i] = v.Level(0, present, i)
			size += len(v.Bytes())
		}
		if rows = append(rows, row); len(rows) == pieceGroups {
			if err := flush(); err != nil {
				return err
			}
		}
	}
	if err := flush(); err != nil {
		return err
	}
	return out.Close()
}

// parquetColumn returns output column i.
func (r *groupResult) parquetColumn(i int) parquetColumn {
	name := validUTF8(r.stream.Columns[i])
	if i < r.stream.Keys {
		return parquetColumn{parquet.String(), name, func(g engine.Group) (parquet.Value, error) {
			return parquet.ByteArrayValue([]byte(validUTF8(g.Key(i)))), nil
		}}
	}
	i -= r.stream.Keys
	c := parquetColumn{name: name}
	var value func(c engine.Cell) (parquet.Value, error)
	function := r.query.Aggregates[i].Func
	switch decimals := r.stream.Decimals(i); {
	case function.IsText():
		c.Node = parquet.Optional(parquet.String())
		value = func(c engine.Cell) (parquet.Value, error) {
			return parquet.ByteArrayValue([]byte(validUTF8(c.String()))), nil
		}
	case function == engine.FuncCount || function == engine.FuncDistinct:
		c.Node = parquet.Int(64)
		value = func(c engine.Cell) (parquet.Value, error) {
			n, err := strconv.ParseInt(c.String(), 10, 64)
			return parquet.Int64Value(n), err
		}
	case decimals < 0 && r.decimals < 0:
		c.Node = parquet.Optional(parquet.Leaf(parquet.DoubleType))
		value = func(c engine.Cell) (parquet.Value, error) { return parquet.DoubleValue(c.Float64()), nil }
	default:
		if decimals < 0 {
			decimals = r.decimals
		}
		c.Node = parquet.Optional(parquet.Decimal(decimals, parquetDigits, parquet.FixedLenByteArrayType(decimalBytes)))
		value = func(cell engine.Cell) (parquet.Value, error) {
			text := r.appendNumber(nil, cell)
			b, ok := decimal128(text)
			if !ok {
				return parquet.Value{}, fmt.Errorf("--format parquet: %s is %s, but a DECIMAL has at most %d digits", printable(c.name), text, parquetDigits)
			}
			return parquet.FixedLenByteArrayValue(b), nil
		}
	}
	c.value = func(g engine.Group) (parquet.Value, error) {
		if cell := g.Cell(i); !cell.Missing() {
			return value(cell)
		}
		return parquet.NullValue(), nil
	}
	return c
}

// decimal128 returns the digits of a decimal as an integer in two's complement, the most
// significant byte first. ok is false if they are too many.
func decimal128(text []byte) (b []byte, ok bool) {
	n, ok := new(big.Int).SetString(string(bytes.ReplaceAll(text, []byte("."), nil)), 10)
	if !ok || n.CmpAbs(decimalEnd) >= 0 {
		return nil, false
	}
	if n.Sign() < 0 {
		n.Add(n, twoTo128)
	}
	return n.FillBytes(make([]byte, decimalBytes)), true
}

var (
	decimalEnd = new(big.Int).Exp(big.NewInt(10), big.NewInt(parquetDigits), nil)
	twoTo128   = new(big.Int).Lsh(big.NewInt(1), 8*decimalBytes)
)
