package gen

const (
	// pageBytes is the size of a page of profile "page-multiple".
	pageBytes = 4096
	// pageRows is how many rows a page has, but for the last one.
	pageRows = 256
	// leastRow and mostRow are lengths that a row can have whatever its
	// value: a name of 1 byte with the longest value, and a name of
	// maxNameBytes with the shortest.
	leastRow = 1 + maxTailBytes
	mostRow  = maxNameBytes + minTailBytes
	// minTailBytes is the length of ";0.0\n".
	minTailBytes = 5
	// minPageRows is the least number of rows that fills a page.
	minPageRows = (pageBytes + mostRow - 1) / mostRow
	// pageTexts is how many texts the names are cut from.
	pageTexts = 16
	// pagesKey starts the sequence of the texts: ASCII "pagepage".
	pagesKey = 0x7061676570616765
)

// page is a range of rows that take pageBytes.
type page struct{ first, end int64 }

// pageOf returns the page of row n of total, which are minPageRows or more. The
// last page has what rows are left; if they are too few to fill one, the page
// before takes them too.
func pageOf(n, total int64) page {
	last := total / pageRows
	if total%pageRows < minPageRows {
		last--
	}
	i := min(n/pageRows, last)
	if i == last {
		return page{i * pageRows, total}
	}
	return page{i * pageRows, (i + 1) * pageRows}
}

// openPages makes rows whose names are cut to fill pages: see rowLength. A
// name is the start of one of pageTexts texts.
func openPages() blockFunc {
	rng := splitMix64(pagesKey)
	texts := make([]string, pageTexts)
	for i := range texts {
		texts[i] = makeASCIIName(&rng, maxNameBytes)
	}
	offsets := gaussianTenths(100)
	return func(dst []byte, b block) int {
		at := 0
		end := b.first + int64(b.rows)
		for n := b.first; n < end; {
			p := pageOf(n, b.total)
			left := pageBytes
			for k := p.first; k < min(p.end, end); k++ {
				r := random(b.key, k)
				word := valueWords[uniqueMean+int(offsets[uint16(r)])+valueBias]
				length := rowLength(left, int(p.end-k), int(word>>56), int(r>>16&0xffff))
				left -= length
				if k < n {
					continue
				}
				name := length - int(word>>56)
				copy(dst[at:], texts[r>>32%pageTexts][:name])
				putTail(dst[at+name:], word)
				at += length
			}
			n = p.end
		}
		return at
	}
}

// rowLength returns the length of the next of rows rows that take left bytes
// together, which is leastRow to mostRow for each: one near the average, by the
// 16 random bits of r, that has tail bytes behind the name and leaves the
// others leastRow to mostRow for each.
func rowLength(left, rows, tail, r int) int {
	average := left / rows
	reach := min(average-leastRow, mostRow-average)
	shortest := max(average-reach, 1+tail, left-mostRow*(rows-1))
	longest := min(average+reach, maxNameBytes+tail, left-leastRow*(rows-1))
	return shortest + r*(longest-shortest+1)>>16
}
