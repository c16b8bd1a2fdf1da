//go:build parquet

package main

import (
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/parquet-go/parquet-go"
	"github.com/stretchr/testify/require"
)

// readParquet returns the schema and the rows of a file, and how many rows each row group
// has. A missing value is nil.
func readParquet(t *testing.T, path string) (schema string, rows [][]any, sizes []int64) {
	t.Helper()
	file, err := os.Open(path)
	require.NoError(t, err)
	defer file.Close()
	info, err := file.Stat()
	require.NoError(t, err)
	read, err := parquet.OpenFile(file, info.Size())
	require.NoError(t, err)
	value := func(column int, v parquet.Value) any {
		switch field := read.Schema().Fields()[column]; {
		case v.IsNull():
			return nil
		case v.Kind() == parquet.FixedLenByteArray:
			n := new(big.Int).SetBytes(v.Bytes())
			if n.Bit(127) == 1 {
				n.Sub(n, new(big.Int).Lsh(big.NewInt(1), 128))
			}
			return n.String() + " of " + field.Type().String()
		case v.Kind() == parquet.Int64:
			return v.Int64()
		case v.Kind() == parquet.Double:
			return v.Double()
		}
		return v.String()
	}
	for _, group := range read.RowGroups() {
		sizes = append(sizes, group.NumRows())
		reader := group.Rows()
		buffer := make([]parquet.Row, 1000)
		for left := group.NumRows(); left > 0; {
			n, err := reader.ReadRows(buffer)
			require.Positive(t, n, err)
			for _, row := range buffer[:n] {
				var values []any
				for column, v := range row {
					values = append(values, value(column, v))
				}
				rows = append(rows, values)
			}
			left -= int64(n)
		}
		require.NoError(t, reader.Close())
	}
	return read.Schema().String(), rows, sizes
}

// parquetOf runs 1brc group on an input and reads the file that it writes.
func parquetOf(t *testing.T, input string, args ...string) (schema string, rows [][]any, sizes []int64) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "out.parquet")
	require.Equal(t, success(""), group(t, input, append(args, "-f", "parquet", "-o", path)...))
	return readParquet(t, path)
}

func TestGroupParquet(t *testing.T) {
	input := "z,v,w\nb,-1.25,\nb,0.5,1\n\"\xff,\",99999999999999999.9,2\nc,,\n"
	list := "count,count(v),sum(v),min(v),max(v) as \xfe,mean(v),var(v)"
	schema, rows, _ := parquetOf(t, input, "-g", "z", "-a", list)
	require.Equal(t, `message groups {
	required binary z (STRING);
	required int64 count (INT(64,true));
	required int64 count(v) (INT(64,true));
	optional fixed_len_byte_array(16) sum(v) (DECIMAL(38,2));
	optional fixed_len_byte_array(16) min(v) (DECIMAL(38,2));
	optional fixed_len_byte_array(16) �`+` (DECIMAL(38,2));
	optional double mean(v);
	optional double var(v);
}`, schema)
	decimal := func(digits string) string { return digits + " of DECIMAL(38,2)" }
	require.Equal(t, [][]any{
		{"b", int64(2), int64(2), decimal("-75"), decimal("-125"), decimal("50"), -0.375, 1.53125},
		{"c", int64(1), int64(0), nil, nil, nil, nil, nil},
		{"�,", int64(1), int64(1), decimal("9999999999999999990"), decimal("9999999999999999990"), decimal("9999999999999999990"), 99999999999999999.9, nil},
	}, rows)

	_, rows, _ = parquetOf(t, input, "-a", "distinct(w),mode(z),median(v),first(v),last(z),any(w)")
	require.Equal(t, [][]any{{int64(2), "b", decimal("50"), "-1.25", "c", "1"}}, rows)
	schema, rows, _ = parquetOf(t, input, "-a", "mode(z),median(v)", "-w", "z=b", "--interpolate")
	require.Contains(t, schema, "optional double median(v);")
	require.Equal(t, [][]any{{"b", -0.375}}, rows)
	_, rows, _ = parquetOf(t, input, "-g", "z", "-a", "mean(v),stddev(v)", "--decimals", "3", "--sort", "-z", "--limit", "2")
	require.Equal(t, [][]any{
		{"�,", "99999999999999999900 of DECIMAL(38,3)", nil}, {"c", nil, nil},
	}, rows)
	_, rows, sizes := parquetOf(t, "z\n", "-g", "z")
	require.Empty(t, rows)
	require.Empty(t, sizes)
}

// TestGroupParquetRowGroups has more groups than a row group, and keys that are long.
func TestGroupParquetRowGroups(t *testing.T) {
	const count = rowGroupRows + 1000
	var input strings.Builder
	for i := range count {
		fmt.Fprintf(&input, "%07d\n", i)
	}
	_, rows, sizes := parquetOf(t, input.String(), "-n", "-g", "1")
	require.Equal(t, []int64{rowGroupRows, 1000}, sizes)
	for i, row := range rows {
		require.Equal(t, []any{fmt.Sprintf("%07d", i), int64(1)}, row)
	}

	input.Reset()
	long := strings.Repeat("x", 60_000)
	for i := range 1000 {
		fmt.Fprintf(&input, "%s%04d\n", long, i)
	}
	_, rows, sizes = parquetOf(t, input.String(), "-n", "-g", "1")
	require.Greater(t, len(sizes), 1)
	for i, row := range rows {
		require.Equal(t, []any{fmt.Sprintf("%s%04d", long, i), int64(1)}, row)
	}
}

// TestGroupParquetRefused has what a Parquet file cannot have. The old file stays.
func TestGroupParquetRefused(t *testing.T) {
	path := write(t, "old.parquet", "old")
	sums := "v\n" + strings.Repeat("999999999999999999\n0.000000000000000001\n", 200)
	_, rows, _ := parquetOf(t, sums, "-a", "max(v)")
	require.Equal(t, [][]any{{"999999999999999999000000000000000000 of DECIMAL(38,18)"}}, rows)
	got := group(t, sums, "-a", "sum(v) as total", "-f", "parquet", "-o", path)
	require.Equal(t, "--output: --format parquet: total is 199999999999999999800.000000000000000200, but a DECIMAL has at most 38 digits", requireFailure(t, got))
	content, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, "old", string(content))

	requireUsage(t, group(t, "", "-a", "count,count", "-f", "parquet"),
		`--format parquet: two output columns have the name "count"; rename one in --agg with as NAME`)
	requireUsage(t, group(t, "", "-f", "parquet", "--decimals", "39"), "--decimals must be at most 38 with --format parquet")
}
