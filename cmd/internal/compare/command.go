package compare

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/mattn/go-shellwords"
)

// FilePlaceholder stands for the path of the input in the arguments of a Command.
// It may be a part of an argument.
const FilePlaceholder = "{}"

// Command is a program to compare. It reads the input and prints the result to
// standard output.
type Command struct {
	Name string
	// Args are the program, as exec.LookPath finds it, and its arguments. One
	// or more arguments contain the FilePlaceholder.
	Args []string
}

// ParseCommand parses NAME=COMMAND, whose COMMAND is for ParseArgs.
func ParseCommand(text string) (Command, error) {
	name, line, err := ParseNamed(text)
	if err != nil {
		return Command{}, err
	}
	args, err := ParseArgs(line)
	if err != nil {
		return Command{}, fmt.Errorf("command %s: %w", name, err)
	}
	return Command{Name: name, Args: args}, nil
}

// ParseArgs splits a command into its program and arguments as a shell would, with
// quotes and '\'. As there is no shell, an operator such as a pipe is an error. A
// command without the FilePlaceholder is one, too.
func ParseArgs(line string) ([]string, error) {
	parser := shellwords.NewParser()
	args, err := parser.Parse(line)
	switch {
	case err != nil:
		return nil, fmt.Errorf("%w: %q", err, line)
	case parser.Position >= 0:
		operator := []rune(line)[parser.Position:]
		return nil, fmt.Errorf("there is no shell for %q: quote it, or run sh -c", string(operator))
	}
	return args, checkArgs(args)
}

// ParseNamed parses NAME=TEXT. Neither may be empty.
func ParseNamed(pair string) (name, text string, err error) {
	name, text, _ = strings.Cut(pair, "=")
	name, text = strings.TrimSpace(name), strings.TrimSpace(text)
	if name == "" || text == "" {
		return "", "", fmt.Errorf("%q: want NAME=TEXT", pair)
	}
	return name, text, nil
}

// check reports a command that cannot run on an input.
func (c Command) check() error {
	if c.Name == "" {
		return errors.New("a command has no name")
	}
	if err := checkArgs(c.Args); err != nil {
		return fmt.Errorf("command %s: %w", c.Name, err)
	}
	return nil
}

// checkArgs reports a program and arguments that cannot run on an input.
func checkArgs(args []string) error {
	switch {
	case len(args) == 0:
		return errors.New("the program is missing")
	case !strings.Contains(strings.Join(args[1:], "\n"), FilePlaceholder):
		return fmt.Errorf("no argument contains %s, which stands for the input", FilePlaceholder)
	}
	return nil
}

// entry is a stage or a command to measure.
type entry struct {
	name    string
	args    []string // program and arguments, with the FilePlaceholder
	isStage bool     // a stage of Options.Program: it prints Stats and must be right
	isOwn   bool     // its program is Options.Program
}

// entries returns the stages, then the commands.
func (o Options) entries() []entry {
	var all []entry
	for _, stage := range o.Stages {
		all = append(all, entry{
			name: stage, isStage: true, isOwn: true,
			args: []string{o.Program, "--stage", stage, "--workers", strconv.Itoa(o.Workers), "--stats=json", "--", FilePlaceholder},
		})
	}
	for _, c := range o.Commands {
		all = append(all, entry{name: c.Name, args: c.Args, isOwn: isSameProgram(c.Args[0], o.Program)})
	}
	return all
}

// reference returns the entry that computes the expected result.
func (o Options) reference() entry {
	if o.ExpectFirst {
		return o.entries()[0]
	}
	return entry{name: "expected result", isStage: true, isOwn: true, args: []string{o.Program, "--stats=json", "--", FilePlaceholder}}
}

// isSameProgram reports whether two programs are the same file.
func isSameProgram(a, b string) bool {
	var info [2]os.FileInfo
	for i, program := range []string{a, b} {
		path, err := exec.LookPath(program)
		if err != nil {
			return false
		}
		if info[i], err = os.Stat(path); err != nil {
			return false
		}
	}
	return os.SameFile(info[0], info[1])
}

// argsOn returns the program and its arguments with the path of the input.
func (e entry) argsOn(file string) []string {
	args := make([]string, len(e.args))
	for i, arg := range e.args {
		args[i] = strings.ReplaceAll(arg, FilePlaceholder, file)
	}
	return args
}

// publicArgs returns the program and its arguments without directories of this
// machine: that of the program, and those of existing files that an argument
// names by an absolute path.
func (e entry) publicArgs() []string {
	args := slices.Clone(e.args)
	args[0] = filepath.Base(args[0])
	for i, arg := range args {
		value := arg
		if _, of, isOption := strings.Cut(arg, "="); isOption {
			value = of
		}
		if _, err := os.Stat(value); err == nil && filepath.IsAbs(value) {
			args[i] = strings.TrimSuffix(arg, value) + filepath.Base(value)
		}
	}
	return args
}

// folders matches the directories of an absolute path and the character before
// it.
var folders = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`(^|[\s"'=:(,])/(?:[^/\s"'=:,]+/)+`) })

// withoutFolders returns text with absolute paths reduced to their last element,
// so that the message of a program shows no directory of this machine.
func withoutFolders(text string) string { return folders().ReplaceAllString(text, "$1") }

// plainWord matches an argument that needs no quotes.
var plainWord = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[\w./:,=@%+{}-]+$`) })

// Version returns the note and the commit of an entry, or "" if it has neither.
func (e Entry) Version() string {
	if e.Commit == "" {
		return e.Note
	}
	return strings.TrimPrefix(e.Note+", commit "+e.Commit, ", ")
}

// CommandLine returns a program and its arguments in the form that ParseArgs parses,
// without directories of this machine.
func CommandLine(args []string) string {
	return Entry{Command: entry{args: args}.publicArgs()}.CommandLine()
}

// CommandLine returns the command in the form that ParseArgs parses.
func (e Entry) CommandLine() string {
	words := make([]string, len(e.Command))
	for i, arg := range e.Command {
		words[i] = arg
		if !plainWord().MatchString(arg) {
			words[i] = "'" + strings.ReplaceAll(arg, "'", `'\''`) + "'"
		}
	}
	return strings.Join(words, " ")
}
