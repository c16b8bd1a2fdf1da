package group

import (
	"fmt"
	"math/big"
	"math/rand/v2"
	"strings"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/require"

	"onebrc/engine/internal/fields"
	"onebrc/engine/internal/memory"
	"onebrc/engine/internal/partition"
	"onebrc/engine/internal/probing"
)

// modelNumber is what the model knows of a Number in a group: all values, as
// rationals would be, with 18 decimals.
type modelNumber struct {
	count        int64
	min, max     *big.Int
	sum, squares *big.Int
}

// model is a table in the plainest form.
type model struct {
	rows    map[string]int64
	numbers map[string][]modelNumber
	absent  map[string][]int64
	scales  []int
}

func newModel(p *Plan) *model {
	return &model{map[string]int64{}, map[string][]modelNumber{}, map[string][]int64{}, make([]int, len(p.Numbers))}
}

func power(n int) *big.Int { return new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(n)), nil) }

func (m *model) row(p *Plan, key string) {
	if m.rows[key] == 0 {
		m.numbers[key] = make([]modelNumber, len(p.Numbers))
		m.absent[key] = make([]int64, len(p.Present))
		for i := range m.numbers[key] {
			m.numbers[key][i].sum, m.numbers[key][i].squares = new(big.Int), new(big.Int)
		}
	}
	m.rows[key]++
}

func (m *model) number(key string, number int, coefficient int64, decimals int) {
	m.scales[number] = max(m.scales[number], decimals)
	n := &m.numbers[key][number]
	v := new(big.Int).Mul(big.NewInt(coefficient), power(18-decimals))
	n.count++
	if n.min == nil || v.Cmp(n.min) < 0 {
		n.min = v
	}
	if n.max == nil || v.Cmp(n.max) > 0 {
		n.max = v
	}
	n.sum.Add(n.sum, v)
	n.squares.Add(n.squares, new(big.Int).Mul(v, v))
}

// same checks that table knows what m does.
func (m *model) same(t *testing.T, table *Table) {
	t.Helper()
	p := table.plan
	seen := 0
	for g := range table.Groups() {
		key := string(g.Key)
		seen++
		require.Equal(t, m.rows[key], g.Rows, "%q", key)
		for i, absent := range m.absent[key] {
			require.Equal(t, g.Rows-absent, g.Present(i))
		}
		for i, want := range m.numbers[key] {
			got := g.Number(i)
			require.Equal(t, m.scales[i], got.Scale)
			require.Equal(t, want.count, got.Count, "%q", key)
			equal := func(what string, want *big.Int, got Integer, scale int) {
				if got := new(big.Int).Mul(got.Big(), power(scale)); got.Cmp(want) != 0 {
					t.Fatalf("%q, number %d: %s is %s, want %s", key, i, what, got, want)
				}
			}
			scale := 18 - got.Scale
			if p.Numbers[i].Min && want.count > 0 {
				equal("min", want.min, got.Min, scale)
			}
			if p.Numbers[i].Max && want.count > 0 {
				equal("max", want.max, got.Max, scale)
			}
			if p.Numbers[i].Sum {
				equal("sum", want.sum, got.Sum, scale)
			}
			if p.Numbers[i].Squares {
				equal("squares", want.squares, got.Squares, 2*scale)
			}
		}
	}
	require.Len(t, m.rows, seen, "a key has two slots")
	require.Equal(t, table.Len(), seen)
}

// add adds what other knows.
func (m *model) add(p *Plan, other *model) {
	for key, rows := range other.rows {
		m.row(p, key)
		m.rows[key] += rows - 1
		for i, n := range other.numbers[key] {
			if n.count > 0 {
				to := &m.numbers[key][i]
				to.count += n.count
				if to.min == nil || n.min.Cmp(to.min) < 0 {
					to.min = n.min
				}
				if to.max == nil || n.max.Cmp(to.max) > 0 {
					to.max = n.max
				}
				to.sum.Add(to.sum, n.sum)
				to.squares.Add(to.squares, n.squares)
			}
		}
		for i, n := range other.absent[key] {
			m.absent[key][i] += n
		}
	}
	for i, s := range other.scales {
		m.scales[i] = max(m.scales[i], s)
	}
}

func testPlan(k *fields.Kernel, keys int, numbers ...Number) *Plan {
	return NewPlan(Plan{Syntax: fields.NewSyntax(',', '"', true, 20), Kernel: k, Keys: make([]int, keys), Numbers: numbers, Present: []int{7, 9}, Point: '.'})
}

