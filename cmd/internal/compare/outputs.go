package compare

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// outputs receives the expected result, and then the outputs of runs.
type outputs interface {
	// expected returns the standard output for the expected result. It is called
	// once, first.
	expected() (io.Writer, error)
	// next returns the standard output for a run.
	next() (io.Writer, error)
	// difference describes how what a run has written to the result of next
	// differs from the expected result; "" if it does not. It is called once for
	// each call of next.
	difference(stdout io.Writer) (string, error)
}

// pipedOutputs are in memory.
type pipedOutputs struct {
	want  bytes.Buffer
	lines bool // differences are told by lines, not by stations
}

func (p *pipedOutputs) expected() (io.Writer, error) { return &p.want, nil }

func (p *pipedOutputs) next() (io.Writer, error) {
	return &head{limit: p.want.Len() + outputSlack + 1}, nil
}

func (p *pipedOutputs) difference(stdout io.Writer) (string, error) {
	got := stdout.(*head).kept
	switch {
	case bytes.Equal(got, p.want.Bytes()):
		return "", nil
	case p.lines:
		return differentLine(got, p.want.Bytes()), nil
	}
	return difference(got, p.want.Bytes()), nil
}

// fileOutputs are files, for results that are larger than this process should be.
type fileOutputs struct {
	folder string
	want   *os.File
}

// newFileOutputs returns outputs in a new folder in parent.
func newFileOutputs(parent string) (*fileOutputs, error) {
	folder, err := os.MkdirTemp(parent, "outputs-")
	if err != nil {
		return nil, fmt.Errorf("compare: %w", err)
	}
	return &fileOutputs{folder: folder}, nil
}

func (f *fileOutputs) create(name string) (*os.File, error) {
	return os.Create(filepath.Join(f.folder, name))
}

func (f *fileOutputs) expected() (io.Writer, error) {
	var err error
	f.want, err = f.create("expected")
	return f.want, err
}

func (f *fileOutputs) next() (io.Writer, error) { return f.create("got") }

// difference reads the files from their start. It removes that of the run, so that
// the system need not write it to the disk during the next run.
func (f *fileOutputs) difference(stdout io.Writer) (different string, err error) {
	got := stdout.(*os.File)
	defer func() { err = errors.Join(err, got.Close(), os.Remove(got.Name())) }()
	same, err := f.compare(got, sameBytes)
	if same || err != nil {
		return "", err
	}
	_, err = f.compare(got, func(got, want *bufio.Reader) (bool, error) {
		different, err = differentRows(got, want)
		return different == "", err
	})
	return different, err
}

// compare calls same with both files at their start.
func (f *fileOutputs) compare(got *os.File, same func(got, want *bufio.Reader) (bool, error)) (bool, error) {
	for _, file := range []*os.File{got, f.want} {
		if _, err := file.Seek(0, io.SeekStart); err != nil {
			return false, err
		}
	}
	return same(bufio.NewReaderSize(got, 1<<20), bufio.NewReaderSize(f.want, 1<<20))
}

// remove removes the folder with its files.
func (f *fileOutputs) remove() {
	if f.want != nil {
		_ = f.want.Close() // it was written by another process
	}
	_ = os.RemoveAll(f.folder)
}

// sameBytes reports whether the rests of two files are equal.
func sameBytes(got, want *bufio.Reader) (bool, error) {
	a, b := make([]byte, 1<<20), make([]byte, 1<<20)
	for {
		n, errA := io.ReadFull(got, a)
		m, errB := io.ReadFull(want, b)
		if !bytes.Equal(a[:n], b[:m]) {
			return false, nil
		}
		if errA != nil || errB != nil {
			return true, errors.Join(failureOf(errA), failureOf(errB))
		}
	}
}

// failureOf returns an error of io.ReadFull, unless it is the end of the file.
func failureOf(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return nil
	}
	return err
}

// meanSlack is how far the mean of a CSV row may be from the expected one, which is
// rounded to one decimal: half of a tenth, and the error of a mean of float64s.
const meanSlack = 0.05 + 1e-9

// differentRows describes how CSV rows name,min,mean,max, with or without a header,
// differ from a result {name=min/mean/max, ...}, or returns "". A database prints
// such rows; their means need not be rounded. The names of the rows tell where those
// of the result end, which may contain any byte but ';' and LF.
func differentRows(got, want *bufio.Reader) (string, error) {
	const notCSV = "it is neither the expected result nor its rows as CSV: "
	rows := csv.NewReader(got)
	rows.ReuseRecord, rows.FieldsPerRecord = true, 4
	if brace, err := want.ReadByte(); err != nil || brace != '{' {
		return "the expected result does not start with {", failureOf(err)
	}
	number := 0
	for ; ; number++ {
		row, err := rows.Read()
		if number == 0 && err == nil && row[1] == "min" {
			row, err = rows.Read()
		}
		var syntax *csv.ParseError
		switch {
		case errors.Is(err, io.EOF):
			return missingRow(want, number)
		case errors.As(err, &syntax):
			return notCSV + err.Error(), nil
		case err != nil:
			return "", err
		}
		if next, err := want.Peek(1); err != nil || next[0] == '}' {
			return fmt.Sprintf("it has more than %d rows", number), failureOf(err)
		}
		wanted, err := want.Peek(len(row[0]) + 1)
		if failureOf(err) != nil {
			return "", err
		}
		if end := len(wanted) - 1; end < 0 || wanted[end] != '=' || string(wanted[:end]) != row[0] {
			return fmt.Sprintf("row %d: %s, not %s", number+1, quoted([]byte(row[0])), quoted(wanted)), nil
		}
		if _, err := want.Discard(len(wanted)); err != nil {
			return "", err
		}
		numbers, err := readNumbers(want)
		if err != nil {
			return "", err
		}
		if !sameNumbers(row[1:], numbers) {
			return fmt.Sprintf("row %d: %s, not %s=%s", number+1, quoted([]byte(strings.Join(row, ","))), row[0], numbers), nil
		}
	}
}

// missingRow reports a row of the result that is still to come.
func missingRow(want *bufio.Reader, rows int) (string, error) {
	next, err := want.Peek(1)
	if failureOf(err) != nil {
		return "", err
	}
	if len(next) == 0 || next[0] != '}' {
		return fmt.Sprintf("it has only %d rows", rows), nil
	}
	return "", nil
}

// readNumbers reads min/mean/max and the ", " after it. It leaves a '}'.
func readNumbers(want *bufio.Reader) (string, error) {
	next, err := want.Peek(len("-99.9/-99.9/-99.9, "))
	end := bytes.IndexAny(next, ",}")
	if end < 0 {
		return "", cmp.Or(failureOf(err), fmt.Errorf("the expected result has %q instead of numbers", next))
	}
	numbers := string(next[:end])
	if next[end] == ',' {
		end += len(", ")
	}
	_, err = want.Discard(end)
	return numbers, err
}

// sameNumbers reports whether a row has the numbers min/mean/max.
func sameNumbers(row []string, want string) bool {
	for i, slack := range [3]float64{0, meanSlack, 0} {
		var number string
		number, want, _ = strings.Cut(want, "/")
		if number == row[i] {
			continue
		}
		a, errA := strconv.ParseFloat(row[i], 64)
		b, errB := strconv.ParseFloat(number, 64)
		if errA != nil || errB != nil || !(math.Abs(a-b) <= slack) {
			return false
		}
	}
	return want == ""
}
