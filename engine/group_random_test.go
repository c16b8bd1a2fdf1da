package engine_test

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"

	"onebrc/engine"
	"onebrc/engine/internal/group"
	"onebrc/engine/internal/sketch"
	"onebrc/parse/delimited"
	"onebrc/parse/oracle"
)

// groupInputs are the kinds of input. Each gives all inputs, or one of several, the
// form that it names.
var groupInputs = map[string]func(in oracle.GroupInput) engine.Input{
	"bytes": func(in oracle.GroupInput) engine.Input { return engine.Bytes(in.Name, []byte(in.Content)) },
	"stream": func(in oracle.GroupInput) engine.Input {
		return engine.Reader(in.Name, strings.NewReader(in.Content))
	},
	"slow stream": func(in oracle.GroupInput) engine.Input {
		return engine.Reader(in.Name, iotest.HalfReader(strings.NewReader(in.Content)))
	},
	"stream with error": func(in oracle.GroupInput) engine.Input {
		return engine.Reader(in.Name, iotest.DataErrReader(strings.NewReader(in.Content)))
	},
	"file": func(in oracle.GroupInput) engine.Input { return engine.File(in.Name) },
}

// groupKinds are the names of groupInputs; mixed means another one for each input.
var groupKinds = []string{"bytes", "stream", "slow stream", "stream with error", "file", "mixed"}

// groupWay is a way to run a trial.
type groupWay struct {
	options engine.Options
	kind    string
	skip    bool
	early   int    // for group.EvictEarly
	method  string // one of groupMethods
}

// groupMethods are the ways to get all groups.
var groupMethods = map[string]func(*engine.GroupStream) ([]engine.Group, error){
	"Collect": func(s *engine.GroupStream) ([]engine.Group, error) {
		g, err := s.Collect()
		if err != nil {
			return nil, err
		}
		return slices.Collect(g.All()), nil
	},
	"All": func(s *engine.GroupStream) (all []engine.Group, err error) {
		for g, err := range s.All() {
			if err != nil {
				return nil, err
			}
			all = append(all, g)
		}
		return all, nil
	},
	"First": func(s *engine.GroupStream) ([]engine.Group, error) {
		column := max(s.Keys-1, 0)
		g, err := s.First(1<<30, column, false)
		if err != nil {
			return nil, err
		}
		for i := column - 1; i >= 0; i-- {
			g.SortBy(i, false)
		}
		return slices.Collect(g.All()), nil
	},
}

// groupBy runs a query and returns all groups.
func (way groupWay) groupBy(ctx context.Context, q engine.Query, inputs []engine.Input) (*engine.GroupStream, []engine.Group, error) {
	group.EvictEarly(way.early)
	defer group.EvictEarly(0)
	s, err := engine.GroupByStream(ctx, q, way.options, inputs...)
	if err != nil {
		return s, nil, err
	}
	defer s.Close()
	count := s.Len()
	groups, err := groupMethods[cmp.Or(way.method, "Collect")](s)
	if err == nil && count != int64(len(groups)) {
		err = fmt.Errorf("%d groups, Len says %d", len(groups), count)
	}
	return s, groups, err
}

// randomWay returns a way for a kernel.
func randomWay(r *rand.Rand, k engine.Kernel) groupWay {
	return groupWay{
		options: engine.Options{
			Workers: 1 + r.IntN(4), Kernel: k, Access: pick(r, engine.Accesses()...),
			ChunkBytes: pick(r, engine.MinChunkBytes, engine.MinChunkBytes, engine.MinChunkBytes+r.IntN(9000), 64<<10, 0),
		},
		kind:   pick(r, groupKinds...),
		skip:   oneIn(r, 2),
		early:  pick(r, 0, 1, 1, 2, 5, 40, 300),
		method: pick(r, "Collect", "All", "First"),
	}
}

