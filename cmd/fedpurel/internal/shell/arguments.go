package shell

import (
	"strings"

	"github.com/urfave/cli/v2"
)

// FlagsFirst moves options before positional arguments, so that `fedpurel report RUNS --out DIR` works as it reads: the
// flag parser stops at the first positional argument. The application's own options, which stand before the command,
// stay there, and what follows "--" stays as it is. Who asks for help gets that of the command: the parser would take a
// positional argument beside --help for a topic.
func FlagsFirst(args []string, app *cli.App) []string {
	command := 1
	for command < len(args) && len(args[command]) > 1 && args[command][0] == '-' && args[command] != "--" {
		name := strings.TrimLeft(args[command], "-")
		if !strings.Contains(name, "=") && takesValue(name, app.Flags) {
			command++
		}
		command++
	}
	if command >= len(args) {
		return args
	}
	return append(args[:command-1:command-1], flagsFirst(args[command-1:], app.Commands)...)
}

// flagsFirst is FlagsFirst behind the name of a program, or of a command that has others.
func flagsFirst(args []string, commands []*cli.Command) []string {
	if len(args) < 2 {
		return args
	}
	for _, c := range commands {
		if c.HasName(args[1]) {
			if len(c.Subcommands) > 0 {
				return append(args[:1:1], flagsFirst(args[1:], c.Subcommands)...)
			}
			if c.SkipFlagParsing {
				return args
			}
			return append(args[:2:2], reorder(args[2:], c.Flags)...)
		}
	}
	return args
}

func reorder(args []string, known []cli.Flag) []string {
	var options, positional []string
	for i := 0; i < len(args); i++ {
		a := args[i]
		if a == "--" {
			positional = append(positional, args[i:]...)
			break
		}
		if len(a) < 2 || a[0] != '-' {
			positional = append(positional, a)
			continue
		}
		name := strings.TrimLeft(a, "-")
		if name == "help" || name == "h" {
			return []string{a}
		}
		options = append(options, a)
		if !strings.Contains(name, "=") && takesValue(name, known) && i+1 < len(args) {
			i++
			options = append(options, args[i])
		}
	}
	return append(options, positional...)
}

func takesValue(name string, known []cli.Flag) bool {
	for _, f := range known {
		for _, n := range f.Names() {
			if n == name {
				_, isBool := f.(*cli.BoolFlag)
				return !isBool
			}
		}
	}
	return false
}
