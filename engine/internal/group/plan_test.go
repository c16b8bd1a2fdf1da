package group

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestLayout(t *testing.T) {
	all := Number{Min: true, Max: true, Sum: true, Squares: true}
	for _, c := range []struct {
		numbers []Number
		shift   uint64
		lanes   []lanes
	}{
		{nil, 1, nil},
		{[]Number{{Min: true, Max: true, Sum: true}, {Sum: true}}, 1, []lanes{{min: 1, max: 2, sum: 3}, {sum: 5}}},
		{[]Number{{Sum: true, Squares: true}, {Max: true}}, 1, []lanes{{sum: 1, squares: 3}, {max: 7}}},
		{[]Number{all}, 2, []lanes{{1, 2, 3, 5}}},
		{[]Number{{}, all, {Min: true}}, 2, []lanes{{}, {1, 2, 3, 5}, {min: 9}}},
		{[]Number{all, all, {Sum: true, Squares: true}, {Min: true}}, 2, []lanes{{1, 2, 3, 5}, {9, 10, 11, 13}, {sum: 17, squares: 19}, {min: 23}}},
		{[]Number{all, all, all}, 3, []lanes{{1, 2, 3, 5}, {9, 10, 11, 13}, {17, 18, 19, 21}}},
	} {
		p := NewPlan(Plan{Numbers: c.numbers})
		require.Equal(t, c.shift, p.shift)
		require.ElementsMatch(t, c.lanes, p.lanes)
	}
}
