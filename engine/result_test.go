package engine_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"math"
	"math/big"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"onebrc/engine"
	"onebrc/parse/oracle"
)

func TestTenths(t *testing.T) {
	for _, test := range []struct {
		tenths engine.Tenths
		text   string
	}{
		{0, "0.0"}, {1, "0.1"}, {-1, "-0.1"}, {-10, "-1.0"}, {999, "99.9"}, {-999, "-99.9"},
		{math.MaxInt64, "922337203685477580.7"}, {math.MinInt64, "-922337203685477580.8"},
	} {
		require.Equal(t, test.text, test.tenths.String())
		want, err := strconv.ParseFloat(test.text, 64)
		require.NoError(t, err)
		require.Equal(t, want, test.tenths.Float64())
		text, err := json.Marshal(test.tenths)
		require.NoError(t, err)
		require.Equal(t, test.text, string(text))
	}
}

// TestWriters checks that the output of WriteJSON and WriteCSV can be read back, for
// every golden input.
func TestWriters(t *testing.T) {
	for _, p := range oracle.Golden(t) {
		result, err := engine.Aggregate(t.Context(), engine.Options{}, engine.File(p.Path))
		require.NoError(t, err)
		var written bytes.Buffer
		require.NoError(t, result.WriteJSON(&written))
		var stations []struct {
			Name                string
			Min, Mean, Max, Sum json.Number
			Count               int64
		}
		require.NoError(t, json.Unmarshal(written.Bytes(), &stations), p.Name)
		require.Len(t, stations, len(result.Stations))
		written.Reset()
		require.NoError(t, result.WriteCSV(&written))
		records, err := csv.NewReader(&written).ReadAll()
		require.NoError(t, err, p.Name)
		require.Len(t, records, len(result.Stations)+1)
		i := 0
		for s := range result.All() {
			got := stations[i]
			i++
			require.Equal(t, strings.ToValidUTF8(s.Name, "\uFFFD") == s.Name, got.Name == s.Name)
			numbers := []string{s.Min.String(), s.Mean().String(), s.Max.String(), s.Sum.String()}
			require.Equal(t, numbers, []string{got.Min.String(), got.Mean.String(), got.Max.String(), got.Sum.String()})
			require.Equal(t, s.Count, got.Count)
			require.Equal(t, append(append([]string{s.Name}, numbers...), big.NewInt(s.Count).String()), records[i])
			found, ok := result.Lookup(s.Name)
			require.True(t, ok)
			require.Equal(t, s, found)
			_, ok = result.Lookup(s.Name + "\n")
			require.False(t, ok)
		}
	}
}