// check runs GroupBy in one way and compares it with what the oracle found. The files
// of the trial are in dir.
func (trial *groupTrial) check(t *testing.T, want *oracle.Grouped, dir string, way groupWay) {
	var inputs []engine.Input
	for i, in := range trial.inputs {
		kind := way.kind
		if kind == "mixed" {
			kind = groupKinds[i%(len(groupKinds)-1)]
		}
		in.Name = filepath.Join(dir, in.Name)
		inputs = append(inputs, groupInputs[kind](in))
	}
	var bad []*engine.RowError
	if way.skip {
		way.options.OnBadRow = func(row *engine.RowError) error {
			bad = append(bad, row)
			return nil
		}
	}
	got, groups, err := way.groupBy(t.Context(), trial.query, inputs)
	name := func(in string) string { return strings.TrimPrefix(in, dir+string(filepath.Separator)) }
	requireBad := func(want oracle.Bad, got *engine.RowError) {
		t.Helper()
		kept := want.Row[:min(len(want.Row), engine.MaxBadRowBytes)]
		require.Equal(t,
			fmt.Sprintf("%s:%d: byte %d: %s: %q, cut: %v", want.Name, want.Line, want.Offset, want.Reason, kept[:min(len(kept), 500)], len(kept) < len(want.Row)),
			fmt.Sprintf("%s:%d: byte %d: %s: %q, cut: %v", name(got.Input), got.Line, got.Offset, string(got.Reason), got.Row[:min(len(got.Row), 500)], got.Cut))
		require.True(t, string(got.Row) == kept, "all bytes of the row")
	}
	if way.skip {
		for i := range min(len(bad), len(want.Bad)) {
			requireBad(want.Bad[i], bad[i])
		}
		require.Equal(t, len(want.Bad), len(bad), "bad rows; the error is %v", err)
	}
	switch {
	case !way.skip && len(want.Bad) > 0:
		var row *engine.RowError
		require.ErrorAs(t, err, &row)
		requireBad(want.Bad[0], row)
	case want.Fatal != nil:
		var row *engine.RowError
		require.ErrorAs(t, err, &row)
		requireBad(*want.Fatal, row)
	case want.Differs[0] != "":
		var differs *group.HeaderError
		require.ErrorAs(t, err, &differs)
		require.Equal(t, want.Differs[0], name(differs.Want.Input))
		require.Contains(t, err.Error(), want.Differs[1]+": the header differs from that of ")
	case want.Header == nil && !trial.query.NoHeader:
		require.ErrorIs(t, err, engine.ErrNoHeader)
	default:
		require.NoError(t, err)
		trial.compare(t, want, got, groups)
		require.EqualValues(t, len(bad), got.BadRows)
		return
	}
	require.Nil(t, got)
}

// compare compares a result with what the oracle found.
func (trial *groupTrial) compare(t *testing.T, want *oracle.Grouped, got *engine.GroupStream, groups []engine.Group) {
	require.Equal(t, trial.columnNames(want.Header), got.Columns)
	require.Equal(t, len(trial.oracle.By), got.Keys)
	require.Equal(t, want.Rows, got.Rows)
	require.Equal(t, want.Dropped, got.DroppedRows)
	size := 0
	for _, in := range trial.inputs {
		size += len(in.Content)
	}
	require.EqualValues(t, size, got.Bytes)
	require.Equal(t, len(want.Groups), len(groups))
	for i, g := range groups {
		want := want.Groups[i]
		for k, content := range want.Key {
			got := g.Key(k)
			if trial.oracle.By[k] == 0 {
				got = filepath.Base(got)
			}
			require.Equal(t, content, got, "key %d of group %d", k, i)
		}
		for k, cell := range want.Cells {
			got, decimals := g.Cell(k), (i+k)%24
			if f := engine.Func(trial.oracle.Aggregates[k].Func); trial.query.ApproxLabel(f) != "" {
				requireApprox(t, trial.query.Approx, f, cell, got)
				continue
			}
			if cell.Text != got.String() || cell.Missing != got.Missing() || cell.Rounded(decimals) != string(got.AppendDecimals(nil, decimals)) ||
				math.Float64bits(cell.Float64()) != math.Float64bits(got.Float64()) {
				require.Fail(t, "a cell differs", "group %d %q, %+v: want %q, %s, %v; got %q, %s, %v", i, want.Key, trial.oracle.Aggregates[k],
					cell.Text, cell.Rounded(decimals), cell.Float64(), got.String(), got.AppendDecimals(nil, decimals), got.Float64())
			}
		}
	}
}