func newTable(t testing.TB, p *Plan) *Table {
	t.Helper()
	table, err := NewTable(p, nil)
	require.NoError(t, err)
	t.Cleanup(table.Free)
	return table
}

// generic is the kernel in portable Go.
var generic = fields.All()[len(fields.All())-1]

// plans have every mix of aggregates, in slots of several sizes.
func plans(k *fields.Kernel, keys int) []*Plan {
	all := Number{Min: true, Max: true, Sum: true, Squares: true}
	return []*Plan{
		testPlan(k, keys),
		testPlan(k, keys, Number{Min: true, Max: true, Sum: true}, Number{Sum: true}),
		testPlan(k, keys, Number{Min: true}, Number{}, Number{Max: true}),
		testPlan(k, keys, Number{Sum: true, Squares: true}),
		testPlan(k, keys, all, Number{Max: true, Sum: true}, all),
		testPlan(k, keys, all, all, all, all),
	}
}

// randomNumber returns a number of up to 18 digits, often at an edge of a width.
func randomNumber(r *rand.Rand, digits, decimals int) (int64, int) {
	v := int64(r.Uint64N(powersOfTen[r.IntN(digits+1)]))
	switch r.IntN(6) {
	case 0:
		v = int64(powersOfTen[digits]) - 1
	case 1:
		v = min(1<<r.IntN(60)-int64(r.IntN(2)), int64(powersOfTen[digits])-1)
	}
	if r.IntN(2) == 0 {
		v = -v
	}
	return v, r.IntN(decimals + 1)
}

// tile is keys as a pass sees them.
func tile(keys []string) (unsafe.Pointer, fields.Column) {
	data := append([]byte(nil), make([]byte, fields.PadBefore)...)
	seps := []uint32{fields.PadBefore - 1}
	for _, k := range keys {
		data = append(append(data, k...), '\n')
		seps = append(seps, uint32(len(data)-1))
	}
	data = append(data, make([]byte, fields.PadAfter)...)
	return unsafe.Pointer(&data[0]), fields.Column{First: unsafe.Pointer(&seps[0]), Stride: 4}
}

// fillTile adds a tile of rows to both.
func fillTile(t *testing.T, r *rand.Rand, to *Table, m *model, keys []string, digits int) {
	p := to.plan
	rows := len(keys)
	at := make([]uint32, rows+fields.GroupRows)
	base, column := tile(keys)
	require.NoError(t, to.Keys(base, &column, rows, at))
	for _, k := range keys {
		m.row(p, k)
	}
	values, bounds := make([]*int64, len(p.Numbers)), make([]int64, len(p.Numbers))
	for n := range p.Numbers {
		column := make([]int64, rows+fields.GroupRows)
		values[n] = &column[0]
		for i, key := range keys {
			column[i], _ = randomNumber(r, r.IntN(digits+1), 0)
			bounds[n] = max(bounds[n], column[i], -column[i])
			m.number(key, n, column[i], to.Scale(n))
		}
	}
	require.NoError(t, to.Accumulate(at, rows, values, bounds))
}

// fillRow adds a row to both.
func fillRow(t *testing.T, r *rand.Rand, to *Table, m *model, key string, digits, decimals int) {
	at, err := to.Slot([]byte(key))
	require.NoError(t, err)
	require.NoError(t, to.AddRow(at))
	m.row(to.plan, key)
	for n := range to.plan.Numbers {
		if r.IntN(5) == 0 {
			require.NoError(t, to.AddMissing(at, n))
			continue
		}
		v, d := randomNumber(r, digits, decimals)
		require.NoError(t, to.AddNumber(at, n, v, d))
		m.number(key, n, v, d)
	}
	for n := range to.plan.Present {
		if r.IntN(3) == 0 {
			require.NoError(t, to.AddAbsent(at, n))
			m.absent[key][n]++
		}
	}
}

// fill adds random rows to both, in tiles and one by one.
func fill(t *testing.T, r *rand.Rand, to *Table, m *model, names []string, digits, decimals, steps int) {
	for range steps {
		if r.IntN(3) > 0 {
			fillRow(t, r, to, m, names[r.IntN(len(names))], digits, decimals)
			continue
		}
		keys := make([]string, 1+r.IntN(40))
		for i := range keys {
			keys[i] = names[r.IntN(len(names))]
		}
		fillTile(t, r, to, m, keys, digits)
	}
}

// keyNames returns keys of all lengths.
func keyNames(r *rand.Rand, count int) []string {
	names := []string{""}
	for i := 1; i < count; i++ {
		n := r.IntN(130)
		if i%100 == 0 {
			n = r.IntN(5000)
		}
		names = append(names, fmt.Sprintf("%d%s", i, strings.Repeat("x\x00"[:1+i%2], n/(1+i%2))))
	}
	return names
}

