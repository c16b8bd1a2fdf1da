package engine

import (
	"cmp"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"

	"onebrc/parse"
)

const (
	// maxKeptBytes is how much memory the bad rows of a Partial may take. Each one takes
	// badRowBytes and its bytes.
	maxKeptBytes = 256 << 20
	badRowBytes  = 80
)

// partialFile is a file of a Partial. Its spans are in order, and no two meet.
type partialFile struct {
	index   int
	path    string
	version FileVersion
	spans   []*span // do not change when they are part of a Partial
}

// span is ranges of a file that meet.
type span struct {
	begin, end int64
	rows, bad  int64 // rows includes bad ones
	// kept has all bad rows with BadRowsKeep. With BadRowsFail it has the first one of the
	// first span that has any; a Partial keeps no other.
	kept []badRow
}

// badRow is a bad row of a span.
type badRow struct {
	line, offset int64 // line counts from 1 at the begin of the span
	reason       parse.Reason
	row          []byte
	cut          bool
}

// keptBytes counts the memory of bad rows.
type keptBytes int64

// add counts a bad row of so many bytes.
func (k *keptBytes) add(bytes int) error {
	if *k += keptBytes(badRowBytes + bytes); *k > maxKeptBytes {
		return fmt.Errorf("engine: the bad rows take more than %d MiB; count them instead of keeping them", maxKeptBytes>>20)
	}
	return nil
}

// compare orders files.
func (f *partialFile) compare(other *partialFile) int {
	return cmp.Or(cmp.Compare(f.index, other.index), strings.Compare(f.path, other.path))
}

// check returns an error if v is not the version of f.
func (f *partialFile) check(v FileVersion) error {
	if f.version != v {
		return fmt.Errorf("%s: %w: a part is of %s, another of %s", f.path, ErrChanged, f.version, v)
	}
	return nil
}

// overlap returns an error if spans of f, which are in order, overlap.
func (f *partialFile) overlap() error {
	for i, s := range f.spans[min(1, len(f.spans)):] {
		if before := f.spans[i]; s.begin < before.end {
			return fmt.Errorf("%s: the bytes from %d to %d are in two ranges", f.path, s.begin, min(s.end, before.end)-1)
		}
	}
	return nil
}

// join joins spans of f that meet. They are in order and do not overlap. They do not
// change.
func (f *partialFile) join(mode BadRowMode) {
	var joined []*span
	isCopy := false // the last one
	for _, s := range f.spans {
		last := len(joined) - 1
		if last < 0 || joined[last].end != s.begin {
			joined, isCopy = append(joined, s), false
			continue
		}
		if !isCopy {
			first := *joined[last]
			first.kept = slices.Clone(first.kept)
			joined[last], isCopy = &first, true
		}
		joined[last].extend(s, mode)
	}
	f.spans = joined
}

// extend adds next, which begins where s ends.
func (s *span) extend(next *span, mode BadRowMode) {
	if mode == BadRowsKeep || s.bad == 0 {
		for _, b := range next.kept {
			b.line += s.rows
			s.kept = append(s.kept, b)
		}
	}
	s.end = next.end
	s.rows += next.rows
	s.bad += next.bad
}

// checkWhole returns an error if the spans of f are not the whole file.
func (f *partialFile) checkWhole() error {
	begin, end := int64(0), f.version.Size
	for _, s := range f.spans {
		if s.begin > begin {
			end = s.begin
			break
		}
		begin = s.end
	}
	if begin < end {
		return fmt.Errorf("%s: the bytes from %d to %d are in no range", f.path, begin, end-1)
	}
	return nil
}

// Merge adds the ranges of q, which does not change. It is an error, which names the
// file, if q has rows of p, or another version of a file. p does not change then.
func (p *Partial) Merge(q *Partial) error {
	joined, err := mergePartials(p, q)
	if err == nil {
		*p = *joined
	}
	return err
}

// MergePartials merges any number of partial results in a short time. It returns the
// first error of all, or that of Merge.
func MergePartials(all iter.Seq2[*Partial, error]) (*Partial, error) {
	// Each element of waiting has the ranges of a power of two of partial results, and
	// more than the next one.
	type group struct {
		members int
		partial *Partial
	}
	var waiting []group
	for p, err := range all {
		if err != nil {
			return nil, err
		}
		next := group{1, p}
		for last := len(waiting) - 1; last >= 0 && waiting[last].members <= next.members; last-- {
			if next.partial, err = mergePartials(waiting[last].partial, next.partial); err != nil {
				return nil, err
			}
			next.members += waiting[last].members
			waiting = waiting[:last]
		}
		waiting = append(waiting, next)
	}
	if len(waiting) == 0 {
		return nil, errors.New("engine: no partial results")
	}
	merged := waiting[len(waiting)-1].partial
	for _, g := range slices.Backward(waiting[:len(waiting)-1]) {
		var err error
		if merged, err = mergePartials(g.partial, merged); err != nil {
			return nil, err
		}
	}
	return merged, nil
}

// mergePartials returns p and q, which do not change, as one.
func mergePartials(p, q *Partial) (*Partial, error) {
	if p.badRows != q.badRows {
		return nil, errors.New("engine: partial results that treat bad rows differently cannot be merged")
	}
	merged := &Partial{badRows: p.badRows}
	var err error
	if merged.files, err = mergeFiles(p.files, q.files, p.badRows); err != nil {
		return nil, err
	}
	merged.names, err = joinNames(p.names, q.names)
	return merged, err
}

// mergeFiles returns the files of a and b.
func mergeFiles(a, b []partialFile, mode BadRowMode) ([]partialFile, error) {
	all := slices.Concat(a, b)
	slices.SortStableFunc(all, func(x, y partialFile) int { return x.compare(&y) })
	var merged []partialFile
	var kept keptBytes
	for _, f := range all {
		last := len(merged) - 1
		if last < 0 || merged[last].compare(&f) != 0 {
			merged = append(merged, f)
			continue
		}
		into := &merged[last]
		if err := into.check(f.version); err != nil {
			return nil, err
		}
		into.spans = slices.Concat(into.spans, f.spans)
		slices.SortFunc(into.spans, func(x, y *span) int { return cmp.Compare(x.begin, y.begin) })
		if err := into.overlap(); err != nil {
			return nil, err
		}
		into.join(mode)
	}
	if mode == BadRowsFail {
		keepFirst(merged)
	}
	for _, f := range merged {
		for _, s := range f.spans {
			for _, b := range s.kept {
				if err := kept.add(len(b.row)); err != nil {
					return nil, err
				}
			}
		}
	}
	return merged, nil
}

// keepFirst forgets the bad rows after the first one of all files, which no other rows can
// make the first. Spans do not change.
func keepFirst(files []partialFile) {
	found := false
	for i := range files {
		f := &files[i]
		isCopy := false
		for j, s := range f.spans {
			switch {
			case s.bad == 0:
			case !found:
				found = true
			case len(s.kept) > 0:
				if !isCopy {
					f.spans, isCopy = slices.Clone(f.spans), true
				}
				forgets := *s
				forgets.kept = nil
				f.spans[j] = &forgets
			}
		}
	}
}
