//go:build linux

package main

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"fmt"
	"io"
	"os/exec"

	"github.com/klauspost/compress/zstd"
	"github.com/ulikunitz/xz"
)

// slowBytes is the size of the largest data that is compressed to a format whose
// compressors take long.
const slowBytes = 256 << 10

// packed returns content as it is, or in one of four times compressed: as one or more
// members of a random format.
func (l *lab) packed(content string) string {
	if l.r.IntN(4) > 0 {
		return content
	}
	formats := []string{"gzip", "BGZF", "zstd", "zstd frames of known size"}
	if len(content) <= slowBytes {
		formats = append(formats, "xz", "bzip2")
	}
	format := pick(l.r, formats)
	var out bytes.Buffer
	members := 0
	most := 1 + l.r.IntN(1+2*len(content))
	if format == "BGZF" {
		most = min(most, 60_000) // of text, so that the size of a block fits in 16 bits
	}
	most = max(most, 1+len(content)/200)
	if format == "BGZF" && most > 60_000 {
		format = "gzip"
	}
	for rest := content; members == 0 || rest != ""; members++ {
		part := rest[:min(len(rest), most)]
		rest = rest[len(part):]
		if err := appendMember(&out, format, part); err != nil {
			panic(fmt.Sprintf("soak: %s: %v", format, err)) // the machine is at fault
		}
	}
	l.note("%d bytes in %d members of %s", len(content), members, format)
	return out.String()
}

// appendMember appends content as a member of a format.
func appendMember(out *bytes.Buffer, format, content string) error {
	write := func(w io.WriteCloser, err error) error {
		if err == nil {
			_, err = io.WriteString(w, content)
		}
		if err == nil {
			err = w.Close()
		}
		return err
	}
	start := out.Len()
	switch format {
	case "gzip":
		return write(gzip.NewWriterLevel(out, gzip.BestSpeed))
	case "BGZF":
		w, err := gzip.NewWriterLevel(out, gzip.BestSpeed)
		if err == nil {
			w.Extra = []byte("BC\x02\x00\x00\x00")
			err = write(w, nil)
		}
		if err == nil {
			block := out.Bytes()[start:]
			binary.LittleEndian.PutUint16(block[16:], uint16(len(block)-1))
		}
		return err
	case "zstd":
		return write(zstd.NewWriter(out, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(1)))
	case "zstd frames of known size":
		w, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(1))
		if err == nil {
			out.Write(w.EncodeAll([]byte(content), nil))
		}
		return err
	case "xz":
		return write(xz.NewWriter(out))
	}
	command := exec.Command("bzip2", "-c")
	command.Stdin, command.Stdout = bytes.NewReader([]byte(content)), out
	return command.Run()
}
