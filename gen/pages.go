package gen

const (
	// pageBytes is the size of a page of profile "page-multiple".
	pageBytes = 4096
	// pageRows is the number of rows in each page except the last.
	pageRows = 256
	// A row can have any length from leastRow to mostRow, whatever its value: a
	// name of 1 byte with the longest value has leastRow, and a name of
	// maxNameBytes with the shortest has mostRow.
	leastRow = 1 + maxTailBytes
	mostRow  = maxNameBytes + minTailBytes
	// minPageRows is the least number of rows that can fill a page.
	minPageRows = (pageBytes + mostRow - 1) / mostRow
	// pageTexts is the number of texts that names are cut from.
	pageTexts = 16
	// pagesKey is the seed of these texts: ASCII "pagepage".
	pagesKey = 0x7061676570616765
)

// page is a range of rows that take pageBytes together.
type page struct{ first, end int64 }

// pageOf returns the page of row n. total, the number of rows, is minPageRows or
// more. The last page has the rows that remain; if they are too few to fill a page,
// the page before has them too.
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

// openPages returns the blockFunc of profile "page-multiple". A name is the start
// of one of pageTexts texts, as long as rowLength says.
func openPages() blockFunc {
	rng := splitMix64(pagesKey)
	texts := make([]string, pageTexts)
	for i := range texts {
		texts[i] = makeASCIIName(&rng, maxNameBytes)
	}
	offsets := gaussianTenths(100)
	words := valueWords()
	return func(dst []byte, b block) int {
		at := 0
		end := b.first + int64(b.rows)
		for n := b.first; n < end; {
			p := pageOf(n, b.total)
			left := pageBytes
			for k := p.first; k < min(p.end, end); k++ {
				r := random(b.key, k)
				word := words[uniqueMean+int(offsets[uint16(r)])+valueBias]
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

// rowLength returns the length of the next row on a page that has left bytes for
// the remaining rows rows. tail is the number of bytes after the row's name. r has
// 16 random bits, which choose a length near the average so that the rows after
// this one still have leastRow to mostRow bytes each.
func rowLength(left, rows, tail, r int) int {
	average := left / rows
	reach := min(average-leastRow, mostRow-average)
	shortest := max(average-reach, 1+tail, left-mostRow*(rows-1))
	longest := min(average+reach, maxNameBytes+tail, left-leastRow*(rows-1))
	return shortest + r*(longest-shortest+1)>>16
}
