package engine

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"iter"
	"math/rand/v2"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"onebrc/engine/internal/run"
)

// manyGroups returns rows of mostly different keys, some long, with numbers that are
// missing, that do not fit in 64 bits, or that have more decimals than those before.
func manyGroups() []byte {
	var b bytes.Buffer
	r := rand.New(rand.NewPCG(5, 6))
	b.WriteString("k,l,v,w\n")
	for i := range 25_000 {
		fmt.Fprintf(&b, "%0*x,\"l\"\"%d\",", 130+i%30, uint32(i)*2654435761, i%7)
		switch r.IntN(40) {
		case 0:
			fmt.Fprintf(&b, "%d,\n", int64(999_999_999_999_999_999)-r.Int64N(1000))
		case 1:
			fmt.Fprintf(&b, ",%.*f\n", i/2000, -float64(i)/100)
		default:
			fmt.Fprintf(&b, "%d.%d,%d\n", i%1000, i%10, i)
		}
		if i%5 == 0 {
			fmt.Fprintf(&b, "again %d,x,-%d.%02d,3\n", i%50, i%100, i%100)
		}
	}
	fmt.Fprintf(&b, "%s,z,1,1\n", strings.Repeat("long", 12_000))
	return b.Bytes()
}

// manyQuery is a query for manyGroups.
func manyQuery() Query {
	v, w := &Column{Name: "v"}, &Column{Name: "w"}
	return Query{By: []Column{{Name: "k"}, {Name: "l"}}, Aggregates: []Aggregation{
		{Func: FuncCount}, {Func: FuncCount, Of: v}, {Func: FuncSum, Of: v}, {Func: FuncMin, Of: w}, {Func: FuncMax, Of: w}, {Func: FuncStddev, Of: w},
	}}
}

// spillingGroups returns options with which manyGroups are written to temporary files in
// folder: one worker has too little memory, several are made to.
func spillingGroups(t *testing.T, workers int, folder string) Options {
	return spillingQuery(t, manyQuery(), workers, folder)
}

// spillingQuery is spillingGroups for another query.
func spillingQuery(t *testing.T, q Query, workers int, folder string) Options {
	o := Options{Workers: workers, ChunkBytes: 64 << 10, TempDir: folder, Measure: true}
	if workers > 1 {
		o.system = fake(1, 4)
		o.system.Overflow = run.Overflow{Partitions: 16, Spill: true}
		return o
	}
	o.MaxMemory = 1
	_, err := GroupByStream(t.Context(), q, o, Bytes("rows", []byte("k,l,v,w\n")))
	_, text, _ := strings.Cut(fmt.Sprint(err), "at least ")
	_, err = fmt.Sscan(text, &o.MaxMemory)
	require.NoError(t, err)
	o.MaxMemory += 2 << 20
	return o
}

// groupStream returns the stream of manyQuery.
func groupStream(t *testing.T, o Options, content []byte) *GroupStream {
	t.Helper()
	s, err := GroupByStream(t.Context(), manyQuery(), o, Bytes("rows", content))
	require.NoError(t, err)
	t.Cleanup(s.Close)
	return s
}

// groupText returns the text of a group.
func groupText(b []byte, g Group) []byte {
	for i := range g.groups.Keys {
		b = append(append(b, g.key(i)...), '|')
	}
	for i := range g.groups.outputs {
		b = append(g.Cell(i).AppendText(b), '|')
	}
	return append(b, '\n')
}

// groupTexts returns the texts of groups.
func groupTexts(b []byte, groups iter.Seq[Group]) ([]byte, error) {
	for g := range groups {
		b = groupText(b, g)
	}
	return b, nil
}

