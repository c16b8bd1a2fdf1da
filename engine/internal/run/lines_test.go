package run

import (
	"bytes"

	"onebrc/engine/internal/memory"
	"onebrc/engine/internal/partition"
	"onebrc/engine/internal/source"
	"onebrc/parse/delimited"
)

// lines is a plan that counts equal lines.
type lines struct{}

func (lines) Syntax() *delimited.Syntax { return nil }

func (lines) Format() partition.Format { return nil }

func (lines) NewTable(*memory.Budget, *partition.Writer) (Table, error) { return lineCounts{}, nil }

func (lines) NewReader(t Table, _ Sink) Reader { return &lineReader{counts: t.(lineCounts)} }

func (lines) TableBytes() int64 { return 0 }

func (lines) ReaderBytes() int64 { return 0 }

// lineCounts counts lines by their text.
type lineCounts map[string]int64

func (t lineCounts) Merge(other Table) error {
	for text, n := range other.(lineCounts) {
		t[text] += n
	}
	return nil
}

func (lineCounts) Evict() error { panic("a table without overflow") }

func (lineCounts) Large() bool { return false }

func (lineCounts) Free() {}

type lineReader struct {
	counts lineCounts
	rows   int64
}

func (r *lineReader) Begin(*source.Chunk) { r.rows = 0 }

func (r *lineReader) Trim(window []byte) int { return source.RowsIn(window) }

func (r *lineReader) Tile(w *source.Window, at int, _ int64, _, _ bool) (int, error) {
	line, _, _ := bytes.Cut(w.Data()[at:], []byte("\n"))
	r.counts[string(line)]++
	r.rows++
	return min(len(line)+1, w.Size-at), nil
}

func (r *lineReader) Counts() (rows, lines int64) { return r.rows, r.rows }
func (r *lineReader) Dropped() int64              { return 0 }
