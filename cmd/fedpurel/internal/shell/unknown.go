package shell

import (
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/fedpurel/fedpurel/train/fault"
)

// UsageError marks what the flag parser refuses, proposes the flag that may have been meant, and points to the help.
func UsageError(c *cli.Context, err error, _ bool) error {
	proposal := ""
	if name, unknown := strings.CutPrefix(err.Error(), "flag provided but not defined: -"); unknown {
		var known []string
		for _, f := range c.Command.Flags {
			known = append(known, f.Names()...)
		}
		if best := fault.Closest(strings.TrimLeft(name, "-"), known); best != "" {
			proposal = ", did you mean --" + best + "?"
		}
	}
	return fault.Usagef("%w%s; see `%s --help`", err, proposal, c.Command.HelpName)
}

// Group is the action of a command that does nothing without one of its subcommands: without a word it says what there
// is to do, and it refuses a word that is none of them.
func Group(c *cli.Context) error {
	var known []string
	for _, s := range c.Command.Subcommands {
		if !s.Hidden {
			known = append(known, s.Name)
		}
	}
	name := c.Command.HelpName
	if !c.Args().Present() {
		return fault.Usagef("name what to do: `%s %s`; each has --help", name, strings.Join(known, "`, `"+name+" "))
	}
	return fault.Unknown("unknown command", c.Args().First(), known)
}