// TestGroupStream compares streams of groups that do not fit in memory with the result
// of one worker without a limit and with what a table of all groups has.
func TestGroupStream(t *testing.T) {
	content, folder := manyGroups(), t.TempDir()
	var want []byte
	groups, err := GroupBy(t.Context(), manyQuery(), Options{Workers: 1}, Bytes("rows", content))
	require.NoError(t, err)
	for g := range groups.All() {
		want = groupText(want, g)
	}
	for _, workers := range []int{1, 3} {
		for _, o := range []Options{{Workers: workers}, spillingGroups(t, workers, folder)} {
			s := groupStream(t, o, content)
			require.EqualValues(t, groups.Len(), s.Len())
			require.Equal(t, []int64{groups.Rows, groups.BadRows, groups.Bytes}, []int64{s.Rows, s.BadRows, s.Bytes})
			require.Equal(t, groups.Columns, s.Columns)
			if o.TempDir != "" {
				require.Positive(t, s.Measurement.SpilledBytes)
			}
			var all []Group
			for g, err := range s.All() {
				require.NoError(t, err)
				all = append(all, g)
			}
			var got []byte
			for _, g := range all {
				got = groupText(got, g)
			}
			require.True(t, bytes.Equal(want, got), "All")

			var b bytes.Buffer
			require.NoError(t, groupStream(t, o, content).Write(&b, groupTexts))
			require.True(t, bytes.Equal(want, b.Bytes()), "Write")

			for column := workers; column < len(s.Columns); column += 2 {
				descending := column%2 == 0
				first, err := groupStream(t, o, content).First(100, column, descending)
				require.NoError(t, err)
				groups.sortByKeys()
				groups.SortBy(column, descending)
				var wanted, got []byte
				for _, g := range slices.Collect(groups.All())[:100] {
					wanted = groupText(wanted, g)
				}
				for g := range first.All() {
					got = groupText(got, g)
				}
				require.Equal(t, string(wanted), string(got), "First by %d", column)
			}
		}
	}
	requireEmpty(t, folder)
}

// TestGroupStreamEnds ends the reading of groups in every way, and checks that all memory
// is free then, and that a stream is read once.
func TestGroupStreamEnds(t *testing.T) {
	content, folder := manyGroups(), t.TempDir()
	if testing.Short() { // tables overflow with any number of rows
		content = content[:1+bytes.LastIndexByte(content[:500_000], '\n')]
	}
	for _, limited := range []bool{false, true} {
		o := spillingGroups(t, 2, folder)
		if !limited {
			o = overflowing(t, folder, 2)[0]
		}
		unused := groupStream(t, o, []byte("k,l,v,w\n"))
		unused.Close()
		before := unused.budget.Used()
		for name, end := range map[string]func(s *GroupStream, cancel func()){
			"all": func(s *GroupStream, _ func()) {
				for _, err := range s.All() {
					require.NoError(t, err)
				}
			},
			"write": func(s *GroupStream, _ func()) { require.NoError(t, s.Write(new(bytes.Buffer), groupTexts)) },
			"first": func(s *GroupStream, _ func()) {
				g, err := s.First(10, 3, true)
				require.NoError(t, err)
				require.Equal(t, 10, g.Len())
				s.budget.Give(10*g.groupBytes() + int64(len(g.names)+len(g.wide)*wideBytes))
			},
			"break": func(s *GroupStream, _ func()) {
				for _, err := range s.All() {
					require.NoError(t, err)
					break
				}
			},
			"close": func(s *GroupStream, _ func()) { s.Close() },
			"close in the loop": func(s *GroupStream, _ func()) {
				last, n := error(nil), 0
				for _, err := range s.All() {
					s.Close()
					last = err
					n++
				}
				require.Equal(t, 2, n)
				require.ErrorIs(t, last, ErrStream)
			},
			"cancel": func(s *GroupStream, cancel func()) {
				var last error
				for _, err := range s.All() {
					cancel()
					last = err
				}
				require.ErrorIs(t, last, context.Canceled)
			},
			"cancel before": func(s *GroupStream, cancel func()) {
				cancel()
				require.ErrorIs(t, s.Write(new(bytes.Buffer), groupTexts), context.Canceled)
			},
			"full": func(s *GroupStream, _ func()) {
				require.ErrorIs(t, s.Write(&failingWriter{left: 1000}, groupTexts), errFull)
			},
			"panic": func(s *GroupStream, _ func()) {
				require.PanicsWithValue(t, "loop", func() {
					for range s.All() {
						panic("loop")
					}
				})
			},
			"exit": func(s *GroupStream, _ func()) {
				done := make(chan struct{})
				go func() {
					defer close(done)
					for range s.All() {
						runtime.Goexit()
					}
				}()
				<-done
			},
		} {
			ctx, cancel := context.WithCancel(t.Context())
			s, err := GroupByStream(ctx, manyQuery(), o, Bytes("rows", content))
			require.NoError(t, err)
			end(s, cancel)
			require.Equal(t, before, s.budget.Used(), name)
			cancel()
			for range 2 {
				for _, err := range s.All() {
					require.ErrorIs(t, err, ErrStream, name)
				}
				require.ErrorIs(t, s.Write(new(bytes.Buffer), groupTexts), ErrStream)
				_, err = s.Collect()
				require.ErrorIs(t, err, ErrStream)
				_, err = s.First(1, 0, false)
				require.ErrorIs(t, err, ErrStream)
				s.Close()
			}
			requireEmpty(t, folder)
		}
	}
}

