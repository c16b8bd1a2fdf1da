package engine

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"iter"
	"math"
	"slices"

	"onebrc/engine/internal/table"
	"onebrc/parse"
)

// An encoded Partial is a header and sections, numbers little-endian:
//
//	header   │magic, 8 bytes│version, 1│mode, 1│files, 8│names, 8│checksum, 4│
//	section  │length of the payload, 4│payload│checksum, 4│
//
// A checksum is the CRC-32C of all bytes of the Partial before it. The sections have the
// records of files, then those of names, as many in each as fit in pieceBytes. Files and
// names do not share a section. All numbers of a record are varints, that of the time a
// signed one:
//
//	file     │index│length│path…│size│time│number of spans│ spans…
//	span     │begin│end│rows│bad rows│number of kept rows│ kept rows…
//	kept row │line│offset│reason, 1 byte│length│row…
//	name     see appendStation
//
// The same rows always give the same bytes.
const (
	partialMagic   = "1brcpart"
	partialVersion = 1
	headerBytes    = len(partialMagic) + 1 + 1 + 8 + 8
	checksumBytes  = 4
	// cutBit is set in the byte of the reason if the row is only the start of one.
	cutBit = 0x80
)

// ErrPartial means that bytes are not a Partial that was encoded by this version of the
// package, or that they are damaged.
var ErrPartial = errors.New("not a partial result")

// checksum adds the CRC-32C of b to that of the bytes before it. The table is made at
// the first call, because making it would take a good part of a short run's start.
func checksum(sum uint32, b []byte) uint32 {
	return crc32.Update(sum, crc32.MakeTable(crc32.Castagnoli), b)
}

// partialReasons are the reasons in their encoded order.
var partialReasons = []parse.Reason{
	parse.EmptyRow, parse.RowTooLong, parse.MissingSeparator, parse.EmptyName, parse.NameTooLong, parse.BadValue,
}

// partialError returns an error that wraps ErrPartial.
func partialError(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrPartial, fmt.Sprintf(format, args...))
}

// MarshalBinary returns p in its encoded form. The same rows in the same order of files
// always give the same bytes.
func (p *Partial) MarshalBinary() ([]byte, error) {
	var b bytes.Buffer
	_, err := p.WriteTo(&b)
	return b.Bytes(), err
}

// WriteTo writes what MarshalBinary returns, which need not fit in memory again.
func (p *Partial) WriteTo(w io.Writer) (int64, error) {
	s := sectionWriter{w: w}
	header := append([]byte(partialMagic), partialVersion, byte(p.badRows))
	header = binary.LittleEndian.AppendUint64(header, uint64(len(p.files)))
	s.write(binary.LittleEndian.AppendUint64(header, uint64(p.names.count)))
	s.checksum()
	for i := range p.files {
		s.file(&p.files[i])
	}
	s.flush()
	for _, piece := range p.names.pieces {
		s.section(piece)
	}
	return s.written, s.err
}

// sectionWriter writes the header and the sections of a Partial.
type sectionWriter struct {
	w       io.Writer
	written int64
	err     error // the first one
	sum     uint32
	payload []byte // of the next section
	record  []byte
}

// write writes b.
func (s *sectionWriter) write(b []byte) {
	if s.err == nil {
		var n int
		n, s.err = s.w.Write(b)
		s.written += int64(n)
		s.sum = checksum(s.sum, b)
	}
}

// checksum writes the checksum of all bytes so far.
func (s *sectionWriter) checksum() { s.write(binary.LittleEndian.AppendUint32(nil, s.sum)) }

// section writes a section.
func (s *sectionWriter) section(payload []byte) {
	s.write(binary.LittleEndian.AppendUint32(nil, uint32(len(payload))))
	s.write(payload)
	s.checksum()
}

// flush writes a section of the records that were added.
func (s *sectionWriter) flush() {
	if len(s.payload) > 0 {
		s.section(s.payload)
		s.payload = s.payload[:0]
	}
}

// add adds s.record to the next section.
func (s *sectionWriter) add() {
	if len(s.payload)+len(s.record) > pieceBytes {
		s.flush()
	}
	s.payload = append(s.payload, s.record...)
}

