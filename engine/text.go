package engine

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"encoding/json"
	"io"
	"iter"
	"slices"
	"strconv"
)

// text is a form of a result as text. Between what precedes the first station and what
// follows the last one, there are pieces: the texts of some stations, each after the
// separator. What begins replaces the first separator.
type text struct {
	empty, begin, separator, end string
	// appendPiece appends a piece to b.
	appendPiece func(b []byte, stations iter.Seq[Station]) ([]byte, error)
}

const (
	lineSeparator = ", "
	jsonSeparator = ",\n"
)

// percentileName returns the name of a percentile of Options.Percentiles.
func percentileName(percentile string) string { return "p" + percentile }

// lineText is the line of the challenge, for stations with the given percentiles.
func lineText(percentiles []string) *text {
	return &text{
		empty: "{}\n", begin: "{", separator: lineSeparator, end: "}\n",
		appendPiece: func(b []byte, stations iter.Seq[Station]) ([]byte, error) {
			return appendLine(b, stations, len(percentiles)), nil
		},
	}
}

// jsonText is an array of objects.
func jsonText(percentiles []string) *text {
	return &text{
		empty: "[\n]\n", begin: "[\n", separator: jsonSeparator, end: "\n]\n",
		appendPiece: func(b []byte, stations iter.Seq[Station]) ([]byte, error) {
			return appendJSON(b, stations, percentiles)
		},
	}
}

// csvText is a header and lines of RFC 4180.
func csvText(percentiles []string) *text {
	header := "name,min,mean,max,sum,count"
	for _, p := range percentiles {
		header += "," + percentileName(p)
	}
	header += "\n"
	return &text{
		empty: header, begin: header,
		appendPiece: func(b []byte, stations iter.Seq[Station]) ([]byte, error) {
			return appendCSV(b, stations, len(percentiles))
		},
	}
}

// pieceStations is how many stations of a slice make a piece.
const pieceStations = 1 << 10

// write writes the text of stations to w and returns how many bytes it has written.
func (t *text) write(w io.Writer, stations []Station) (int64, error) {
	p := newPrinter(w, t)
	var piece []byte
	for part := range slices.Chunk(stations, pieceStations) {
		var err error
		if piece, err = t.appendPiece(piece[:0], slices.Values(part)); err != nil {
			return p.written.n, err
		}
		if err := p.print(piece); err != nil {
			return p.written.n, err
		}
	}
	return p.close()
}

// printer writes pieces of a text.
type printer struct {
	text    *text
	out     *bufio.Writer
	written countingWriter
	begun   bool
}

func newPrinter(w io.Writer, t *text) *printer {
	p := &printer{text: t, written: countingWriter{w: w}}
	p.out = bufio.NewWriterSize(&p.written, 64<<10)
	return p
}

// print writes the next piece, which is not empty.
func (p *printer) print(piece []byte) error {
	if !p.begun {
		p.begun = true
		_, _ = p.out.WriteString(p.text.begin) // the next Write returns its error
		piece = piece[len(p.text.separator):]
	}
	_, err := p.out.Write(piece)
	return err
}

// close writes the end, and returns how many bytes were written.
func (p *printer) close() (int64, error) {
	end := p.text.empty
	if p.begun {
		end = p.text.end
	}
	_, _ = p.out.WriteString(end) // Flush returns the first error
	err := p.out.Flush()
	return p.written.n, err
}

type countingWriter struct {
	w io.Writer
	n int64
}

func (c *countingWriter) Write(b []byte) (int, error) {
	n, err := c.w.Write(b)
	c.n += int64(n)
	return n, err
}

// appendLine appends a piece of the line of the challenge.
func appendLine(b []byte, stations iter.Seq[Station], percentiles int) []byte {
	for s := range stations {
		b = append(b, lineSeparator...)
		b = append(append(b, s.Name...), '=')
		b = append(s.Min.append(b), '/')
		b = append(s.Mean().append(b), '/')
		b = s.Max.append(b)
		for i := range percentiles {
			b = s.Percentile(i).append(append(b, '/'))
		}
	}
	return b
}

// appendJSON appends a piece of an array.
func appendJSON(b []byte, stations iter.Seq[Station], percentiles []string) ([]byte, error) {
	for s := range stations {
		object, err := json.Marshal(s)
		if err != nil {
			return nil, err
		}
		b = append(append(b, jsonSeparator...), object...)
		for i, p := range percentiles {
			b = append(b[:len(b)-len("}")], `,"`+percentileName(p)+`":`...)
			b = append(s.Percentile(i).append(b), '}')
		}
	}
	return b, nil
}

// appendCSV appends lines of RFC 4180, which end in LF.
func appendCSV(b []byte, stations iter.Seq[Station], percentiles int) ([]byte, error) {
	lines := bytes.NewBuffer(b)
	out := csv.NewWriter(lines)
	for s := range stations {
		cells := []string{
			s.Name, s.Min.String(), s.Mean().String(), s.Max.String(), s.Sum.String(), strconv.FormatInt(s.Count, 10),
		}
		for i := range percentiles {
			cells = append(cells, s.Percentile(i).String())
		}
		_ = out.Write(cells) // a bytes.Buffer returns no error
	}
	out.Flush()
	return lines.Bytes(), out.Error()
}
