package help

import (
	"github.com/urfave/cli/v2"

	"github.com/fedpurel/fedpurel/cmd/fedpurel/internal/shell"
	"github.com/fedpurel/fedpurel/train/fault"
)

// Command is the command `help`.
func Command() *cli.Command {
	return shell.Command(&cli.Command{
		Name:        "help",
		Usage:       "say what a command does, and its options",
		ArgsUsage:   "[COMMAND [COMMAND]]",
		Description: "The same as COMMAND --help.\n\nExample: fedpurel help train\n         fedpurel help cache import",
		// The parser's own --help is that of the program here.
		SkipFlagParsing: true,
		Action: func(c *cli.Context) error {
			words := c.Args().Slice()
			if len(words) > 0 && (words[0] == "--help" || words[0] == "-h") {
				words = []string{c.Command.Name}
			}
			if len(words) == 0 {
				return cli.ShowAppHelp(c)
			}
			of, rest := find(c.App, words)
			if len(rest) > 0 {
				known := names(c.App.Commands)
				if of != nil {
					known = names(of.Subcommands)
				}
				if len(known) == 0 {
					return fault.Usagef("unexpected argument %q; see `%s --help`", rest[0], c.Command.HelpName)
				}
				return fault.Unknown("unknown command", rest[0], known)
			}
			Print(c.App.Writer, "", of)
			return nil
		},
	})
}

// find follows the words as far as they name commands. The help name of what it finds is whole, also of a command that
// was not set up to be run.
func find(app *cli.App, words []string) (of *cli.Command, rest []string) {
	commands, path := app.Commands, app.Name
	for i, word := range words {
		next := named(commands, word)
		if next == nil {
			return of, words[i:]
		}
		path += " " + next.Name
		of, commands = next, next.Subcommands
		of.HelpName = path
	}
	return of, nil
}

func named(commands []*cli.Command, name string) *cli.Command {
	for _, c := range commands {
		if c.HasName(name) {
			return c
		}
	}
	return nil
}

func names(commands []*cli.Command) (all []string) {
	for _, c := range commands {
		if !c.Hidden {
			all = append(all, c.Name)
		}
	}
	return all
}