// requireApprox checks an approximate result of f. A percentile is the number of the bucket
// that the exact one is in.
func requireApprox(t *testing.T, approx float64, f engine.Func, want oracle.GroupCell, got engine.Cell) {
	require.False(t, got.Exact())
	require.Equal(t, want.Missing, got.Missing())
	if want.Missing {
		require.Empty(t, got.String())
		return
	}
	exact := want.Float64()
	distance := math.Abs(got.Float64() - exact)
	if f == engine.FuncDistinct {
		require.LessOrEqual(t, distance, max(1, 4*min(approx, 0.065)*exact), "%v of %v", got, exact)
		require.Equal(t, got.String(), string(got.AppendDecimals(nil, 2)))
		return
	}
	require.LessOrEqual(t, distance, approx*math.Abs(exact)*(1+1e-9), "%v of %v", got, exact)
	text := want.Text
	if strings.Contains(text, ".") {
		text = strings.TrimSuffix(strings.TrimRight(text, "0"), ".")
	}
	coefficient, decimals, ok := delimited.Number([]byte(text), '.')
	require.True(t, ok, text)
	buckets := sketch.NewBuckets(approx)
	value := buckets.Value(buckets.Code(coefficient, decimals))
	require.Equal(t, value, got.Float64())
	text = got.String()
	parsed, err := strconv.ParseFloat(text, 64)
	require.NoError(t, err)
	require.Equal(t, value, parsed)
	rounded, err := strconv.ParseFloat(string(got.AppendDecimals(nil, 20)), 64)
	require.NoError(t, err)
	require.Equal(t, value, rounded)
}

// write writes the inputs into dir.
func (trial *groupTrial) write(t *testing.T, dir string) {
	for _, in := range trial.inputs {
		require.NoError(t, os.WriteFile(filepath.Join(dir, in.Name), []byte(in.Content), 0o600))
	}
}

// describe logs a trial that failed.
func (trial *groupTrial) describe(t *testing.T, way groupWay) {
	if !t.Failed() {
		return
	}
	t.Logf("query %+v, %+v; way: %d workers, chunks of %d, kernel %s, access %s, %s, skip: %v, early %d, %s", trial.query, trial.oracle,
		way.options.Workers, way.options.ChunkBytes, way.options.Kernel, way.options.Access, way.kind, way.skip, way.early, way.method)
	for _, in := range trial.inputs {
		t.Logf("%s, %d bytes: %.3000q", in.Name, len(in.Content), in.Content)
	}
}

// TestGroupByRandom compares GroupBy with the oracle for random queries and inputs.
func TestGroupByRandom(t *testing.T) {
	trials := 600
	if testing.Short() {
		trials = 30
	}
	kernels := engine.TestedKernels(t)
	var legal, bad, failed int
	for seed := range trials {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			r := rand.New(rand.NewPCG(11, uint64(seed)))
			trial := newGroupTrial(r, pick(r, 0, 100, 1000, 10_000, 40_000, 100_000))
			want := trial.oracle.Run(trial.inputs...)
			switch {
			case want.Fatal != nil, want.Differs[0] != "":
				failed++
			case len(want.Bad) > 0:
				bad++
			default:
				legal++
			}
			dir := t.TempDir()
			trial.write(t, dir)
			for _, k := range kernels {
				for range 3 {
					way := randomWay(r, k)
					func() {
						defer trial.describe(t, way)
						trial.check(t, &want, dir, way)
					}()
				}
			}
		})
	}
	require.Greater(t, legal, trials/5, "trials without bad rows")
	require.Greater(t, bad, trials/10, "trials with bad rows")
	require.Greater(t, failed, trials/50, "trials without a result")
}

// legalRows returns about n bytes of short rows of a key and a number.
func legalRows(n int) string { return strings.Repeat("k,1\n", n/4) }

// TestGroupByAcrossBorders moves rows, most of which have quotes, byte by byte across
// the end of the first chunk, and across the end of a tile.
func TestGroupByAcrossBorders(t *testing.T) {
	query := groupTrial{
		query: engine.Query{By: []engine.Column{{Name: "k"}}, Aggregates: []engine.Aggregation{
			{Func: engine.FuncCount}, {Func: engine.FuncSum, Of: &engine.Column{Name: "v"}},
		}},
		oracle: oracle.GroupQuery{Delimiter: ',', Quote: '"', Point: '.', By: []int{1}, Aggregates: []oracle.GroupAggregate{{Func: "count"}, {Func: "sum", Column: 2}}},
	}
	rows := []string{
		"abc,-12.25\r\n", "\"a\nb\",3\n", "\"a\n\nk,1\nk,1\",\"4\"\r\n", "\"a\r\n\",5\r\n\"\r\n\",6\r\n", "\"a\"\"\n\"\"\",\"7\"\n",
		"\"\",\"\"\n", "\"\n", "\"\"\n", "k,\"\n\n", "k\"\n,1\n", "\"a\n\"b,1\n", "k,1,2\r\n", "\r\n\n\r\n", "k,1\r\r\n", "\xEF\xBB\xBF,1\n",
		strings.Repeat("\"\n\",1\n", 12), strings.Repeat("\"\"\"\n\",1\r\n", 10),
	}
	kernels := engine.TestedKernels(t)
	step := 1
	if testing.Short() {
		step = 13
	}
	for _, row := range rows {
		for _, border := range []int{engine.MinChunkBytes, 2 * engine.MinChunkBytes} {
			for before := border - len(row) - 2; before <= border+1; before += step {
				trial := query
				content := "k,v\n" + legalRows(before-8)
				content += strings.Repeat("k", before-len(content)-3) + ",1\n" + row + legalRows(engine.MinChunkBytes+100) + row
				require.Equal(t, row, content[before:before+len(row)])
				trial.inputs = []oracle.GroupInput{{Name: "in", Content: content}}
				want := trial.oracle.Run(trial.inputs...)
				for i, k := range kernels {
					for skip := range 2 {
						way := groupWay{kind: groupKinds[(before+i+skip)%4], skip: skip == 1, early: before % 3}
						way.options = engine.Options{Workers: 1 + before%3, ChunkBytes: engine.MinChunkBytes, Kernel: k}
						func() {
							defer trial.describe(t, way)
							trial.check(t, &want, "", way)
						}()
					}
				}
			}
		}
	}
}