// TestGroupSpillErrors has no place for temporary files, or for the result.
func TestGroupSpillErrors(t *testing.T) {
	content := manyGroups()
	missing := filepath.Join(t.TempDir(), "missing")
	for _, workers := range []int{1} {
		o := spillingGroups(t, workers, missing)
		s, err := GroupByStream(t.Context(), manyQuery(), o, Bytes("rows", content))
		require.ErrorIs(t, err, fs.ErrNotExist)
		require.ErrorContains(t, err, "temporary file in "+missing+": no such file or directory")
		for _, err := range s.All() {
			require.ErrorIs(t, err, ErrStream)
		}
		o.TempDir, o.NoSpill, o.Measure = "", true, false
		s, err = GroupByStream(t.Context(), manyQuery(), o, Bytes("rows", content))
		require.ErrorIs(t, err, ErrMemory)
		require.Nil(t, s)
		o.NoSpill = false
		groups, err := GroupBy(t.Context(), manyQuery(), o, Bytes("rows", content))
		require.ErrorIs(t, err, ErrMemory)
		require.ErrorContains(t, err, "engine: result of 25")
		require.Nil(t, groups)
	}
}

// TestGroupOverflow lets rows go through any number of partitions, in memory and to
// files, with each kernel.
func TestGroupOverflow(t *testing.T) {
	content, folder := manyGroups()[:400_000], t.TempDir()
	content = content[:bytes.LastIndexByte(content, '\n')+1]
	var want bytes.Buffer
	require.NoError(t, groupStream(t, Options{Workers: 1}, content).Write(&want, groupTexts))
	for _, o := range overflowing(t, folder, 1, 3) {
		t.Run(overflowLabel(o), func(t *testing.T) {
			var got bytes.Buffer
			require.NoError(t, groupStream(t, o, content).Write(&got, groupTexts))
			require.True(t, bytes.Equal(want.Bytes(), got.Bytes()))
		})
	}
	requireEmpty(t, folder)
}

// TestLargeGroups counts the rows of so many groups that workers evict them in the end, each
// its own, instead of merging tables. One worker keeps them in its table.
func TestLargeGroups(t *testing.T) {
	const groups, rows = 70_000, 20 // so that a third of the rows has nearly all groups
	var content, want []byte
	for _, i := range rand.New(rand.NewPCG(3, 4)).Perm(rows * groups) {
		content = fmt.Appendf(content, "%06d\n", i/rows)
	}
	for i := range groups {
		want = fmt.Appendf(want, "%06d,%d\n", i, rows)
	}
	for _, workers := range []int{1, 2, 3} {
		s, err := GroupByStream(t.Context(), Query{By: []Column{{Position: 1}}, NoHeader: true}, Options{Workers: workers, Measure: true}, Bytes("rows", content))
		require.NoError(t, err)
		require.Equal(t, workers > 1, s.Measurement.Partitions > 0)
		var got bytes.Buffer
		require.NoError(t, s.Write(&got, func(b []byte, groups iter.Seq[Group]) ([]byte, error) {
			for g := range groups {
				b = fmt.Appendf(b, "%s,%s\n", g.Key(0), g.Cell(0))
			}
			return b, nil
		}))
		require.True(t, bytes.Equal(want, got.Bytes()), "workers %d", workers)
	}
}
