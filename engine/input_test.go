package engine

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/stretchr/testify/require"
)

// TestAccessesAgree checks that all accesses have the same result for a file that is
// long enough for the probe of AccessAuto.
func TestAccessesAgree(t *testing.T) {
	path := filepath.Join(t.TempDir(), "long")
	row := []byte("a;1.0\nb;-2.0\n")
	require.NoError(t, os.WriteFile(path, bytes.Repeat(row, 70<<20/len(row)), 0o600))
	want, err := Aggregate(context.Background(), Options{Access: AccessMap}, File(path))
	require.NoError(t, err)
	for _, access := range []Access{AccessAuto, AccessRead, AccessCopy} {
		got, err := Aggregate(context.Background(), Options{Access: access}, File(path))
		require.NoError(t, err)
		require.Equal(t, want, got)
	}
}

// TestSizeOf checks which inputs have a known size.
func TestSizeOf(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(path, make([]byte, 100), 0o600))
	file, slice := File(path), Bytes("slice", make([]byte, 10))
	require.EqualValues(t, 120, sizeOf([]Input{slice, file, slice}))
	for _, unknown := range []Input{
		Reader("reader", strings.NewReader("a;1.0")), FS(os.DirFS(filepath.Dir(path)), "file"),
		File(t.TempDir()), File(path + "missing"), File(os.DevNull), Bytes("empty", nil),
	} {
		require.Zero(t, sizeOf([]Input{file, unknown}))
	}
	require.Zero(t, sizeOf(nil))
}

// TestBrokenStream checks that Aggregate returns the error of a reader that fails in
// the middle, for all errors that could be mistaken for the end.
func TestBrokenStream(t *testing.T) {
	for _, broken := range []error{io.ErrUnexpectedEOF, io.ErrClosedPipe, io.ErrNoProgress} {
		for _, size := range []int{0, 6, 4096, 3 * 256 << 10} {
			good := strings.Repeat("a;1.0\n", size/6)
			in := Reader("broken", io.MultiReader(strings.NewReader(good), iotest.ErrReader(broken)))
			result, err := Aggregate(context.Background(), Options{}, in)
			require.ErrorIs(t, err, broken, "after %d bytes", size)
			require.Nil(t, result)
		}
	}
}

// waiting is a stream that ends only when its gate is closed.
type waiting struct {
	bytes io.Reader
	gate  chan struct{}
}

// Read implements io.Reader.
func (w waiting) Read(b []byte) (int, error) {
	n, err := w.bytes.Read(b)
	if err != io.EOF {
		return n, err
	}
	select {
	case <-w.gate:
		return n, err
	case <-time.After(time.Minute): // the machine may be busy
		return n, errors.New("the gate was not closed")
	}
}

// TestReportWhileStreamWaits checks that a bad row is reported while the stream waits
// for that report.
func TestReportWhileStreamWaits(t *testing.T) {
	content := bytes.Repeat([]byte("a;1.0\n"), 256<<10/6+1)
	copy(content[600:], "a,1.0")
	gate := make(chan struct{})
	o := Options{Workers: 2, OnBadRow: func(row *RowError) error {
		require.EqualValues(t, 101, row.Line)
		close(gate)
		return nil
	}}
	result, err := Aggregate(context.Background(), o, Reader("waiting", waiting{bytes.NewReader(content), gate}))
	require.NoError(t, err)
	require.EqualValues(t, len(content)/6-1, result.Rows)
}