// TestTableEqualsModel adds random rows to tables, and merges them in any order.
func TestTableEqualsModel(t *testing.T) {
	for _, k := range fields.All() {
		for _, width := range [][2]int{{4, 0}, {9, 2}, {18, 0}, {18, 18}, {3, 18}} {
			for n, p := range plans(k, 1) {
				r := rand.New(rand.NewPCG(uint64(n), uint64(width[0]+width[1])))
				names := keyNames(r, 1+r.IntN(200))
				var parts []*Table
				all := newModel(p)
				for i := range 3 {
					to, m := newTable(t, p), newModel(p)
					fill(t, r, to, m, names[:1+r.IntN(len(names))], width[0], width[1]*i/2, 100)
					m.same(t, to)
					require.NoError(t, to.flush())
					m.same(t, to)
					all.add(p, m)
					parts = append(parts, to)
				}
				for _, order := range [][]int{{0, 1, 2}, {2, 1, 0}, {1, 2, 0}} {
					to := newTable(t, p)
					for _, i := range order {
						require.NoError(t, to.Merge(parts[i]))
					}
					all.same(t, to)
				}
				require.NoError(t, parts[1].Merge(parts[2]))
				require.NoError(t, parts[0].Merge(parts[1]))
				all.same(t, parts[0])
				fill(t, r, parts[0], all, names, width[0], width[1], 50)
				all.same(t, parts[0])
			}
		}
	}
}

// TestWithoutKeys has one group, with or without rows.
func TestWithoutKeys(t *testing.T) {
	p := testPlan(generic, 0, Number{Min: true, Sum: true})
	to, m := newTable(t, p), newModel(p)
	var groups []Group
	for g := range to.Groups() {
		groups = append(groups, g)
	}
	require.Len(t, groups, 1)
	require.Zero(t, groups[0].Rows)
	require.Zero(t, groups[0].Number(0).Count)
	require.Equal(t, 1, to.Len())
	other := newTable(t, p)
	fill(t, rand.New(rand.NewPCG(1, 1)), other, m, []string{""}, 18, 3, 50)
	require.NoError(t, to.Merge(other))
	m.same(t, to)
}

// TestGrowth adds so many keys that the table grows several times, also within a
// tile.
func TestGrowth(t *testing.T) {
	p := testPlan(generic, 1, Number{Min: true, Max: true, Sum: true})
	to, m, r := newTable(t, p), newModel(p), rand.New(rand.NewPCG(1, 2))
	sizes := map[int]bool{}
	const tiles, rows = 300, 1500
	for i := range tiles {
		keys := make([]string, rows)
		for j := range keys {
			keys[j] = fmt.Sprint("key ", i*rows+j-j%2*701)
		}
		fillTile(t, r, to, m, keys, 10)
		sizes[to.slots()] = true
		require.LessOrEqual(t, to.count, to.limit)
	}
	require.GreaterOrEqual(t, len(sizes), 3)
	require.False(t, to.seeded)
	m.same(t, to)
}

// TestFlush adds numbers at the edges of what lanes hold, as if there had been many
// rows of them.
func TestFlush(t *testing.T) {
	p := testPlan(generic, 1, Number{Min: true, Max: true, Sum: true, Squares: true})
	for _, v := range []int64{1<<62 - 1, -(1<<62 - 1), 999_999_999_999_999_999, 1<<32 - 1, -(1 << 32), 1} {
		to := newTable(t, p)
		at, err := to.Slot([]byte("a"))
		require.NoError(t, err)
		count := new(big.Int)
		for range 40 { // flushes
			require.NoError(t, to.flush())
			lanes := to.lanes(to.index(at))
			lower, upper := square(v)
			for i, x := range []int64{v, lower, upper} { // rowsPerFlush rows at once
				sum := lanes[p.lanes[0].sum+2*i:]
				sum[0] += int64(uint32(x)) * rowsPerFlush
				sum[1] += x >> narrowBits * rowsPerFlush
			}
			lanes[0] += rowsPerFlush
			to.rows = rowsPerFlush
			count.Add(count, big.NewInt(rowsPerFlush))
		}
		for g := range to.Groups() {
			want := new(big.Int).Mul(big.NewInt(v), count)
			require.Equal(t, want.String(), g.Number(0).Sum.Big().String())
			require.Equal(t, want.Mul(want, big.NewInt(v)).String(), g.Number(0).Squares.Big().String())
			require.Equal(t, count.Int64(), g.Rows)
		}
		require.NoError(t, to.AddRow(at))
		require.EqualValues(t, 1, to.rows, "not flushed")
	}
}

