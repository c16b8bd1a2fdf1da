// Package replace writes a file beside an old one and then puts it in the old one's
// place, so that the old file stays until the new one is complete.
package replace

import (
	"errors"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// File is a temporary file .NAME.*.tmp in the folder of the file that it is to
// create or replace.
type File struct {
	*os.File
	target string
}

// Create creates the File for path. If path is a symbolic link, the File is for its
// Target. It has mode 0666 less the umask, or the mode of the file that it is to
// replace.
func Create(path string) (*File, error) {
	const (
		// nameLimit leaves room for the prefix and the suffix in a file name of at
		// most 255 bytes.
		nameLimit = 200
		attempts  = 100
	)
	old, err := os.Stat(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	target := Target(path)
	dir, name := filepath.Split(target)
	name = strings.ToValidUTF8(name[:min(len(name), nameLimit)], "")
	for attempt := 1; ; attempt++ {
		random := strconv.FormatUint(rand.Uint64(), 36)
		// Not os.CreateTemp, whose files have mode 0600 whatever the umask.
		file, err := os.OpenFile(dir+"."+name+"."+random+".tmp", os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
		if errors.Is(err, fs.ErrExist) && attempt < attempts {
			continue
		}
		if err != nil {
			return nil, err
		}
		f := &File{file, target}
		if old != nil {
			if err := f.Chmod(old.Mode().Perm()); err != nil {
				return nil, joined(err, f.Discard())
			}
		}
		return f, nil
	}
}

// Target returns the file that Create creates or replaces for path: path itself or,
// if path is a symbolic link, what the link points to. As with a redirection in a
// shell, that need not exist.
func Target(path string) string {
	for range 255 { // more than systems follow; os.Stat refuses a circle
		link, err := os.Readlink(path)
		if err != nil {
			break
		}
		if !filepath.IsAbs(link) {
			// filepath.Join would drop x/.. even if x is a link.
			dir, _ := filepath.Split(path)
			link = dir + link
		}
		path = link
	}
	return path
}

// Commit closes f and puts it in its place. After an error, f is gone and the old
// file is unchanged.
func (f *File) Commit() error {
	if err := f.Close(); err != nil {
		return joined(err, os.Remove(f.Name()))
	}
	if err := os.Rename(f.Name(), f.target); err != nil {
		return joined(err, os.Remove(f.Name()))
	}
	return nil
}

// Discard closes and removes f. The old file is unchanged.
func (f *File) Discard() error {
	_ = f.Close() // nobody needs the bytes
	return os.Remove(f.Name())
}

// joined returns err, joined with the error of removing a file if there is one.
func joined(err, removing error) error {
	if removing == nil {
		return err
	}
	return errors.Join(err, removing)
}
