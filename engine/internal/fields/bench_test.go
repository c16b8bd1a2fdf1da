package fields_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"unsafe"

	"onebrc/engine/internal/fields"
)

// benchTile returns a tile of rows of about 41 bytes: a time, a path, two numbers. A
// share of the paths, in percent, is quoted.
func benchTile(quoted int) (data []byte, keys [][]byte) {
	r := rand.New(rand.NewPCG(5, 5))
	for range 1000 {
		path := fmt.Sprintf("/abc%d/de/fghijk%02d", r.IntN(10), r.IntN(30))[:10+r.IntN(7)]
		keys = append(keys, []byte(path))
	}
	for {
		path := string(keys[r.IntN(len(keys))])
		if r.IntN(100) < quoted {
			path = `"` + path + `"`
		}
		row := fmt.Sprintf("%d,%s,%d,%d\n", 1700000000+r.IntN(30_000_000), path, 1+r.IntN(9999), r.IntN(20))
		if len(data)+len(row) > fields.TileBytes {
			return data, keys
		}
		data = append(data, row...)
	}
}

// BenchmarkPasses measures each pass over a tile. It reports the time per row.
func BenchmarkPasses(b *testing.B) {
	for _, k := range fields.All() {
		l := newLab(b, k)
		data, keys := benchTile(0)
		p := &l.places[0]
		base := p.put(l, data)
		s := fields.NewSyntax(',', '"', true, 4)
		plain := fields.NewSyntax(',', 0, false, 4)
		seps, ok := k.Index(base, len(data), s, p.tile)
		if !ok {
			b.Fatal("index refused the tile")
		}
		rows := seps / 4
		var at [fields.TileBytes + fields.GroupRows]uint32
		var length, stamps [fields.TileBytes + fields.GroupRows]int64
		table := newKeyTable(l, 14, 1, 1<<16)
		columns := [4]fields.Column{}
		for f := range columns {
			columns[f] = p.tile.Column(f, 4)
		}
		fill := func() {
			for from := 0; ; from++ {
				var hash uint32
				if from = k.Keys(base, &columns[1], from, rows, &table.slots, &at[0], &hash); from == rows {
					return
				}
				at[from] = table.keys[string(data)] // a key that is not where it belongs: any slot
			}
		}
		for _, key := range keys {
			table.insert(key)
		}
		fill()
		k.Integers(base, &columns[2], rows, &length[0])
		k.Integers(base, &columns[3], rows, &stamps[0])
		line := &fields.Line{Unit: 1, Count: 1, Columns: 2}
		line.Ops[0] = fields.Op{Values: &length[0], Min: 2, Max: 4, Sum: 8}
		line.Ops[1] = fields.Op{Values: &stamps[0], Sum: 16}
		quoted, _ := benchTile(20)
		other := &l.places[1]
		quotedBase := other.put(l, quoted)
		run := func(name string, rows int, pass func()) {
			b.Run(k.Name+"/pass="+name, func(b *testing.B) {
				for b.Loop() {
					pass()
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(rows), "ns/row")
			})
		}
		run("index", rows, func() { k.Index(base, len(data), s, p.tile) })
		run("index-noquote", rows, func() { k.Index(base, len(data), plain, p.tile) })
		run("index-quoted", len(quoted)*rows/len(data), func() { k.Index(quotedBase, len(quoted), s, other.tile) })
		run("integers", rows, func() { k.Integers(base, &columns[2], rows, &length[0]) })
		run("wide-integers", rows, func() { k.WideIntegers(base, &columns[0], rows, &length[0]) })
		k.Integers(base, &columns[2], rows, &length[0])
		run("decimals", rows, func() { k.Decimals(base, &columns[2], rows, &length[0], '.', 0) })
		run("wide-decimals", rows, func() { k.WideDecimals(base, &columns[2], rows, &length[0], '.', 0) })
		run("keys", rows, fill)
		run("accumulate", rows, func() { k.Accumulate(&table.slots, unsafe.SliceData(at[:]), rows, line) })
	}
}

// BenchmarkNumbers measures the passes over numbers on columns of signed numbers of
// different lengths.
func BenchmarkNumbers(b *testing.B) {
	r := rand.New(rand.NewPCG(6, 6))
	var integers, decimals []string
	for range 500 {
		n := r.IntN(2000) - 1000
		integers = append(integers, fmt.Sprint(n))
		decimals = append(decimals, fmt.Sprintf("%.*f", 1+r.IntN(2), float64(n)/10))
	}
	for _, k := range fields.All() {
		for _, n := range []numbersPass{
			{"integers", 8, 0, 0}, {"wide integers", 16, 0, 0}, {"decimals", 8, '.', 2}, {"wide decimals", 16, '.', 2},
		} {
			l := newLab(b, k)
			texts := integers
			if n.point > 0 {
				texts = decimals
			}
			p := &l.places[0]
			data, c := column(p.tile, texts, 1, 2, ',')
			base := p.put(l, data)
			out := (*int64)(unsafe.Pointer(unsafe.SliceData(p.out)))
			b.Run(fmt.Sprintf("kernel=%s/pass=%s", k.Name, n.name), func(b *testing.B) {
				for b.Loop() {
					if !n.run(k, base, &c, len(texts), out) {
						b.Fatal("the pass refused the column")
					}
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(texts)), "ns/row")
			})
		}
	}
}
