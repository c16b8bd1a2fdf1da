package cli

import (
	"math"
	"testing"

	"github.com/spf13/pflag"
	"github.com/stretchr/testify/require"
)

func TestValues(t *testing.T) {
	type fruit string
	for _, test := range []struct {
		value      pflag.Value
		text, want string // the value after it was set, or the error
	}{
		{&Int{Min: 1, Max: 3}, "3", "3"},
		{&Int{Min: 1, Max: 3}, "4", "must be a number from 1 to 3"},
		{&Int{Min: 1, Max: 3}, "0", "must be a number from 1 to 3"},
		{&Int{Min: 1, Max: 3}, "1.5", "must be a number from 1 to 3"},
		{&Int{Min: 1, Max: math.MaxInt}, "x", "must be a number of at least 1"},
		{&Choice[fruit]{All: []fruit{"apple", "pear"}}, "pear", "pear"},
		{&Choice[fruit]{All: []fruit{"apple", "pear"}}, "Pear", "must be one of apple, pear"},
		{&Choice[fruit]{All: []fruit{"apple", "pear"}}, "", "must be one of apple, pear"},
		{&Choice[fruit]{Value: "apple", All: []fruit{"apple"}, Empty: true}, "", ""},
		{&Size{}, "1k", "1KiB"},
		{&Size{}, "0", "0"},
		{&Size{}, "1", "1B"},
		{&Size{}, "-1", "must be 0 or a size such as 64MiB or 1m"},
		{&Size{}, "99999999999GiB", "must be less than 8 EiB"},
		{&Size{Min: 4096}, "4096", "4KiB"},
		{&Size{Min: 4096}, "0", "0"},
		{&Size{Min: 4096}, "4095", "must be 0 or a size of at least 4KiB, such as 64MiB or 1m"},
	} {
		err := test.value.Set(test.text)
		if err != nil {
			require.ErrorAs(t, err, new(WantError))
			require.EqualError(t, err, test.want, "%q", test.text)
			continue
		}
		require.Equal(t, test.want, test.value.String(), "%q", test.text)
	}
}