// file adds the records of f.
func (s *sectionWriter) file(f *partialFile) {
	s.record = appendIntegers(s.record[:0], int64(f.index), int64(len(f.path)))
	s.record = appendIntegers(append(s.record, f.path...), f.version.Size)
	s.record = binary.AppendVarint(s.record, f.version.ModTime)
	s.record = appendIntegers(s.record, int64(len(f.spans)))
	s.add()
	for _, span := range f.spans {
		s.record = appendIntegers(s.record[:0], span.begin, span.end, span.rows, span.bad, int64(len(span.kept)))
		s.add()
		for _, b := range span.kept {
			reason := byte(slices.Index(partialReasons, b.reason))
			if b.cut {
				reason |= cutBit
			}
			s.record = append(appendIntegers(s.record[:0], b.line, b.offset), reason)
			s.record = append(appendIntegers(s.record, int64(len(b.row))), b.row...)
			s.add()
		}
	}
}

// appendIntegers appends numbers that are not negative.
func appendIntegers(b []byte, numbers ...int64) []byte {
	for _, n := range numbers {
		b = binary.AppendUvarint(b, uint64(n))
	}
	return b
}

// UnmarshalBinary sets p to the Partial that data encodes. An error wraps ErrPartial; p
// does not change then.
func (p *Partial) UnmarshalBinary(data []byte) error {
	r := bytes.NewReader(data)
	decoded, err := readPartial(r)
	switch {
	case err == io.EOF:
		err = readError(err)
	case err == nil && r.Len() > 0:
		err = partialError("%d bytes follow it", r.Len())
	}
	if err != nil {
		return fmt.Errorf("engine: %w", err)
	}
	*p = *decoded
	return nil
}

// ReadPartials returns the encoded partial results that follow each other in r, up to
// io.EOF. After an error, which wraps ErrPartial if it is not that of r, the loop ends.
// What is read is checked piece by piece, so that damaged bytes do not take more memory
// than there are.
func ReadPartials(r io.Reader) iter.Seq2[*Partial, error] {
	return func(yield func(*Partial, error) bool) {
		for {
			p, err := readPartial(r)
			if err == io.EOF {
				return
			}
			if err != nil {
				yield(nil, fmt.Errorf("engine: %w", err))
				return
			}
			if !yield(p, nil) {
				return
			}
		}
	}
}

// readPartial reads a Partial from r. It returns io.EOF if r has no byte.
func readPartial(r io.Reader) (*Partial, error) {
	s := sectionReader{r: r}
	header := make([]byte, headerBytes)
	n, err := io.ReadFull(r, header)
	begin := min(n, len(partialMagic))
	switch version := header[len(partialMagic)]; {
	case n == 0 && err != nil:
		return nil, err
	case string(header[:begin]) != partialMagic[:begin]:
		return nil, partialError("it does not begin with %q", partialMagic)
	case err != nil:
		return nil, readError(err)
	case version != partialVersion:
		return nil, partialError("it has version %d of the format, this program reads version %d", version, partialVersion)
	}
	s.sum = checksum(0, header)
	if err := s.checksum(); err != nil {
		return nil, err
	}
	f := recordFields{rest: header[len(partialMagic)+1:]}
	p := &Partial{badRows: BadRowMode(f.byte())}
	files, count := binary.LittleEndian.Uint64(f.rest), binary.LittleEndian.Uint64(f.rest[8:])
	if p.badRows > BadRowsKeep {
		return nil, partialError("it has the unknown mode %d", p.badRows)
	}
	for ; files > 0; files-- {
		if err := s.file(p); err != nil {
			return nil, err
		}
	}
	if err := s.end(); err != nil {
		return nil, err
	}
	for ; count > 0; count-- {
		if err := s.name(&p.names); err != nil {
			return nil, err
		}
	}
	return p, s.end()
}

// readError returns the error of a Partial that cannot be read to its end.
func readError(err error) error {
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		return partialError("it ends too soon")
	}
	return err
}

// errRecord is the error of a record that WriteTo does not write.
var errRecord = partialError("it has a record that is not legal")

// sectionReader reads the sections of a Partial.
type sectionReader struct {
	r        io.Reader
	sum      uint32
	payload  []byte       // of the section
	fields   recordFields // that follow in the section
	last     []byte       // the last name
	foundBad bool         // a span so far has bad rows
	record   []byte
}

// read fills b.
func (s *sectionReader) read(b []byte) error {
	if _, err := io.ReadFull(s.r, b); err != nil {
		return readError(err)
	}
	s.sum = checksum(s.sum, b)
	return nil
}

