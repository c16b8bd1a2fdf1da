package gen

import "strings"

const (
	// logPathsKey is the seed of the paths and specialPathsKey that of the special
	// ones: ASCII "channels" and "special!".
	logPathsKey     = 0x6368616e6e656c73
	specialPathsKey = 0x7370656369616c21
	// specialEvery is the distance between special paths, and specialFirst the index
	// of the first.
	specialEvery = 40
	specialFirst = 13
)

// levelCounts has the number of paths with 1, 2, ... levels.
var levelCounts = [...]int{200, 1400, 3100, 3300, 2000}

// logPaths returns the 10,000 distinct paths of profile "log", the most popular first.
// A path has 1 to 5 levels, such as /kite/ro/danu3, and the path above it is a path as
// well. Popularity does not depend on the level. The result is the same for every call.
func logPaths() []string {
	rng := splitMix64(logPathsKey)
	var set nameSet
	parents := []string{""}
	for _, count := range levelCounts {
		first := len(set.names)
		for len(set.names) < first+count {
			set.add(parents[rng.below(len(parents))] + "/" + makeWord(&rng))
		}
		parents = set.names[first:]
	}
	paths := set.names
	for i := range paths {
		k := i + rng.below(len(paths)-i)
		paths[i], paths[k] = paths[k], paths[i]
	}
	return paths
}

// makeWord returns 2 to 10 letters that can be spoken. One word of 16 ends in a digit.
func makeWord(rng *splitMix64) string {
	const consonants, vowels = "bdfghjklmnprstvwz", "aeiou"
	word := make([]byte, 2+rng.below(5)+rng.below(5))
	parity := rng.below(2)
	for i := range word {
		from := consonants
		if i&1 == parity {
			from = vowels
		}
		word[i] = from[rng.below(len(from))]
	}
	if rng.below(16) == 0 {
		word[len(word)-1] = byte('0' + rng.below(10))
	}
	return string(word)
}

// specialPaths returns the paths of profile "log-quoted": those of "log", but one of
// specialEvery has a delimiter, a line feed, a quote or all of them at any place.
func specialPaths() []string {
	rng := splitMix64(specialPathsKey)
	paths := logPaths()
	for i := specialFirst; i < len(paths); i += specialEvery {
		for _, special := range [...]string{",", "\n", `"`, ",\n\""}[i/specialEvery%4] {
			at := rng.below(len(paths[i]) + 1)
			paths[i] = paths[i][:at] + string(special) + paths[i][at:]
		}
	}
	return paths
}

// isSpecial reports whether a field with this content must be quoted.
func isSpecial(content string) bool { return strings.ContainsAny(content, ",\"\n\r") }

// quoteField returns content as a quoted field.
func quoteField(content string) string {
	return `"` + strings.ReplaceAll(content, `"`, `""`) + `"`
}
