package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// testsFolder is the guest's folder of test programs.
const testsFolder = "tests"

// writeInitramfs writes an archive that the kernel unpacks, in the format newc of
// cpio(5): the program init as /init, and the programs of a folder in testsFolder.
func writeInitramfs(name, init, folder string) error {
	tests, err := filepath.Glob(filepath.Join(folder, "*"))
	if err != nil {
		return err
	}
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	defer f.Close() // for errors; the Close below is checked
	a := &archive{w: bufio.NewWriter(f)}
	a.add(testsFolder, 0o040755, nil)
	a.addFile("init", init)
	for _, test := range tests {
		a.addFile(filepath.Join(testsFolder, filepath.Base(test)), test)
	}
	a.add("TRAILER!!!", 0, nil)
	if a.err != nil {
		return a.err
	}
	if err := a.w.Flush(); err != nil {
		return err
	}
	return f.Close()
}

// archive writes the entries of an archive. err is the first error.
type archive struct {
	w     *bufio.Writer
	inode int
	err   error
}

// addFile adds the program at path as name.
func (a *archive) addFile(name, path string) {
	data, err := os.ReadFile(path)
	if err != nil && a.err == nil {
		a.err = err
	}
	a.add(name, 0o100755, data)
}

// add adds an entry: a header of hexadecimal numbers with the name, which ends in
// a zero byte, then the data. Both parts are padded to a multiple of 4 bytes.
func (a *archive) add(name string, mode int, data []byte) {
	a.inode++
	header := "070701"
	for _, field := range []int{
		a.inode, mode, 0, 0, 1, 0, len(data), // user, group, links, time, size
		0, 0, 0, 0, len(name) + 1, 0, // devices, size of the name, no checksum
	} {
		header += fmt.Sprintf("%08X", field)
	}
	for _, part := range []string{header + name + "\x00", string(data)} {
		_, err := io.WriteString(a.w, part+"\x00\x00\x00"[:-len(part)&3])
		if err != nil && a.err == nil {
			a.err = err
		}
	}
}
