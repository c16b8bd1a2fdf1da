package topology

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strconv"
	"strings"
)

// Cache is one of a CPU.
type Cache struct {
	Level int    // 1 is the nearest
	Kind  string // "Data", "Instruction" or "Unified"
	Bytes int64
	CPUs  Set // that share it
}

// Caches reads the caches of a CPU from the root of a file system that has
// /sys, in the order of their levels. Where the kernel does not tell, there are
// none. It is not part of Read, since it takes a dozen files a CPU.
func Caches(root fs.FS, cpu int) ([]Cache, error) {
	r := &reader{root: root}
	var all []Cache
	for i := 0; ; i++ {
		folder := path.Join(cpuFolder, "cpu"+strconv.Itoa(cpu), "cache/index"+strconv.Itoa(i))
		c, err := r.cache(folder)
		if errors.Is(err, fs.ErrNotExist) {
			return all, nil
		}
		if err != nil {
			return all, fmt.Errorf("topology: %w", err)
		}
		all = append(all, c)
	}
}

func (r *reader) cache(folder string) (c Cache, err error) {
	var text [3]string
	for i, name := range []string{"level", "type", "size"} {
		if text[i], err = r.text(path.Join(folder, name)); err != nil {
			return c, err
		}
	}
	if c.CPUs, err = r.set(path.Join(folder, "shared_cpu_list")); err != nil {
		return c, err
	}
	c.Kind = text[1]
	if c.Level, err = parseNumber(text[0]); err != nil {
		return c, fmt.Errorf("%s/level: %w", folder, err)
	}
	kilobytes, ok := strings.CutSuffix(text[2], "K") // the only unit that the kernel writes
	n, err := strconv.ParseInt(kilobytes, 10, 53)
	if !ok || err != nil {
		return c, fmt.Errorf("%s/size: %q", folder, text[2])
	}
	c.Bytes = n << 10
	return c, nil
}
