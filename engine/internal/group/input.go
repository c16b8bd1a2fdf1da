package group

// A key that is the input of a row is a label: the rank of the input's name among the
// names of all inputs, in digits of base 36. So it has the order of the names, and is
// short and of a fixed width, as the labels of times are.
const inputDigits = 6 // enough for 2e9 inputs

const base36 = "0123456789abcdefghijklmnopqrstuvwxyz"

// setRank sets l to the label of the input with a rank.
func (l *label) setRank(rank int) {
	for i := inputDigits - 1; i >= 0; i-- {
		l[i] = base36[rank%len(base36)]
		rank /= len(base36)
	}
}

// InputRank returns the rank of the input in the content of a key that is the input.
func InputRank(content []byte) int {
	rank := 0
	for _, c := range content {
		digit := int(c - '0')
		if c >= 'a' {
			digit = int(c-'a') + 10
		}
		rank = rank*len(base36) + digit
	}
	return rank
}

// beginInput sets the labels to that of an input.
func (r *Reader) beginInput(input int) {
	for _, c := range r.clocks {
		if c == nil || c.Part != Input {
			continue
		}
		before := c.current
		if c.current.setRank(r.plan.Ranks[input]); c.current != before {
			c.set = 0
		}
	}
}

// onlyKey returns the key that all rows of the input have. ok is false if they may have
// different ones.
func (r *Reader) onlyKey() (key []byte, ok bool) {
	switch keys := r.plan.Keys; {
	case len(keys) == 0:
		return nil, true
	case len(keys) == 1 && r.clockOf(0) != nil && r.clocks[0].Part == Input:
		return r.clocks[0].current[:inputDigits], true
	}
	return nil, false
}
