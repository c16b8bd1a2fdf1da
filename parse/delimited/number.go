package delimited

// MaxDigits is how many digits of a number may follow its leading zeros, and how many
// may follow its point.
const MaxDigits = 18

// Number reads a number, which is coefficient divided by 10 to the power of decimals.
// decimals is the number of digits after the point. ok is false for any text that is
// not a number or has more than MaxDigits digits.
func Number(text []byte, point byte) (coefficient int64, decimals int, ok bool) {
	digits, negative := text, false
	if len(text) > 0 && (text[0] == '-' || text[0] == '+') {
		digits, negative = text[1:], text[0] == '-'
	}
	before := 0 // digits before the point
	for before < len(digits) && isDigit(digits[before]) {
		before++
	}
	if before == 0 {
		return 0, 0, false
	}
	if before < len(digits) {
		decimals = len(digits) - before - 1
		if digits[before] != point || decimals == 0 || decimals > MaxDigits {
			return 0, 0, false
		}
	}
	significant := 0
	for i, c := range digits {
		if i == before {
			continue
		}
		if !isDigit(c) {
			return 0, 0, false
		}
		if significant > 0 || c != '0' {
			significant++
		}
		if significant > MaxDigits {
			return 0, 0, false
		}
		coefficient = coefficient*10 + int64(c-'0')
	}
	if negative {
		coefficient = -coefficient
	}
	return coefficient, decimals, true
}

// isDigit reports whether c is an ASCII digit.
func isDigit(c byte) bool { return c >= '0' && c <= '9' }
