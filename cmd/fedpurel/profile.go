package main

import (
	"fmt"
	"os"
	"runtime/pprof"

	"github.com/urfave/cli/v2"
)

// profiled adds --cpuprofile to the application: where the time of a command goes, for `go tool pprof`.
func profiled(app *cli.App) *cli.App {
	var file *output
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
		file = &output{to: f, name: "the profile " + path}
		return pprof.StartCPUProfile(file)
	}
	app.After = func(*cli.Context) error {
		if file == nil {
			return nil
		}
		pprof.StopCPUProfile()
		return file.close() // the profiler does not say what it could not write
	}
	return app
}
