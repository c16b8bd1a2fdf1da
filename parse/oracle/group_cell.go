package oracle

import (
	"encoding/json"
	"fmt"
	"math"
	"math/big"
)

// GroupCell is an exact result.
type GroupCell struct {
	Missing bool
	// Exact is the result, or its square if IsRoot is set.
	Exact  *big.Rat
	IsRoot bool
	// Text is the result as it is printed without a number of decimals. It is empty
	// if the result is missing.
	Text string

	// IsText means that Text is a content, and there is no number.
	IsText bool

	rounds bool // for mean, var, stddev and interpolated percentiles
}

// cell computes an aggregate of a group. decimals is for sum, min and max.
func (g *groupRows) cell(q GroupQuery, a GroupAggregate, decimals int) GroupCell {
	values := g.values[a.Column]
	n := int64(len(values))
	switch {
	case a.Func == "count" && a.Column == 0:
		return wholeCell(g.count)
	case a.Func == "count":
		return wholeCell(g.filled[a.Column])
	case isText(a.Func):
		return textCell(a.Func, g.contents[a.Column])
	case n == 0, n == 1 && (a.Func == "var" || a.Func == "stddev"):
		return GroupCell{Missing: true}
	}
	if c, ok := percentileCell(a.Func, values, decimals, q.Interpolate); ok {
		return c
	}
	sum, least, greatest := new(big.Rat), values[0], values[0]
	for _, v := range values {
		sum.Add(sum, v)
		if v.Cmp(least) < 0 {
			least = v
		}
		if v.Cmp(greatest) > 0 {
			greatest = v
		}
	}
	mean := new(big.Rat).Quo(sum, whole(n))
	switch a.Func {
	case "sum":
		return decimalCell(sum, decimals)
	case "min":
		return decimalCell(least, decimals)
	case "max":
		return decimalCell(greatest, decimals)
	case "mean":
		return floatCell(mean, false)
	}
	variance := new(big.Rat)
	for _, v := range values {
		distance := new(big.Rat).Sub(v, mean)
		variance.Add(variance, distance.Mul(distance, distance))
	}
	variance.Quo(variance, whole(n-1))
	switch a.Func {
	case "var":
		return floatCell(variance, false)
	case "stddev":
		return floatCell(variance, true)
	}
	panic(fmt.Sprintf("oracle: function %q", a.Func))
}

func whole(n int64) *big.Rat { return new(big.Rat).SetInt64(n) }

func wholeCell(n int64) GroupCell { return decimalCell(whole(n), 0) }

// decimalCell returns a result with as many decimals as it needs, or more.
func decimalCell(v *big.Rat, decimals int) GroupCell {
	text := v.FloatString(decimals)
	if back, ok := new(big.Rat).SetString(text); !ok || back.Cmp(v) != 0 {
		panic(fmt.Sprintf("oracle: %v has more than %d decimals", v, decimals))
	}
	return GroupCell{Exact: v, Text: text}
}

// floatCell returns a result that is printed as a float64. JSON is where its form is
// from.
func floatCell(v *big.Rat, isRoot bool) GroupCell {
	c := GroupCell{Exact: v, IsRoot: isRoot, rounds: true}
	text, err := json.Marshal(c.Float64())
	if err != nil {
		panic(fmt.Sprintf("oracle: %v", err))
	}
	c.Text = string(text)
	return c
}

// Float64 returns the float64 nearest to the result, or NaN if it is missing or a text.
func (c GroupCell) Float64() float64 {
	if c.Missing || c.IsText {
		return math.NaN()
	}
	if !c.IsRoot {
		f, _ := c.Exact.Float64()
		return f
	}
	// A first guess moves up or down until the root is between the middles of it and
	// its neighbours, which squares compare without rounding. The root of a number
	// with these few decimals is not so near to 0 that a float64 is subnormal.
	rounded, _ := new(big.Float).SetPrec(300).SetRat(c.Exact).Float64()
	guess := math.Sqrt(rounded)
	for {
		switch {
		case guess > 0 && c.besides(guess, math.Nextafter(guess, 0)) < 0:
			guess = math.Nextafter(guess, 0)
		case c.besides(guess, math.Nextafter(guess, math.Inf(1))) > 0:
			guess = math.Nextafter(guess, math.Inf(1))
		default:
			return guess
		}
	}
}

// besides compares the root with the middle between f and one of its neighbours. A
// tie goes to the one with an even mantissa: it then seems to be on the side of that.
func (c GroupCell) besides(f, neighbour float64) int {
	middle := new(big.Rat).Add(new(big.Rat).SetFloat64(f), new(big.Rat).SetFloat64(neighbour))
	middle.Quo(middle, whole(2))
	side := c.Exact.Cmp(middle.Mul(middle, middle))
	if side == 0 && math.Float64bits(f)%2 == 1 {
		side = 1
		if neighbour < f {
			side = -1
		}
	}
	return side
}

// Rounded returns the text of a result that is not always a decimal with the given number of decimals,
// rounded exactly, ties to even. That of other results is Text.
func (c GroupCell) Rounded(decimals int) string {
	if c.Missing || !c.rounds {
		return c.Text
	}
	power := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(decimals)), nil)
	scaled := new(big.Rat).Mul(c.Exact, new(big.Rat).SetInt(power))
	if c.IsRoot {
		scaled.Mul(scaled, new(big.Rat).SetInt(power))
	}
	negative := scaled.Sign() < 0
	scaled.Abs(scaled)
	down := new(big.Int).Quo(scaled.Num(), scaled.Denom())
	if c.IsRoot {
		down.Sqrt(down)
	}
	// Now down <= the result < down+1.
	middle := new(big.Rat).Add(new(big.Rat).SetInt(down), big.NewRat(1, 2))
	if c.IsRoot {
		middle.Mul(middle, middle)
	}
	if side := scaled.Cmp(middle); side > 0 || side == 0 && down.Bit(0) == 1 {
		down.Add(down, big.NewInt(1))
	}
	if negative {
		down.Neg(down)
	}
	return new(big.Rat).SetFrac(down, power).FloatString(decimals)
}
