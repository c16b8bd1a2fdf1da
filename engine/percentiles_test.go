package engine

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"onebrc/parse"
	"onebrc/parse/oracle"
)

var testedPercentiles = []string{"50", "99.9", "0", "100", "33.333"}

// sortedValues returns the values of each name in the good rows of input, in ascending order.
func sortedValues(input string) map[string][]int {
	values := map[string][]int{}
	for row := range strings.Lines(input) {
		if name, tenths, why := parse.Row([]byte(strings.TrimSuffix(row, "\n"))); why == "" {
			values[string(name)] = append(values[string(name)], tenths)
		}
	}
	for _, v := range values {
		slices.Sort(v)
	}
	return values
}

// requirePercentiles checks that result has testedPercentiles of values, and otherwise
// line.
func requirePercentiles(t *testing.T, values map[string][]int, line string, result *Result) {
	t.Helper()
	require.Equal(t, testedPercentiles, result.Percentiles)
	require.Len(t, result.Stations, len(values))
	for _, s := range result.Stations {
		sorted := values[s.Name]
		for i, p := range testedPercentiles {
			part, ok := new(big.Rat).SetString(p)
			require.True(t, ok)
			part.Mul(part, big.NewRat(int64(len(sorted)), 100))
			rank := new(big.Int).Add(part.Num(), part.Denom())
			rank.Sub(rank, big.NewInt(1)).Div(rank, part.Denom()) // rounded up
			if want := Tenths(sorted[max(rank.Int64(), 1)-1]); s.Percentile(i) != want {
				t.Fatalf("%q: percentile %s of %d values is %s, got %s", s.Name, p, len(sorted), want, s.Percentile(i))
			}
		}
	}
	without := Result{Stations: result.Stations}
	require.Equal(t, line, without.String())
}

// randomNames returns rows of so many names, of which some are frequent.
func randomNames(seed uint64, names, rows int) string {
	r := rand.New(rand.NewPCG(seed, 16))
	var b strings.Builder
	for range rows {
		name := int(float64(names) * r.Float64() * r.Float64())
		tenths := Tenths(max(min(r.NormFloat64()*100+float64(name%400), parse.MaxTenths), parse.MinTenths))
		fmt.Fprintf(&b, "%0*d;%s\n", 1+name%3*20, name, tenths)
	}
	return b.String()
}

// TestPercentiles compares with sorting, over kernels, workers, chunk sizes, tables that
// overflow, and several inputs.
func TestPercentiles(t *testing.T) {
	inputs := map[string]string{
		"few names":  randomNames(1, 400, 10_000),
		"many names": randomNames(2, 2_000, 10_000),
		"one value":  strings.Repeat("a;1.0\n", 70_000),
	}
	for i, p := range oracle.Golden(t) {
		if len(p.Input) < 10_000 && i%4 == 0 {
			inputs[p.Name] = p.Input
		}
	}
	lines, values := map[string]string{}, map[string]map[string][]int{}
	for name, input := range inputs {
		lines[name], _ = oracle.Aggregate(input)
		values[name] = sortedValues(input)
	}
	var all []Options
	for _, k := range TestedKernels(t) {
		for _, workers := range []int{1, 2, 5} {
			all = append(all, Options{Kernel: k, Workers: workers, ChunkBytes: MinChunkBytes})
		}
		all = append(all, Options{Kernel: k})
	}
	folder := t.TempDir()
	all = append(all, overflowing(t, folder, 2)...)
	for i, o := range all {
		o.Percentiles = testedPercentiles
		for name, input := range inputs {
			// Rows do not continue in the next input.
			cut := strings.LastIndexByte(input[:len(input)/3], '\n') + 1
			ins := []Input{Bytes("a", []byte(input[:cut])), Reader("b", strings.NewReader(input[cut:]))}
			if i%2 == 0 {
				ins = []Input{Bytes("input", []byte(input))}
			}
			result, err := Aggregate(context.Background(), o, ins...)
			require.NoError(t, err)
			requirePercentiles(t, values[name], lines[name], result)
		}
	}
	requireEmpty(t, folder)
}

// TestPercentilesMemory gives runs more and more memory. They fail up to some limit, and
// from there on have the same result.
func TestPercentilesMemory(t *testing.T) {
	input := randomNames(3, 20_000, 40_000)
	line, _ := oracle.Aggregate(input)
	values := sortedValues(input)
	folder := t.TempDir()
	succeeded := 0
	for limit := int64(8 << 20); limit < 300<<20; limit += limit {
		o := Options{Workers: 2, ChunkBytes: 64 << 10, MaxMemory: limit, TempDir: folder, Percentiles: testedPercentiles}
		result, err := Aggregate(context.Background(), o, Bytes("input", []byte(input)))
		if err != nil {
			require.ErrorIs(t, err, ErrMemory)
			require.Zero(t, succeeded, "%d bytes were enough", limit)
			continue
		}
		succeeded++
		requirePercentiles(t, values, line, result)
	}
	require.Greater(t, succeeded, 2)
	requireEmpty(t, folder)
}

