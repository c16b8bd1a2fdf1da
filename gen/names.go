package gen

import "unicode/utf8"

const (
	names10kCount = 10_000
	// names10kKey is the seed of the names and means10kKey that of the means: ASCII
	// "names10k" and "means10k". They are constants so that the stations do not
	// depend on the seed of the data set.
	names10kKey = 0x6e616d657331306b
	means10kKey = 0x6d65616e7331306b
	// names10kLongest is the number of names with exactly maxNameBytes bytes, not
	// counting those that lengthBytes draws.
	names10kLongest = 26
)

// alphabets has the non-ASCII characters of profile "10k". The characters of one
// alphabet have the same encoded size. The fullwidth letters (from U+FF21, lead byte
// EF) and the 4-byte characters (lead byte F0) have a different order as bytes and
// as UTF-16.
var alphabets = [...]struct {
	percent int // of the names
	runes   []rune
}{
	{14, []rune("áàâäãåæçéèêëíîïñóôöøõúûüýßšžčřşğıłńœ")},
	{6, []rune("абвгдежзийклмнопрстуфхцчшщыэюяαβγδεζηθλμνξπρσφψω")},
	{6, []rune("東京大阪北上海広島山川田中村愛知福岡서울부산กขคงจไทย가나다")},
	{2, []rune("\uff21\uff22\uff23\uff24\uff25\uff26\uff27\uff28\uff29\uff2a\uff2b\uff2c\uff2d\uff2e\uff2f\uff30")},
	{4, []rune("🌍🌡🌞🌊🏔🗻𐌰𐌱𐌲𐌳𐍈𠀀𠮷𝔄𝔅")},
}

// lengthBytes draws the length of a name:
//
//	 1 %  1 to 3 bytes, uniform
//	84 %  4 to 16 bytes, 4 + the smaller of two uniform numbers in 0..12
//	12 %  17 to 32 bytes, uniform
//	 3 %  33 to 100 bytes, uniform
func lengthBytes(rng *splitMix64) int {
	switch p := rng.below(100); {
	case p < 1:
		return 1 + rng.below(3)
	case p < 85:
		return 4 + min(rng.below(13), rng.below(13))
	case p < 97:
		return 17 + rng.below(16)
	default:
		return 33 + rng.below(68)
	}
}

// names10k returns the 10,000 distinct names of profile "10k": the letters A to Z,
// then names with the lengths that lengthBytes draws, then 26 names of exactly 100
// bytes. Except for the letters, 32 % of the names have characters of 2, 3 or 4
// bytes. The result is the same for every call.
func names10k() []string {
	rng := splitMix64(names10kKey)
	names := make([]string, 0, names10kCount)
	seen := make(map[string]bool, names10kCount)
	add := func(name string) {
		if !seen[name] {
			seen[name] = true
			names = append(names, name)
		}
	}
	for c := 'A'; c <= 'Z'; c++ {
		add(string(c))
	}
	for len(names) < names10kCount-names10kLongest {
		add(makeName(&rng, lengthBytes(&rng)))
	}
	for len(names) < names10kCount {
		add(makeName(&rng, maxNameBytes))
	}
	return names
}

// makeName returns a name of exactly length bytes: a capital letter, then lower-case
// letters and now and then a space or a hyphen. It draws one of alphabets or none,
// and mixes in characters of that.
func makeName(rng *splitMix64, length int) string {
	var foreign []rune
	p := rng.below(100)
	for _, a := range alphabets {
		if p < a.percent {
			foreign = a.runes
			break
		}
		p -= a.percent
	}
	return makeForeignName(rng, length, foreign)
}

// makeForeignName returns a name of exactly length bytes. Unless foreign is nil,
// about half of the characters come from there, as long as they fit.
func makeForeignName(rng *splitMix64, length int, foreign []rune) string {
	name := make([]byte, 0, length)
	for len(name) < length {
		if foreign != nil && rng.below(2) == 0 {
			if r := foreign[rng.below(len(foreign))]; len(name)+utf8.RuneLen(r) <= length {
				name = utf8.AppendRune(name, r)
				continue
			}
		}
		name = append(name, nameByte(rng, len(name), length))
	}
	return string(name)
}

// makeASCIIName returns a name of exactly length ASCII characters.
func makeASCIIName(rng *splitMix64, length int) string {
	return makeForeignName(rng, length, nil)
}

// nameByte draws the ASCII character at byte at of a name of length bytes.
func nameByte(rng *splitMix64, at, length int) byte {
	const separators = " -"
	switch {
	case at == 0:
		return byte('A' + rng.below(26))
	case at > 2 && at < length-2 && rng.below(12) == 0:
		return separators[rng.below(len(separators))]
	default:
		return byte('a' + rng.below(26))
	}
}

// mean10k returns the mean of station i of profile "10k" in tenths. It is uniform
// from -30.0 to 45.0 degrees and does not depend on the name.
func mean10k(i int) int {
	rng := splitMix64(means10kKey + uint64(i)*weyl)
	return rng.below(751) - 300
}
