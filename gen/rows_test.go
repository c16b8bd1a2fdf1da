package gen

import (
	"math"
	"math/big"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

var goodRows = map[string]int64{
	"0": 0, "000": 0, "0.0": 0, "0e999999999999": 0, "0M": 0, "1": 1, "007": 7, "1000": 1000,
	"1_000_000": 1e6, "1_0": 10, "10M": 1e7, "3k": 3000, "3K": 3000, "2G": 2e9, "2B": 2e9, "1.5k": 1500,
	"0.001k": 1, "1e9": 1e9, "1E9": 1e9, "1e+9": 1e9, "1.5e6": 1.5e6, "1_0.2_5e2": 1025, "100e-2": 1,
	"1.0": 1, "2.50e1": 25, "1.000000000000000000000": 1, "1e0": 1, "1e18": 1e18, "9e18": 9e18,
	"9007199254740993":                      1<<53 + 1, // not a float64
	"9.007199254740993e15":                  1<<53 + 1,
	"9223372036854775807":                   math.MaxInt64,
	"9.223372036854775807e18":               math.MaxInt64,
	"9223372036.854775807G":                 math.MaxInt64,
	"1" + strings.Repeat("0", 60) + "e-60":  1,
	"0." + strings.Repeat("0", 60) + "1e61": 1,
}

// badRows maps a text to words in its error.
var badRows = map[string]string{
	"": "empty", "-1": "0 or more", "-": "0 or more", "-1e9": "0 or more", "0.5": "whole", "1.5": "whole",
	"1e-1": "whole", "0.0001k": "whole", "1e-999999999999": "whole", "9223372036854775808": "at most",
	"1e19": "at most", "1e999999999999": "at most", "10000000000G": "at most", "9.3e18": "at most",
	"18446744073709551616": "at most", "x": "form", "1x": "form", "k": "form", "M": "form", "e": "form",
	"e9": "form", "1e": "form", "1e+": "form", "1e1.5": "form", "1e1_0": "form", "1ee9": "form", "1e9k": "form",
	"1kk": "form", ".5k": "form", "5.": "form", "1.5.0": "form", ".": "form", "_1": "form", "1_": "form",
	"1__0": "form", "1_.0": "form", "1._0": "form", "1_k": "form", "+1": "form", " 1": "form", "1 ": "form",
	"1,000": "form", "0x10": "form", "NaN": "form", "Inf": "form", "1m": "form", "１": "form", "1\x00": "form",
}

func TestParseRows(t *testing.T) {
	for text, want := range goodRows {
		got, err := ParseRows(text)
		require.NoError(t, err)
		require.Equal(t, want, got, "%q", text)
		got, err = ParseNames(text)
		require.NoError(t, err)
		require.Equal(t, want, got, "%q", text)
	}
	for text, reason := range badRows {
		_, err := ParseRows(text)
		require.ErrorIs(t, err, ErrRows, "%q", text)
		require.ErrorContains(t, err, reason, "%q", text)
		require.ErrorContains(t, err, strconv.Quote(text))
		_, err = ParseNames(text)
		require.ErrorIs(t, err, ErrNames, "%q", text)
		require.ErrorContains(t, err, reason, "%q", text)
	}
}

// FuzzParseRows compares ParseRows with exact rational arithmetic: of the texts that
// exactRows knows, ParseRows must accept exactly the whole numbers in range.
func FuzzParseRows(f *testing.F) {
	for text := range goodRows {
		f.Add(text)
	}
	for text := range badRows {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		rows, err := ParseRows(text)
		if err != nil {
			require.ErrorIs(t, err, ErrRows)
		}
		exact, known := exactRows(text)
		if !known {
			return
		}
		want := exact != nil && exact.IsInt() && exact.Sign() >= 0 && exact.Num().IsInt64()
		require.Equal(t, want, err == nil, "%q: %v", text, err)
		if err == nil {
			require.Equal(t, exact.Num().Int64(), rows, "%q", text)
		}
	})
}

// exactRows evaluates a text without underscores with package big. exact is nil if
// the text is malformed. known is false for other texts, and for exponents that are
// too large to expand.
func exactRows(text string) (exact *big.Rat, known bool) {
	if strings.Trim(text, "0123456789.+-kKMGBeE") != "" {
		return nil, false
	}
	for suffix, exponent := range map[string]string{"k": "e3", "K": "e3", "M": "e6", "G": "e9", "B": "e9"} {
		if before, found := strings.CutSuffix(text, suffix); found {
			if strings.ContainsAny(before, "eE") {
				return nil, true
			}
			text = before + exponent
			break
		}
	}
	mantissa, exponent, _ := strings.Cut(strings.ToLower(text), "e")
	switch {
	case len(exponent) > 4:
		return nil, false
	case strings.Trim(mantissa, "0123456789.") != "", // signs and multipliers inside
		strings.HasPrefix(mantissa, "."), strings.HasSuffix(mantissa, "."):
		return nil, true
	}
	exact, ok := new(big.Rat).SetString(text)
	if !ok {
		return nil, true
	}
	return exact, true
}
