package main

import (
	"context"
	"errors"

	"github.com/urfave/cli/v2"

	"github.com/fedpurel/fedpurel/train/fault"
)

// Exit codes, the only place where they are numbers.
const (
	exitOK          = 0
	exitFailure     = 1
	exitUsage       = 2
	exitExpectation = 3
	exitMissing     = 10
	exitCorrupt     = 11
	exitMismatch    = 12
	exitInterrupted = 130
)

const exitCodes = "Exit codes: 0 done · 1 failure · 2 wrong usage · 3 result outside its expectation · " +
	"10 an input is missing · 11 an input is corrupt · 12 a hash differs · 130 interrupted (what was finished is kept)"

// exitCode maps an error to the process's exit code.
func exitCode(ctx context.Context, err error) int {
	switch {
	case err == nil:
		return exitOK
	case errors.Is(err, context.Canceled) && ctx.Err() != nil:
		return exitInterrupted
	}
	switch fault.KindOf(err) {
	case fault.Usage:
		return exitUsage
	case fault.Expectation:
		return exitExpectation
	case fault.Missing:
		return exitMissing
	case fault.Corrupt:
		return exitCorrupt
	case fault.Mismatch:
		return exitMismatch
	default:
		return exitFailure
	}
}

// usageError marks what the flag parser refuses and points to the help.
func usageError(c *cli.Context, err error, _ bool) error {
	return fault.Usagef("%w; see `%s --help`", err, c.Command.HelpName)
}

// arguments checks the number of positional arguments.
func arguments(c *cli.Context, least, most int, what string) error {
	if n := c.NArg(); n < least || n > most {
		if most == 0 {
			return fault.Usagef("unexpected argument %q; see `%s --help`", c.Args().First(), c.Command.HelpName)
		}
		return fault.Usagef("expected %s, got %d arguments; see `%s --help`", what, n, c.Command.HelpName)
	}
	return nil
}

// command completes a command: usage errors are marked, missing options are refused in one line (the parser's own way
// prints the whole help), and the help ends with the exit codes.
func command(c *cli.Command) *cli.Command {
	c.OnUsageError = usageError
	c.HideHelpCommand = true
	c.Description += "\n\n" + exitCodes
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
