package cli

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/docker/go-units"
)

// WantError is the error of a flag's value: it says what the value must be, such as
// "must be 1 or more". Run adds the flag and the value.
type WantError string

// Error returns the text.
func (e WantError) Error() string { return string(e) }

// Int is a flag of a whole number from Min to Max.
type Int struct{ Value, Min, Max int }

// String returns the number.
func (i *Int) String() string { return strconv.Itoa(i.Value) }

// Type names the value in help.
func (i *Int) Type() string { return "int" }

// Set parses text.
func (i *Int) Set(text string) error {
	n, err := strconv.Atoi(text)
	switch {
	case err == nil && i.Min <= n && n <= i.Max:
		i.Value = n
		return nil
	case i.Max == math.MaxInt:
		return WantError(fmt.Sprintf("must be a number of at least %d", i.Min))
	}
	return WantError(fmt.Sprintf("must be a number from %d to %d", i.Min, i.Max))
}

// Choice is a flag of one of several texts.
type Choice[T ~string] struct {
	Value T
	All   []T
	Kind  string // what help calls the value
	Empty bool   // "" is allowed, too
}

// String returns the choice.
func (c *Choice[T]) String() string { return string(c.Value) }

// Type names the value in help.
func (c *Choice[T]) Type() string { return c.Kind }

// Set parses text.
func (c *Choice[T]) Set(text string) error {
	if !slices.Contains(c.All, T(text)) && !(c.Empty && text == "") {
		return WantError("must be one of " + strings.Join(Texts(c.All), ", "))
	}
	c.Value = T(text)
	return nil
}

// Texts returns values as strings.
func Texts[T ~string](values []T) []string {
	all := make([]string, len(values))
	for i, v := range values {
		all[i] = string(v)
	}
	return all
}

// Size is a flag of a number of bytes: 0, or at least Min. The suffixes are those of
// units.RAMInBytes: 1k, 64KiB and 1MB are powers of 1024.
type Size struct{ Bytes, Min int64 }

// String returns the size with its unit.
func (s *Size) String() string {
	if s.Bytes == 0 {
		return "0" // which help leaves out
	}
	return sizeText(s.Bytes)
}

func sizeText(bytes int64) string {
	return units.CustomSize("%g%s", float64(bytes), 1024, []string{"B", "KiB", "MiB", "GiB", "TiB"})
}

// Type names the value in help.
func (s *Size) Type() string { return "size" }

// Set parses text.
func (s *Size) Set(text string) error {
	n, err := units.RAMInBytes(text)
	switch {
	case err == nil && n == math.MinInt64: // what a float above all of int64 becomes
		return WantError("must be less than 8 EiB")
	case err == nil && (n == 0 || n > 0 && n >= s.Min):
		s.Bytes = n
		return nil
	case s.Min > 0:
		return WantError(fmt.Sprintf("must be 0 or a size of at least %s, such as 64MiB or 1m", sizeText(s.Min)))
	}
	return WantError("must be 0 or a size such as 64MiB or 1m")
}