// TestGroupByDigitQuote checks numbers in quotes that are digits. With its quotes and
// doubled quotes, such a number is another number.
func TestGroupByDigitQuote(t *testing.T) {
	trial := groupTrial{
		query:  engine.Query{Quote: '3', NoHeader: true, Aggregates: []engine.Aggregation{{Func: engine.FuncSum, Of: &engine.Column{Position: 2}}}},
		oracle: oracle.GroupQuery{Delimiter: ',', Quote: '3', Point: '.', NoHeader: true, Aggregates: []oracle.GroupAggregate{{Func: "sum", Column: 2}}},
		inputs: []oracle.GroupInput{{Name: "in", Content: "a,3133523\na,7\na,373\n" + strings.Repeat("3a3,1\n", 50)}},
	}
	want := trial.oracle.Run(trial.inputs...)
	require.Equal(t, "1416", want.Groups[0].Cells[0].Text) // 1352 + 7 + 7 + 50
	for _, k := range engine.TestedKernels(t) {
		trial.check(t, &want, "", groupWay{options: engine.Options{Kernel: k}, kind: "bytes"})
	}
}

// FuzzGroupBy compares GroupBy with the oracle. The first line of data begins the
// input, legal rows and the rest of data follow. seed chooses the query.
func FuzzGroupBy(f *testing.F) {
	for seed := range uint64(40) {
		r := rand.New(rand.NewPCG(12, seed))
		trial := newGroupTrial(r, 300)
		f.Add([]byte(trial.inputs[0].Content), uint16(pick(r, 0, engine.MinChunkBytes-150, 2*engine.MinChunkBytes-100)), seed)
	}
	f.Add([]byte("k,v\n\"a\nb\",1\r\n\"\"\"\n\",-2.50\n"), uint16(engine.MinChunkBytes-10), uint64(1))
	f.Fuzz(func(t *testing.T, data []byte, before uint16, seed uint64) {
		r := rand.New(rand.NewPCG(12, seed))
		trial := new(groupTrial)
		trial.setSyntax(r)
		first, rest, _ := bytes.Cut(data, []byte{'\n'})
		content := string(first) + "\n"
		columns := trial.oracle.Run(oracle.GroupInput{Content: content}).Columns
		if columns > 1000 {
			t.Skip("too slow")
		}
		filler := strings.Repeat("1"+string([]byte{trial.oracle.Delimiter}), max(columns-1, 0)) + "1\n"
		content += strings.Repeat(filler, int(before%9_000)/len(filler)) + string(rest)
		skipCompressed(t, content)
		trial.inputs = []oracle.GroupInput{{Name: "in", Content: content}}
		var all []int
		for i := range columns {
			all = append(all, i+1)
		}
		trial.setColumns(r, all)
		want := trial.oracle.Run(trial.inputs...)
		for _, k := range engine.TestedKernels(t) {
			way := randomWay(r, k)
			way.kind = groupKinds[r.IntN(4)] // no files
			if way.early > 0 {
				// Rows that are read one by one evict one by one. Under the coverage of the
				// fuzzer, thousands of evictions take the 10 seconds that an input may take.
				way.early = max(way.early, len(content)/200)
			}
			trial.check(t, &want, "", way)
			way.skip = !way.skip
			trial.check(t, &want, "", way)
		}
	})
}
