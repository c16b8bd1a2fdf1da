package main

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"onebrc/cmd/internal/cli"
	"onebrc/gen"
	"onebrc/gen/replace"
)

// toStdout is the value of --output that means standard output.
const toStdout = "-"

// config has the values of the flags.
type config struct {
	rows    numberFlag
	names   numberFlag
	seed    uint64
	profile string
	output  string
	corrupt float64
	list    string
	workers int
	quiet   bool
}

// newCommand returns the command with its flags.
func newCommand() *cobra.Command {
	c := &config{
		rows:  numberFlag{kind: "rows", parse: gen.ParseRows, text: "1e9", number: 1e9},
		names: numberFlag{kind: "names", parse: gen.ParseNames},
	}
	command := &cobra.Command{
		Use:   "gen [flags]",
		Short: "Write a data set of the One Billion Row Challenge, or a log",
		Long:  longHelp(),
		Example: "  gen --rows 1e8 -o measurements.txt\n  gen --rows 1_000 --profile 10k -o - | head\n" +
			"  gen --rows 1e8 --profile zipf --names 10M -o zipf.txt\n" +
			"  gen --rows 1e6 --corrupt 0.001 --corrupt-list planted.txt -o bad.txt",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 0 {
				return cli.Usagef("unexpected argument %q", args[0])
			}
			return nil
		},
		PreRunE: func(*cobra.Command, []string) error { return c.check() },
		RunE:    func(*cobra.Command, []string) error { return generate(c) },
	}
	flags := command.Flags()
	flags.SortFlags = false
	flags.Var(&c.rows, "rows", "number of rows, such as 1000, 1_000_000, 10M or 1.5e6")
	flags.Uint64Var(&c.seed, "seed", 1, "seed; each seed gives another data set")
	flags.StringVar(&c.profile, "profile", gen.DefaultProfile, "kind of data set, one of those above")
	flags.Var(&c.names, "names", "number of names of the profiles uniform and zipf, 1 to 1e9 (default 1e6)")
	flags.StringVarP(&c.output, "output", "o", "measurements.txt", "file to write, or - for standard output")
	flags.Float64Var(&c.corrupt, "corrupt", 0, "probability of a bad row, 0 to 1")
	flags.StringVar(&c.list, "corrupt-list", "", "write a list of the bad rows to this file")
	flags.IntVar(&c.workers, "workers", 0, "number of workers, 0 for one per CPU")
	flags.BoolVar(&c.quiet, "quiet", false, "show no progress bar")
	// It fails only for a flag that does not exist, which a test would notice.
	_ = command.RegisterFlagCompletionFunc("profile", completeProfile)
	return command
}

// longHelp returns the text of --help above the flags.
func longHelp() string {
	var b strings.Builder
	b.WriteString(`Write a data set of the One Billion Row Challenge. A row is "name;value". The
value is a temperature from -99.9 to 99.9 with one decimal. The profiles of logs
write a table for 1brc group instead: delimited text with a header.

The same rows, seed, profile and names give the same bytes with any number of
workers and on any machine. The program writes to a temporary file beside the output and
renames it when it is complete. After an error or an interrupt nothing is left
behind, and an existing output is unchanged. Symbolic links are followed.
Standard output, devices and pipes are written directly.

--corrupt replaces rows by bad ones with the given probability, and always the
first and the last row. The bad rows have all reasons of 1brc in many shapes, and
in logs field-count, bad-quote, and bad-value in the last two columns.
--corrupt-list writes a list of them to a file, as 1brc --rejects does, in which
"stdin" stands for standard output:

  FILE<TAB>LINE<TAB>OFFSET<TAB>REASON<TAB>row

The progress bar appears only if standard error is a terminal. The exit code is
0 for success (also if the reader of standard output closes it early), 1 for
failure and 2 for wrong usage.

Profiles:
`)
	for _, name := range profiles() {
		fmt.Fprintf(&b, "  %-16s %s\n", name, gen.DescribeProfile(name))
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// profiles returns the values of --profile.
func profiles() []string { return append(gen.Profiles(), gen.LogProfiles()...) }

// completeProfile completes the value of --profile in shells.
func completeProfile(*cobra.Command, []string, string) ([]cobra.Completion, cobra.ShellCompDirective) {
	var completions []cobra.Completion
	for _, name := range profiles() {
		completions = append(completions, cobra.CompletionWithDesc(name, gen.DescribeProfile(name)))
	}
	return completions, cobra.ShellCompDirectiveNoFileComp
}

// check refuses values that the types of the flags allow.
func (c *config) check() error {
	switch {
	case c.profile == "":
		return cli.Usagef(`--profile must be one of %s, got ""`, strings.Join(profiles(), ", "))
	case c.output == "":
		return cli.Usagef(`--output must name a file, or be - for standard output, got ""`)
	case c.list == toStdout:
		return cli.Usagef("--corrupt-list must name a file, got -")
	case c.names.text != "" && c.names.number == 0:
		return cli.Usagef("--names must be from 1 to %d, got 0", gen.MaxNames)
	case c.list != "" && sameFile(c.list, c.output):
		return cli.Usagef("--corrupt-list and --output must be different files, got %q and %q", c.list, c.output)
	}
	var option *gen.OptionError
	if errors.As(c.options().Check(), &option) {
		return cli.Usagef("%s %s", flagOf[option.Option], option.Problem)
	}
	return nil
}

// flagOf maps the fields of gen.Options that Check may refuse to their flags.
var flagOf = map[string]string{
	"Rows": "--rows", "Names": "--names", "Profile": "--profile", "Corrupt": "--corrupt", "Workers": "--workers",
	"CorruptName": "with --corrupt-list, --output",
}

// sameFile reports whether a and b are the same file, which need not exist.
// Devices such as /dev/null may be written to twice, so they never are.
func sameFile(a, b string) bool {
	infoA, errA := os.Stat(a)
	infoB, errB := os.Stat(b)
	if errA == nil && errB == nil {
		return os.SameFile(infoA, infoB) && infoA.Mode().IsRegular()
	}
	dirA, nameA := filepath.Split(replace.Target(a))
	dirB, nameB := filepath.Split(replace.Target(b))
	infoA, errA = os.Stat(cmp.Or(dirA, "."))
	infoB, errB = os.Stat(cmp.Or(dirB, "."))
	return errA == nil && errB == nil && os.SameFile(infoA, infoB) && nameA == nameB
}

// options returns the options that the flags set.
func (c *config) options() gen.Options {
	o := gen.Options{
		Rows: c.rows.number, Seed: c.seed, Profile: c.profile, Workers: c.workers, Corrupt: c.corrupt,
	}
	if c.names.text != "" {
		o.Names = c.names.number
	}
	switch {
	case c.list == "":
	case c.output == toStdout:
		o.CorruptName = "stdin" // as the program that reads it will call it
	default:
		o.CorruptName = c.output
	}
	return o
}

// numberFlag is a flag with the grammar of gen.ParseRows.
type numberFlag struct {
	kind   string // what the number counts
	parse  func(text string) (int64, error)
	text   string // "" if the flag is not set and has no default
	number int64
}

// String returns the text that Set parsed last.
func (f *numberFlag) String() string { return f.text }

// Type returns the name of the value in help.
func (f *numberFlag) Type() string { return f.kind }

// Set parses text. It implements pflag.Value.
func (f *numberFlag) Set(text string) error {
	number, err := f.parse(text)
	if err != nil {
		return err
	}
	f.text, f.number = text, number
	return nil
}
