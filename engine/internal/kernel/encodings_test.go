package kernel_test

import (
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/arch/arm64/arm64asm"
)

// encoding matches a macro of neon_arm64.h: its name, its word without registers, and
// the instruction in its comment.
var encoding = regexp.MustCompile(`^#define (\w+)\(d, n, m\) WORD \$\((0x[0-9a-f]{8}) \| \(m\)<<16 \| \(n\)<<5 \| \(d\)\) // (.*)$`)

// macroName matches what names a macro in an instruction: MLA_4S_1 is
// MLA Vd.4S, Vn.4S, Vm.S[1].
var macroName = regexp.MustCompile(`^(\w+) Vd\.(\w+), Vn\.\w+, Vm\.\w+(?:\[(\d)\])?$`)

// TestEncodings checks that the words in neon_arm64.h are the instructions in their
// comments and names, and that there are no others.
func TestEncodings(t *testing.T) {
	header, err := os.ReadFile("neon_arm64.h")
	require.NoError(t, err)
	checked := 0
	for line := range strings.Lines(string(header)) {
		if !strings.HasPrefix(line, "#") {
			require.NotContains(t, line, "WORD $")
			continue
		}
		match := encoding.FindStringSubmatch(strings.TrimSuffix(line, "\n"))
		require.NotNil(t, match, line)
		require.Equal(t, strings.TrimRight(macroName.ReplaceAllString(match[3], "${1}_${2}_${3}"), "_"), match[1], line)
		word, err := strconv.ParseUint(match[2], 0, 32)
		require.NoError(t, err)
		for _, registers := range [][3]uint32{{0, 0, 0}, {31, 0, 0}, {0, 31, 0}, {0, 0, 31}, {21, 10, 5}} {
			d, n, m := registers[0], registers[1], registers[2]
			inst, err := arm64asm.Decode(binary.LittleEndian.AppendUint32(nil, uint32(word)|m<<16|n<<5|d))
			require.NoError(t, err, line)
			want := strings.NewReplacer("Vd", fmt.Sprint("V", d), "Vn", fmt.Sprint("V", n), "Vm", fmt.Sprint("V", m)).Replace(match[3])
			require.Equal(t, want, inst.String(), line)
		}
		checked++
	}
	require.Positive(t, checked)

	sources, err := filepath.Glob("*_arm64.s")
	require.NoError(t, err)
	require.NotEmpty(t, sources)
	for _, source := range sources {
		text, err := os.ReadFile(source)
		require.NoError(t, err)
		require.NotContains(t, string(text), "WORD", source)
	}
}
