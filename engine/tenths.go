package engine

import "strconv"

// Tenths is a number of tenths: 123 means 12.3. It represents values, sums and
// rounded means exactly.
type Tenths int64

// String returns the number with one digit after the decimal point, such as "-0.5".
func (t Tenths) String() string { return string(t.append(nil)) }

// Float64 returns the float64 nearest to the number.
func (t Tenths) Float64() float64 { return float64(t) / 10 }

// MarshalJSON returns the text of String, which is a JSON number.
func (t Tenths) MarshalJSON() ([]byte, error) { return t.append(nil), nil }

// append appends the text of String to to.
func (t Tenths) append(to []byte) []byte {
	n := uint64(t)
	if t < 0 {
		to = append(to, '-')
		n = -n
	}
	to = strconv.AppendUint(to, n/10, 10)
	return append(to, '.', '0'+byte(n%10))
}
