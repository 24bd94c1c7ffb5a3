package shell

import (
	"math"

	"github.com/urfave/cli/v2"

	"github.com/fedpurel/fedpurel/train/fault"
)

// bounds are from where to where the counts of flags may go, whichever command has them: beyond, nothing gets faster,
// and memory ends.
var bounds = map[string][2]int{
	"workers": {0, 1 << 12}, "threads": {0, 1 << 12},
}

// Bounded has every command refuse numbers that are none, or out of bounds, before it does anything. Numbers that are
// options of runs are checked where they are read.
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
		case *cli.IntFlag:
			b, known := bounds[name]
			if !known {
				b = [2]int{-math.MaxInt32, math.MaxInt32}
			}
			if v := c.Int(name); v < b[0] || v > b[1] {
				return fault.Usagef("--%s %d must be from %d to %d", name, v, b[0], b[1])
			}
		case *cli.Float64Flag:
			if v := c.Float64(name); !(math.Abs(v) <= math.MaxFloat32) {
				return fault.Usagef("--%s %v must be a finite number of at most 3.4e38", name, v)
			}
		}
	}
	return nil
}
