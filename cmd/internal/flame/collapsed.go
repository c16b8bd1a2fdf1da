package flame

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// unsafe replaces what a name cannot have in the collapsed format.
var unsafe = [...]string{";", ",", "\n", " ", "\r", " "}

// Write writes stacks in the collapsed format, each stack once, in the order of bytes.
func Write(w io.Writer, stacks []Stack) error {
	replacer := strings.NewReplacer(unsafe[:]...)
	values := map[string]int64{}
	for _, s := range stacks {
		names := make([]string, len(s.Functions))
		for i, name := range s.Functions {
			names[i] = replacer.Replace(name)
		}
		values[strings.Join(names, ";")] += s.Value
	}
	var b strings.Builder
	for _, names := range slices.Sorted(maps.Keys(values)) {
		fmt.Fprintf(&b, "%s %d\n", names, values[names])
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// Parse returns the stacks of a text in the collapsed format. An error has the number of
// the line.
func Parse(text string) ([]Stack, error) {
	var stacks []Stack
	number := 0
	for line := range strings.Lines(text) {
		number++
		line = strings.TrimRight(line, "\r\n")
		if line == "" {
			continue
		}
		stack, err := parseLine(line)
		if err != nil {
			return nil, fmt.Errorf("flame: line %d: %w, got %.100q", number, err, line)
		}
		stacks = append(stacks, stack)
	}
	return stacks, nil
}

// parseLine returns the stack of a line.
func parseLine(line string) (Stack, error) {
	space := strings.LastIndexByte(line, ' ')
	if space < 0 {
		return Stack{}, fmt.Errorf("want FUNCTION;FUNCTION VALUE")
	}
	value, err := strconv.ParseInt(line[space+1:], 10, 64)
	if err != nil || value <= 0 {
		return Stack{}, fmt.Errorf("the value must be an integer above 0")
	}
	names := strings.Split(line[:space], ";")
	if slices.Contains(names, "") {
		return Stack{}, fmt.Errorf("a function has no name")
	}
	return Stack{names, value}, nil
}
