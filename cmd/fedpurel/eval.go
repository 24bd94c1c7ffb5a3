package main

import (
	"github.com/urfave/cli/v2"

	"github.com/fedpurel/fedpurel/fed/report"
)

func evalCommand() *cli.Command {
	return command(&cli.Command{
		Name:      "eval",
		Usage:     "score a run's checkpoint again, on its own cache or another one with the same classes",
		ArgsUsage: "RUN",
		Description: "On the test images that the run was partitioned over, global and personal models are scored. " +
			"On other test images\nnobody owns them: then only the global figures exist.\n\n" +
			"Example: fedpurel eval runs/first --cache other-cache",
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "cache", Usage: "`FOLDER` of cached features, if not the run's own"},
			workersFlag(), noVerifyFlag(), jsonFlag(),
		},
		Action: func(c *cli.Context) error {
			if err := arguments(c, 1, 1, "one run folder"); err != nil {
				return err
			}
			run, err := plugins.Open(c.Args().First())
			if err != nil {
				return err
			}
			run.NoVerify = c.Bool("no-verify")
			r, err := run.Evaluate(c.Context, c.String("cache"), c.Int("workers"))
			if err != nil {
				return err
			}
			if c.Bool("json") {
				return printJSON(c, r)
			}
			return printRun(c, report.Run{Dir: c.Args().First(), Result: *r}, true)
		},
	})
}
