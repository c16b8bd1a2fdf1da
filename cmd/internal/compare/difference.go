package compare

import (
	"bytes"
	"fmt"
)

// outputSlack is how many bytes longer than the expected result an output may be
// before it is cut off. The rest is not needed to show the difference.
const outputSlack = 64 << 10

// head is a writer that keeps the first limit bytes and drops the rest.
type head struct {
	limit int
	kept  []byte
}

// Write keeps as much of b as there is room for. It never fails.
func (h *head) Write(b []byte) (int, error) {
	h.kept = append(h.kept, b[:min(len(b), h.limit-len(h.kept))]...)
	return len(b), nil
}

// ending is a writer that keeps at least the last limit bytes, and at most twice
// as many.
type ending struct {
	limit int
	kept  []byte
}

// Write keeps b and drops older bytes beyond the limit. It never fails.
func (e *ending) Write(b []byte) (int, error) {
	e.kept = append(e.kept, b...)
	if len(e.kept) > 2*e.limit {
		e.kept = append(e.kept[:0], e.kept[len(e.kept)-e.limit:]...)
	}
	return len(b), nil
}

// difference describes where an output differs from the expected one. The two
// must not be equal.
func difference(got, want []byte) string {
	switch {
	case len(got) == 0:
		return "it prints nothing"
	case len(got) > len(want)+outputSlack:
		return fmt.Sprintf("it prints more than %d bytes instead of %d: %s", len(want)+outputSlack, len(want), quoted(got))
	case string(got)+"\n" == string(want):
		return "the last LF is missing"
	}
	a, b := stationsOf(got), stationsOf(want)
	differ, first := 0, -1
	for i := range max(len(a), len(b)) {
		if i >= len(a) || i >= len(b) || !bytes.Equal(a[i], b[i]) {
			differ++
			if first < 0 {
				first = i
			}
		}
	}
	if first < 0 {
		return fmt.Sprintf("the stations are right, but not what is around them: %s", quoted(got))
	}
	of := func(stations [][]byte) string {
		if first >= len(stations) {
			return "nothing"
		}
		return quoted(stations[first])
	}
	if len(a) == len(b) {
		return fmt.Sprintf("%d of %d stations, the first: %s, not %s", differ, len(b), of(a), of(b))
	}
	return fmt.Sprintf("stations: %d, not %d; the first difference: %s, not %s", len(a), len(b), of(a), of(b))
}

// differentLine describes the first line in which an output differs from the expected
// one. The two must not be equal.
func differentLine(got, want []byte) string {
	for number := 1; ; number++ {
		a, restA, moreA := bytes.Cut(got, []byte{'\n'})
		b, restB, moreB := bytes.Cut(want, []byte{'\n'})
		if bytes.Equal(a, b) && moreA == moreB {
			got, want = restA, restB
			continue
		}
		of := func(line []byte, more bool) string {
			switch {
			case more:
				return quoted(line)
			case len(line) == 0:
				return "the end"
			}
			return quoted(line) + " without LF"
		}
		return fmt.Sprintf("line %d: %s, not %s", number, of(a, moreA), of(b, moreB))
	}
}

// stationsOf splits a result into parts "name=min/mean/max". As a name may contain
// ", ", a part ends at the first one after a '='.
func stationsOf(result []byte) [][]byte {
	rest := bytes.TrimPrefix(bytes.TrimRight(result, "\r\n}"), []byte("{"))
	var all [][]byte
	for len(rest) > 0 {
		equals := max(bytes.IndexByte(rest, '='), 0)
		end := bytes.Index(rest[equals:], []byte(", "))
		if end < 0 {
			return append(all, rest)
		}
		all = append(all, rest[:equals+end])
		rest = rest[equals+end+len(", "):]
	}
	return all
}

// quoted returns the start of a text, in quotes.
func quoted(text []byte) string {
	const most = 120
	if len(text) <= most {
		return fmt.Sprintf("%q", text)
	}
	return fmt.Sprintf("%q...", text[:most])
}
