package shell

import (
	"github.com/urfave/cli/v2"

	"github.com/fedpurel/fedpurel/train/fault"
)

// Unread refuses options that are given where nothing reads them: why says what does.
func Unread(c *cli.Context, why string, names ...string) error {
	for _, name := range names {
		if c.IsSet(name) {
			return fault.Usagef("--%s %s", name, why)
		}
	}
	return nil
}

// Names are the names of flags.
func Names(flags []cli.Flag) (names []string) {
	for _, f := range flags {
		names = append(names, f.Names()[0])
	}
	return names
}