// collidingKernel is generic with a hash that always collides.
func collidingKernel() *fields.Kernel {
	k := *generic
	k.Hash = func([]byte) uint32 { return 5 }
	k.Keys = func(_ unsafe.Pointer, _ *fields.Column, from, rows int, _ *fields.Slots, _ *uint32, hash *uint32) int {
		*hash = 5
		return from
	}
	return &k
}

// TestReseed adds colliding keys. The table must take a seed, which bounds its
// probes.
func TestReseed(t *testing.T) {
	p := testPlan(collidingKernel(), 1, Number{Min: true, Sum: true})
	r := rand.New(rand.NewPCG(1, 3))
	names := keyNames(r, 3000)
	to, m := newTable(t, p), newModel(p)
	for from := 0; from < len(names); from += 300 {
		fillTile(t, r, to, m, names[from:][:300], 18)
	}
	require.True(t, to.seeded)
	require.Less(t, to.probes, int64(probing.MinProbes+2*len(names)))
	fill(t, r, to, m, names, 18, 4, 500)
	m.same(t, to)
	// It merges with a table that has no seed, and with one that has another.
	small, few := newTable(t, p), newModel(p)
	fill(t, r, small, few, names[:20], 18, 9, 50)
	require.False(t, small.seeded)
	require.NoError(t, to.Merge(small))
	m.add(p, few)
	m.same(t, to)
	require.NoError(t, small.Merge(to))
	require.True(t, small.seeded)
	few.add(p, m)
	few.same(t, small)
}

// TestBudget makes tables grow in every way until the budget is used up.
func TestBudget(t *testing.T) {
	for limit := int64(1 << 20); limit < 64<<20; limit += limit/3 + 12345 {
		budget := memory.NewBudget(limit)
		p := testPlan(generic, 1, Number{Min: true, Sum: true, Squares: true})
		to, err := NewTable(p, budget)
		if err != nil {
			require.Less(t, limit, InitialBytes(p))
		}
		for i := 0; err == nil; i++ {
			require.Less(t, i, 1_000_000)
			var at uint32
			if at, err = to.Slot(fmt.Appendf(nil, "%d %s", i, strings.Repeat("n", i%80))); err == nil {
				require.NoError(t, to.AddRow(at))
				switch i % 3 {
				case 0:
					err = to.AddNumber(at, 0, 999_999_999_999_999_999, i/1000%19)
				case 1:
					err = to.AddMissing(at, 0)
				}
			}
		}
		require.ErrorIs(t, err, memory.ErrMemory)
		if to != nil {
			to.Free()
			to.Free() // a no-op
		}
		require.NoError(t, budget.Take(limit), "Free must return everything")
	}
	// A new table takes what InitialBytes says.
	for _, p := range plans(generic, 1) {
		for _, short := range []int64{1, 0} {
			budget := memory.NewBudget(InitialBytes(p) + partition.MinBytes(0) - short)
			store := partition.New(partition.Config{Format: newFormat(p), Workers: 1, Budget: budget})
			to, err := NewOverflowing(p, budget, store.Writer(0))
			if short > 0 {
				require.ErrorIs(t, err, memory.ErrMemory)
			} else {
				require.NoError(t, err)
				to.Free()
			}
			store.Free()
			require.Zero(t, budget.Used())
		}
	}
}

func TestInteger(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 4))
	random := func() (Integer, *big.Int) {
		v, _ := randomNumber(r, 18, 0)
		n := r.IntN(37)
		return integerOf(v).scaled(n), new(big.Int).Mul(big.NewInt(v), power(n))
	}
	for range 20_000 {
		x, a := random()
		y, b := random()
		require.Equal(t, a.String(), x.Big().String())
		require.Equal(t, new(big.Int).Neg(a).String(), x.minus().Big().String())
		require.Equal(t, new(big.Int).Add(a, b).String(), x.plus(y).Big().String())
		require.Equal(t, a.Cmp(b) < 0, x.less(y))
		n := uint(1 + r.IntN(63))
		require.Equal(t, new(big.Int).Lsh(a, n).String(), x.shiftedLeft(n).Big().String())
		require.Equal(t, new(big.Int).Rsh(a, n).String(), x.shiftedRight(n).Big().String())
		v, ok := x.Int64()
		require.Equal(t, a.IsInt64(), ok)
		if ok {
			require.Equal(t, a.Int64(), v)
		}
	}
}
