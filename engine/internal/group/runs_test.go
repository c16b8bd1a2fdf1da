package group

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// rowsOf are how many rows have each value of a column, numbers at scale 18.
type rowsOf map[string]int64

// TestRuns joins random runs of a group, of several scales, and compares the values with
// those that were put in.
func TestRuns(t *testing.T) {
	r := rand.New(rand.NewPCG(29, 30))
	plan := NewPlan(Plan{
		Kernel: generic, Keys: []int{0}, Numbers: []Number{{Field: 1}},
		Values: []Values{{Number: 0}, {Number: -1}, {Number: -1, Distinct: true}, {Number: -1, Place: Last}},
	})
	separate := 0
	for range 500 {
		f := newFormat(plan)
		f.inlined.Store(r.IntN(2) == 0)
		f.contents.Store(r.IntN(2) == 0)
		merged, err := f.NewMerger(nil)
		require.NoError(t, err)
		m := merged.(*merger)
		want := [4]rowsOf{{}, {}, {}, {}}
		least := ""
		key := []byte("key\x00")
		var records []byte
		for range 1 + r.IntN(4) {
			b := appendNoRows(nil, key)
			scale := r.IntN(3) * 9
			if n := r.IntN(40); n > 0 {
				var numbers []int64
				for range n {
					numbers = append(numbers, r.Int64N(1<<62)>>r.IntN(62)*int64(1-2*r.IntN(2)))
				}
				slices.Sort(numbers)
				numbers = slices.Compact(numbers)
				var body int
				b, body = beginRun(b, 0)
				b = append(b, byte(scale))
				last := int64(0)
				for i, number := range numbers {
					rows := max(1, r.Int64N(4)-1)
					b = appendStep(b, number, last, i == 0, rows)
					want[0][integerOf(number).scaled(18-scale).Big().String()] += rows
					last = number
				}
				b = endRun(b, body)
			}
			for which := 1; which <= 2; which++ {
				contents := map[string]bool{}
				for range r.IntN(40) {
					contents[string(bytes.Repeat([]byte{byte(r.IntN(9))}, r.IntN(90)))] = true
				}
				if len(contents) == 0 {
					continue
				}
				var body int
				b, body = beginRun(b, which)
				for content := range contents {
					rows := int64(1)
					if which == 1 {
						rows = 1 + r.Int64N(300)
					}
					b = appendRunContent(b, []byte(content), rows)
					want[which][content] += rows
				}
				b = endRun(b, body)
			}
			if place := r.Uint32(); place%3 != 0 {
				content := binary.BigEndian.AppendUint32(make([]byte, placeBytes-4), place)
				content = append(content, byte(place))
				var body int
				b, body = beginRun(b, 3)
				b = endRun(appendRunContent(b, content, 1), body)
				if least == "" || string(content) < least {
					least = string(content)
				}
			}
			records = append(binary.AppendUvarint(records, uint64(len(b))), b...)
		}
		if least != "" {
			want[3][least[placeBytes:]] = 1
		}
		require.NoError(t, m.Add(records))
		got := [4]rowsOf{{}, {}, {}, {}}
		different := int64(0)
		var values []Value
		require.NoError(t, m.Drain(func(record []byte) error {
			if v, ok := f.Value(record); ok {
				separate++
				got[0][v.Number(18).Big().String()] += v.Count
				return nil
			}
			var decoded Record
			record = bytes.Clone(record)
			f.Decode(&decoded, record)
			for runs := f.Runs(&decoded); ; {
				v, ok := runs.Next()
				if !ok {
					return nil
				}
				values = append(values, v)
			}
		}))
		for _, v := range values {
			switch {
			case v.Which == 0:
				got[0][v.Number(18).Big().String()] += v.Count
			case v.Which == 2:
				different += v.Count
				got[2][string(v.Bytes)] += v.Count
			default:
				got[v.Which][string(v.Bytes)] += v.Count
			}
		}
		require.Equal(t, want[0], got[0])
		require.Equal(t, want[1], got[1])
		require.EqualValues(t, len(want[2]), different)
		require.Equal(t, want[3], got[3])
		f.scales[0].Store(18)
		inOrder := slices.IsSortedFunc(values, func(a, b Value) int {
			if a.Which == b.Which && a.Which > 0 && !f.sorts() {
				return 0
			}
			return f.CompareValues(&a, &b)
		})
		require.True(t, inOrder)
		m.Free()
	}
	require.Positive(t, separate, "no number was too large for its scale")
}

// TestRunsAfterManyGroups joins a group with values after many without.
func TestRunsAfterManyGroups(t *testing.T) {
	plan := NewPlan(Plan{Kernel: generic, Keys: []int{0}, Numbers: []Number{{Field: 1}}, Values: []Values{{Number: 0}}})
	merged, err := newFormat(plan).NewMerger(nil)
	require.NoError(t, err)
	m := merged.(*merger)
	defer m.Free()
	groups, runs := 3*firstSlots, 0
	for i := range groups {
		b := appendNoRows(nil, fmt.Appendf(nil, "key %d\x00", i))
		if i == groups-1 {
			var body int
			b, body = beginRun(b, 0)
			b = endRun(appendStep(append(b, 0), 7, 0, true, 1), body)
		}
		require.NoError(t, m.Add(append(binary.AppendUvarint(nil, uint64(len(b))), b...)))
	}
	require.NoError(t, m.Drain(func(record []byte) error {
		var decoded Record
		m.format.Decode(&decoded, record)
		values := m.format.Runs(&decoded)
		if v, ok := values.Next(); ok {
			require.EqualValues(t, 7, v.number)
			runs++
		}
		return nil
	}))
	require.Equal(t, 1, runs)
}