// TestPercentilesSkip leaves out bad rows.
func TestPercentilesSkip(t *testing.T) {
	for _, b := range oracle.BadInputs(t) {
		line, _ := oracle.Skip(b.Input)
		o := Options{Percentiles: testedPercentiles, OnBadRow: func(*RowError) error { return nil }}
		result, err := Aggregate(context.Background(), o, Bytes("input", []byte(b.Input)))
		require.NoError(t, err)
		requirePercentiles(t, sortedValues(b.Input), line, result)
	}
}

// TestPercentileFormats checks the formats of a result and of a stream, in memory and from
// partitions.
func TestPercentileFormats(t *testing.T) {
	input := []byte("b;1.0\nb;3.0\nb;-2.0\na;0.5\nb;3.0\n")
	spilled := overflowing(t, t.TempDir(), 1)[0]
	for _, o := range []Options{{}, spilled} {
		o.Percentiles = []string{"50", "99.9", "0"}
		result, err := Aggregate(context.Background(), o, Bytes("input", input))
		require.NoError(t, err)
		require.Equal(t, o.Percentiles, result.Percentiles)
		b, found := result.Lookup("b")
		require.True(t, found)
		require.Equal(t, []Tenths{10, 30, -20}, []Tenths{b.Percentile(0), b.Percentile(1), b.Percentile(2)})
		require.Panics(t, func() { b.Percentile(3) })
		require.Panics(t, func() { b.Percentile(-1) })

		stream := func() *Stream {
			s, err := AggregateStream(context.Background(), o, Bytes("input", input))
			require.NoError(t, err)
			require.Equal(t, o.Percentiles, s.Percentiles)
			return s
		}
		var kept []Station
		for s, err := range stream().All() {
			require.NoError(t, err)
			kept = append(kept, s)
		}
		require.Equal(t, result.Stations, kept)

		var asJSON, asCSV, line, other bytes.Buffer
		require.NoError(t, result.WriteJSON(&asJSON))
		require.Equal(t, `[
{"name":"a","min":0.5,"mean":0.5,"max":0.5,"sum":0.5,"count":1,"p50":0.5,"p99.9":0.5,"p0":0.5},
{"name":"b","min":-2.0,"mean":1.3,"max":3.0,"sum":5.0,"count":4,"p50":1.0,"p99.9":3.0,"p0":-2.0}
]
`, asJSON.String())
		require.True(t, json.Valid(asJSON.Bytes()))
		require.NoError(t, stream().WriteJSON(&other))
		require.Equal(t, asJSON.String(), other.String())

		require.NoError(t, result.WriteCSV(&asCSV))
		rows, err := csv.NewReader(bytes.NewReader(asCSV.Bytes())).ReadAll()
		require.NoError(t, err)
		require.Equal(t, [][]string{
			{"name", "min", "mean", "max", "sum", "count", "p50", "p99.9", "p0"},
			{"a", "0.5", "0.5", "0.5", "0.5", "1", "0.5", "0.5", "0.5"},
			{"b", "-2.0", "1.3", "3.0", "5.0", "4", "1.0", "3.0", "-2.0"},
		}, rows)
		other.Reset()
		require.NoError(t, stream().WriteCSV(&other))
		require.Equal(t, asCSV.String(), other.String())

		_, err = stream().WriteTo(&line)
		require.NoError(t, err)
		require.Equal(t, "{a=0.5/0.5/0.5/0.5/0.5/0.5, b=-2.0/1.3/3.0/1.0/3.0/-2.0}\n", line.String())
	}
}

func TestPercentilesRefused(t *testing.T) {
	for _, wrong := range []struct {
		percentiles []string
		problem     string
	}{
		{[]string{"50", "101"}, `must be a number from 0 to 100 with at most 15 decimals, got "101"`},
		{[]string{""}, `must be a number from 0 to 100 with at most 15 decimals, got ""`},
		{[]string{"50", "99", "50.0"}, `must be different, got 50.0 again`},
	} {
		o := Options{Percentiles: wrong.percentiles}
		_, err := Aggregate(context.Background(), o, Bytes("input", []byte("a;1.0\n")))
		for _, err := range []error{err, o.Check()} {
			require.EqualError(t, err, "engine: Percentiles "+wrong.problem)
			var option *OptionError
			require.True(t, errors.As(err, &option))
		}
	}
	o := Options{Percentiles: []string{"50"}}
	_, err := AggregatePartial(context.Background(), o, BadRowsFail)
	require.EqualError(t, err, "engine: Percentiles must be empty for a partial result")
	_, err = GroupBy(context.Background(), Query{}, o, Bytes("input", []byte("a\n1\n")))
	require.EqualError(t, err, "engine: Percentiles must be empty for GroupBy")
}
