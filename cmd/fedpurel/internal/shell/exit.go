// Package shell is what all commands of the program share towards the terminal and the system: arguments, output,
// progress, errors and exit codes.
package shell

import (
	"context"
	"errors"

	"github.com/urfave/cli/v2"

	"github.com/fedpurel/fedpurel/train/fault"
)

// Exit codes, the only place where they are numbers.
const (
	ExitOK          = 0
	ExitFailure     = 1
	ExitUsage       = 2
	ExitExpectation = 3
	ExitMissing     = 10
	ExitCorrupt     = 11
	ExitMismatch    = 12
	ExitInterrupted = 130
)

// ExitCodes is the line of help about them.
const ExitCodes = "Exit codes: 0 done · 1 failure · 2 wrong usage · 3 result outside its expectation · " +
	"10 an input is missing · 11 an input is corrupt · 12 a hash differs · 130 interrupted (what was finished is kept)"

// ExitCode maps an error to the process's exit code.
func ExitCode(ctx context.Context, err error) int {
	switch {
	case err == nil:
		return ExitOK
	case errors.Is(err, context.Canceled) && ctx.Err() != nil:
		return ExitInterrupted
	}
	switch fault.KindOf(err) {
	case fault.Usage:
		return ExitUsage
	case fault.Expectation:
		return ExitExpectation
	case fault.Missing:
		return ExitMissing
	case fault.Corrupt:
		return ExitCorrupt
	case fault.Mismatch:
		return ExitMismatch
	default:
		return ExitFailure
	}
}

// Arguments checks the number of positional arguments.
func Arguments(c *cli.Context, least, most int, what string) error {
	if n := c.NArg(); n < least || n > most {
		if most == 0 {
			return fault.Usagef("unexpected argument %q; see `%s --help`", c.Args().First(), c.Command.HelpName)
		}
		return fault.Usagef("expected %s, got %d arguments; see `%s --help`", what, n, c.Command.HelpName)
	}
	return nil
}

// Command completes a command: usage errors are marked, missing options are refused in one line (the parser's own way
// prints the whole help), and the help ends with the exit codes.
func Command(c *cli.Command) *cli.Command {
	c.OnUsageError = UsageError
	c.HideHelpCommand = true
	c.Description += "\n\n" + ExitCodes
	var needed []string
	for _, f := range c.Flags {
		if s, ok := f.(*cli.StringFlag); ok && s.Required {
			s.Required = false
			s.Usage += " (required)"
			needed = append(needed, s.Name)
		}
	}
	action := c.Action
	c.Action = func(ctx *cli.Context) error {
		for _, name := range needed {
			if ctx.String(name) == "" {
				return fault.Usagef("--%s is missing; see `%s --help`", name, ctx.Command.HelpName)
			}
		}
		return action(ctx)
	}
	return c
}
