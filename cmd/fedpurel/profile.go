package main

import (
	"fmt"
	"os"
	"runtime/pprof"

	"github.com/urfave/cli/v2"
)

// profiled adds --cpuprofile to the application: where the time of a command goes, for `go tool pprof`.
func profiled(app *cli.App) *cli.App {
	var file *os.File
	app.Flags = append(app.Flags, &cli.StringFlag{
		Name:  "cpuprofile",
		Usage: "write a CPU profile of the command to `FILE`; given before the command",
	})
	app.Before = func(c *cli.Context) (err error) {
		path := c.String("cpuprofile")
		if path == "" {
			return nil
		}
		if file, err = os.Create(path); err != nil {
			return fmt.Errorf("profile: %w", err)
		}
		return pprof.StartCPUProfile(file)
	}
	app.After = func(*cli.Context) error {
		if file == nil {
			return nil
		}
		pprof.StopCPUProfile()
		return file.Close()
	}
	return app
}
