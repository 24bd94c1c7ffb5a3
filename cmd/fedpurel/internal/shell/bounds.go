package shell

import (
	"github.com/urfave/cli/v2"

	"github.com/fedpurel/fedpurel/train/fault"
	"github.com/fedpurel/fedpurel/train/option"
)

// maxParallel bounds how much is done at once: beyond, nothing gets faster, and memory ends.
const maxParallel = 1 << 12

// Bounded has every command refuse numbers that are none, or out of bounds, before it does anything.
func Bounded(app *cli.App) *cli.App {
	bound(app.Commands)
	return app
}

func bound(commands []*cli.Command) {
	for _, command := range commands {
		bound(command.Subcommands)
		before := command.Before
		command.Before = func(c *cli.Context) error {
			if err := within(c, command.Flags); err != nil || before == nil {
				return err
			}
			return before(c)
		}
	}
}

// within refuses the first flag that is out of bounds.
func within(c *cli.Context, flags []cli.Flag) error {
	for _, f := range flags {
		name := f.Names()[0]
		switch f.(type) {
		case *cli.IntFlag, *cli.Float64Flag:
			if err := option.Check(name, c.Value(name)); err != nil {
				return err
			}
		}
		if v := c.Int(name); (name == "workers" || name == "threads") && (v < 0 || v > maxParallel) {
			return fault.Usagef("--%s: %d is not from 0, one a core, to %d", name, v, maxParallel)
		}
	}
	return nil
}
