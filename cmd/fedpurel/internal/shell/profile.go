package shell

import (
	"fmt"
	"os"
	"runtime/pprof"

	"github.com/urfave/cli/v2"
)

// Profiled adds --cpuprofile to the application: where the time of a command goes, for `go tool pprof`.
func Profiled(app *cli.App) *cli.App {
	var file *Output
	app.Flags = append(app.Flags, &cli.StringFlag{
		Name:  "cpuprofile",
		Usage: "write a CPU profile of the command to `FILE`; given before the command",
	})
	app.Before = func(c *cli.Context) error {
		path := c.String("cpuprofile")
		if path == "" {
			return nil
		}
		f, err := os.Create(path)
		if err != nil {
			return fmt.Errorf("profile: %w", err)
		}
		file = NewOutput(f, "the profile "+path)
		return pprof.StartCPUProfile(file)
	}
	app.After = func(*cli.Context) error {
		if file == nil {
			return nil
		}
		pprof.StopCPUProfile()
		return file.Close() // the profiler does not say what it could not write
	}
	return app
}
