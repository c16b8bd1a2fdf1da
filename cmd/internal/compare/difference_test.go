package compare

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestDifference(t *testing.T) {
	const want = "{Oslo=-1.0/0.0/1.0, Washington, D.C.=2.0/2.0/2.0, Zug=3.0/3.0/3.0}\n"
	for got, text := range map[string]string{
		"":                                      "it prints nothing",
		strings.TrimSuffix(want, "\n"):          "the last LF is missing",
		strings.Replace(want, "}", "", 1):       "the stations are right, but not what is around them",
		want + "\n":                             "the stations are right, but not what is around them",
		strings.Replace(want, "0.0", "-0.0", 1): `1 of 3 stations, the first: "Oslo=-1.0/-0.0/1.0", not "Oslo=-1.0/0.0/1.0"`,
		strings.ReplaceAll(want, "/2", "/4"):    `1 of 3 stations, the first: "Washington, D.C.=2.0/4.0/4.0", not "Washington, D.C.=2.0/2.0/2.0"`,
		strings.Replace(want, "Oslo=-1.0/0.0/1.0, ", "", 1): `stations: 2, not 3; the first difference: "Washington, D.C.=2.0/2.0/2.0", not "Oslo`,
		strings.Replace(want, ", Zug=3.0/3.0/3.0", "", 1):   `stations: 2, not 3; the first difference: nothing, not "Zug=3.0/3.0/3.0"`,
		strings.Replace(want, "}", ", a=1.0/1.0/1.0}", 1):   `stations: 4, not 3; the first difference: "a=1.0/1.0/1.0", not nothing`,
		"{}\n":                   `stations: 0, not 3; the first difference: nothing, not "Oslo`,
		strings.Repeat("x", 200): `stations: 1, not 3; the first difference: "` + strings.Repeat("x", 120) + `"..., not "Oslo`,
		strings.Repeat("x", len(want)+outputSlack+1):             "it prints more than ",
		"Oslo=-1.0/0.0/1.0\nWashington, D.C.=2.0/2.0/2.0, Zug\n": `3 of 3 stations, the first: "Oslo=-1.0/0.0/1.0\nWashington", not "Oslo`,
	} {
		require.True(t, strings.HasPrefix(difference([]byte(got), []byte(want)), text), "%.300s: %.300s", got, difference([]byte(got), []byte(want)))
	}
	require.Equal(t, `stations: 1, not 0; the first difference: "a=1", not nothing`, difference([]byte("{a=1}\n"), []byte("{}\n")))
}

func TestDifferentLine(t *testing.T) {
	for _, test := range [][3]string{
		{"a\nb\n", "a\nc\n", `line 2: "b", not "c"`},
		{"a\n", "a\nc\n", `line 2: the end, not "c"`},
		{"a\n\n", "a\n", `line 2: "", not the end`},
		{"a\nb", "a\nb\n", `line 2: "b" without LF, not "b"`},
		{"", "a\n", `line 1: the end, not "a"`},
	} {
		require.Equal(t, test[2], differentLine([]byte(test[0]), []byte(test[1])))
	}
}

func TestHeadAndTail(t *testing.T) {
	h, last := head{limit: 5}, ending{limit: 5}
	for _, text := range []string{"", "abc", "def", "ghij", strings.Repeat("x", 20), "yz"} {
		for _, write := range []func([]byte) (int, error){h.Write, last.Write} {
			n, err := write([]byte(text))
			require.NoError(t, err)
			require.Equal(t, len(text), n)
		}
	}
	require.Equal(t, "abcde", string(h.kept))
	require.Equal(t, "xxxxxyz", string(last.kept))
}
