package conform

import (
	"fmt"
	"slices"
	"strings"

	"onebrc/parse/oracle"
	"onebrc/testdata"
)

// Class is what the cases of a group are about.
type Class string

// The classes.
const (
	Rounding   Class = "rounding"
	Order      Class = "order"
	Boundaries Class = "boundaries"
	Names      Class = "names"
	FileEnds   Class = "file-ends"
	PageSizes  Class = "page-sizes"
	ManyNames  Class = "many-names"
	Extensions Class = "extensions"
	Malformed  Class = "malformed"
)

// classes describes the classes in their order. The inputs of all but Malformed are
// legal.
var classes = []struct {
	class Class
	about string
}{
	{Rounding, "means, ties and negative zero"},
	{Order, "the order of names, by UTF-16 code units"},
	{Boundaries, "extreme values, sums, counts and rows, and borders of parts"},
	{Names, "names that are easy to mistake for others"},
	{FileEnds, "empty files, and a last row without LF"},
	{PageSizes, "files that end at or near the end of a page"},
	{ManyNames, "up to 10,000 names"},
	{Extensions, "beyond the public rules: CR, invalid UTF-8, 01.2, over 10,000 names"},
	{Malformed, "files with bad rows"},
}

// Classes returns the classes in their order.
func Classes() []Class {
	var all []Class
	for _, c := range classes {
		all = append(all, c.class)
	}
	return all
}

// DescribeClasses returns the classes with what they are about, one a line.
func DescribeClasses() string {
	var lines []string
	for _, c := range classes {
		lines = append(lines, fmt.Sprintf("  %-11s %s", c.class, c.about))
	}
	return strings.Join(lines, "\n")
}

// Ties is how means are computed.
type Ties = oracle.Ties

// AllTies returns all of them, the default first.
func AllTies() []Ties { return []Ties{oracle.TiesUp, oracle.TiesDouble, oracle.TiesDoubleSum} }

// Case is an input and what a program has to make of it.
type Case struct {
	Name  string `json:"name"`
	Class Class  `json:"class"`
	About string `json:"about"`
	// generate returns the input. It is nil for a file in testdata.
	generate func() (string, error)
}

// Cases returns all cases in the order of their classes, those of testdata before larger
// ones.
func Cases() []Case {
	all := slices.Concat(legal, malformed, generated())
	order := Classes()
	slices.SortStableFunc(all, func(a, b Case) int { return slices.Index(order, a.Class) - slices.Index(order, b.Class) })
	return all
}

// CaseNames returns the names of all cases.
func CaseNames() []string {
	var names []string
	for _, c := range Cases() {
		names = append(names, c.Name)
	}
	return names
}

// Input returns the input.
func (c Case) Input() (string, error) {
	if c.generate != nil {
		return c.generate()
	}
	if c.Class == Malformed {
		return embedded("bad/" + c.Name + ".txt")
	}
	return embedded("golden/" + c.Name + ".txt")
}

// Expected returns the output for input, which is that of the case. For Malformed, this
// is the output for the good rows.
func (c Case) Expected(input string, ties Ties) (string, error) {
	if c.generate == nil && c.Class != Malformed && ties == oracle.TiesUp {
		return embedded("golden/" + c.Name + ".out")
	}
	output, bad := oracle.SkipTies(input, ties)
	if (len(bad) > 0) != (c.Class == Malformed) {
		return "", fmt.Errorf("conform: case %s has %d bad rows", c.Name, len(bad))
	}
	return output, nil
}

// embedded returns the content of a file in testdata.
func embedded(path string) (string, error) {
	content, err := testdata.Files.ReadFile(path)
	if err != nil {
		return "", fmt.Errorf("conform: %w", err)
	}
	return string(content), nil
}
