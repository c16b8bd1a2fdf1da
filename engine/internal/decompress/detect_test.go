package decompress_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"onebrc/engine/internal/decompress"
)

// bzip2Head is the start of bzip2 data up to the place of the first byte in its block.
const bzip2Head = "BZh91AY&SY"

// TestDetect checks what is compressed and what is not.
func TestDetect(t *testing.T) {
	for _, s := range samples(t) {
		head := s.compressed[:decompress.HeadBytes]
		f, decided := decompress.Detect(head, false)
		require.True(t, decided)
		require.Equal(t, s.format, f, s.name)
	}
	for text, want := range map[string]decompress.Format{
		"":                                 "",
		"a;1.0\n":                          "",
		"BZh1;1.0\n":                       "",
		"BZh9;1.0\nx;2.0\n":                "",
		bzip2Head + ";1.0\n":               "",
		bzip2Head + ";1.0":                 "",
		bzip2Head + "city,temp\na,1\n":     "",
		bzip2Head + "\nx\n":                "",
		bzip2Head + "abcd\x7f\x7f\x7f\x7f": "",
		bzip2Head + "abcd\x06\xdd\xd0\x00": "",
		bzip2Head + "abcd\x06\xdd\xcf\x80": decompress.Bzip2,
		"BZh0" + bzip2Head[4:] + "abcd\x06\xdd\xd0\x00": "",
		"BZh9\x17\x72\x45\x38\x50\x90\x00\x00\x00\x00":  decompress.Bzip2, // no bytes at all
		"\x1f\x8b":                             "",
		"\x1f\x8b\x08\x00":                     decompress.Gzip,
		"\x1f\x8b\x08\x00;1.0\n":               decompress.Gzip,
		"\x28\xb5\x2f\xfd\x04a;1.0\n":          decompress.Zstd,
		"\x1f\x8b\x08\x20xxxxxxxxxxxx":         "",
		"\x1f\x8b\x07\x00xxxxxxxxxxxx":         "",
		"\x28\xb5\x2f\xfd\x24":                 decompress.Zstd,
		"\x28\xb5\x2f\xfd\x28":                 "",
		"P*M\x18xxxx":                          decompress.Zstd,
		"O*M\x18xxxx":                          "",
		"\xfd7zXZ\x00\x00\x04\xe6\xd6\xb4\x46": decompress.XZ,
		"\xfd7zXZ\x00\x00\x04\xe6\xd6\xb4\x47": "",
	} {
		f, decided := decompress.Detect([]byte(text), true)
		require.True(t, decided, "%q", text)
		require.Equal(t, want, f, "%q", text)
	}
}

// TestDetectInPieces checks that more bytes never change what was decided, and that text
// is decided after a byte or two.
func TestDetectInPieces(t *testing.T) {
	heads := [][]byte{[]byte("a;1.0\n"), []byte("Berlin;1.0\n"), []byte("BZh1;1.0\n"), []byte(bzip2Head + ";1.0\n"), []byte("P;1.0\n"), []byte("\x1f;1.0\n")}
	for _, s := range samples(t) {
		heads = append(heads, s.compressed[:decompress.HeadBytes])
	}
	for _, head := range heads {
		want, _ := decompress.Detect(head, true)
		for n := range len(head) {
			if f, decided := decompress.Detect(head[:n], false); decided {
				require.Equal(t, want, f, "%q", head[:n])
			}
		}
	}
	for first := range 256 {
		_, decided := decompress.Detect([]byte{byte(first), ';'}, false)
		require.True(t, decided, first)
	}
}

// FuzzDetect checks that no text is compressed, and that the answer does not depend on how
// much of the input is seen.
func FuzzDetect(f *testing.F) {
	for _, s := range samples(f) {
		f.Add(s.compressed[:200])
	}
	f.Add([]byte(bzip2Head + ";1.0\n"))
	f.Add([]byte("P*M\x18;1.0"))
	f.Fuzz(func(t *testing.T, b []byte) {
		whole, decided := decompress.Detect(b, true)
		require.True(t, decided)
		for n := range b {
			if format, decided := decompress.Detect(b[:n], false); decided {
				require.Equal(t, whole, format)
			}
		}
		if utf8.Valid(b) && !bytes.ContainsFunc(b, func(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\r' && r != '\t' }) {
			require.Empty(t, whole)
		}
	})
}

// FuzzRead checks that damaged data is read to its end or an error, and that it is never
// read as other data than it was, unless it has other checksums.
func FuzzRead(f *testing.F) {
	for i := range samples(f) {
		f.Add(i, 100, []byte{1, 2, 3})
		f.Add(i, 5000, []byte{})
	}
	all := samples(f)
	f.Fuzz(func(t *testing.T, i, at int, with []byte) {
		if i < 0 || i >= len(all) || at < 0 || at > len(all[i].compressed) {
			return
		}
		s := all[i]
		damaged := slices.Clone(s.compressed)
		if copy(damaged[at:], with); len(with) == 0 {
			damaged = damaged[:at]
		}
		if f, _ := decompress.Detect(damaged, true); f != s.format {
			return
		}
		plain, _, err := decompressed(damaged, bytes.NewReader(damaged))
		if err == nil {
			require.True(t, bytes.Equal(s.plain, plain) || strings.HasPrefix(string(s.plain), string(plain)))
			return
		}
		require.ErrorIs(t, err, decompress.ErrData)
	})
}