// checksum reads a checksum and compares it.
func (s *sectionReader) checksum() error {
	want := s.sum
	var b [checksumBytes]byte
	if err := s.read(b[:]); err != nil {
		return err
	}
	if binary.LittleEndian.Uint32(b[:]) != want {
		return partialError("its checksum does not match")
	}
	return nil
}

// begin begins a record. It reads the next section if there is no other record.
func (s *sectionReader) begin() error {
	if len(s.fields.rest) > 0 {
		return nil
	}
	var length [4]byte
	if err := s.read(length[:]); err != nil {
		return err
	}
	n := binary.LittleEndian.Uint32(length[:])
	if n == 0 || n > pieceBytes {
		return partialError("it has a section of %d bytes", n)
	}
	s.payload = slices.Grow(s.payload[:0], int(n))[:n]
	if err := s.read(s.payload); err != nil {
		return err
	}
	s.fields.rest = s.payload
	return s.checksum()
}

// end returns an error if a record follows in the section.
func (s *sectionReader) end() error {
	if len(s.fields.rest) > 0 {
		return errRecord
	}
	return nil
}

// file reads a file and adds it to p.
func (s *sectionReader) file(p *Partial) error {
	if err := s.begin(); err != nil {
		return err
	}
	index := s.fields.integer()
	file := partialFile{index: int(index), path: string(s.fields.bytes(uint64(s.fields.integer())))}
	file.version.Size, file.version.ModTime = s.fields.integer(), s.fields.signed()
	spans := s.fields.integer()
	last := len(p.files) - 1
	if s.fields.short || index > math.MaxInt32 || last >= 0 && p.files[last].compare(&file) >= 0 {
		return errRecord
	}
	end := int64(-1) // of the last span
	for ; spans > 0; spans-- {
		span, err := s.span(p.badRows)
		if err != nil {
			return err
		}
		if span.begin <= end || span.end > file.version.Size {
			return errRecord
		}
		end = span.end
		file.spans = append(file.spans, span)
	}
	p.files = append(p.files, file)
	return nil
}

// span reads a span.
func (s *sectionReader) span(mode BadRowMode) (*span, error) {
	if err := s.begin(); err != nil {
		return nil, err
	}
	f := &s.fields
	read := &span{begin: f.integer(), end: f.integer(), rows: f.integer(), bad: f.integer()}
	kept := f.integer()
	want := read.bad
	if mode == BadRowsCount || mode == BadRowsFail && s.foundBad {
		want = 0
	} else if mode == BadRowsFail {
		want = min(1, read.bad)
	}
	s.foundBad = s.foundBad || read.bad > 0
	if f.short || read.begin >= read.end || read.rows > read.end-read.begin || read.bad > read.rows || kept != want {
		return nil, errRecord
	}
	last := badRow{offset: read.begin - 1}
	for ; kept > 0; kept-- {
		if err := s.begin(); err != nil {
			return nil, err
		}
		row := badRow{line: f.integer(), offset: f.integer()}
		reason := f.byte()
		row.cut = reason&cutBit != 0
		row.row = bytes.Clone(f.bytes(uint64(f.integer())))
		legal := int(reason&^cutBit) < len(partialReasons) && row.line > last.line && row.line <= read.rows &&
			row.offset > last.offset && row.offset < read.end && bytes.IndexByte(row.row, '\n') < 0 &&
			len(row.row) <= MaxBadRowBytes && (!row.cut || len(row.row) == MaxBadRowBytes)
		if f.short || !legal {
			return nil, errRecord
		}
		row.reason = partialReasons[reason&^cutBit]
		read.kept, last = append(read.kept, row), row
	}
	return read, nil
}

// name reads a name and adds it to n.
func (s *sectionReader) name(n *names) error {
	if err := s.begin(); err != nil {
		return err
	}
	station, rest, ok := splitStation(s.fields.rest)
	if !ok || n.count > 0 && table.Compare(s.last, bytesOf(station.Name)) >= 0 {
		return errRecord
	}
	s.record = appendStation(s.record[:0], station)
	if n.rows > maxRows-station.Count {
		return errRecord
	}
	n.add(s.record, station.Count)
	s.last = append(s.last[:0], station.Name...)
	s.fields.rest = rest
	return nil
}
