package learning

import (
	"github.com/urfave/cli/v2"

	"github.com/fedpurel/fedpurel/cmd/fedpurel/internal/flags"
	"github.com/fedpurel/fedpurel/cmd/fedpurel/internal/shell"
	"github.com/fedpurel/fedpurel/fed/report"
)

// Eval is the command `eval`.
func Eval() *cli.Command {
	return shell.Command(&cli.Command{
		Name:      "eval",
		Usage:     "score a run's checkpoint again, on its own cache or another one with the same classes",
		ArgsUsage: "RUN",
		Description: "On the test images that the run was partitioned over, global and personal models are scored. " +
			"On other test images\nnobody owns them: then only the global figures exist. " +
			"The run's cache is found from any working directory, and,\nif it was moved, by its fingerprint " +
			"in the folders above the run; elsewhere --cache names it.\n\n" +
			"Example: fedpurel eval runs/first --cache other-cache",
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "cache", Usage: "`FOLDER` of cached features, if not the run's own"},
			flags.Workers(), flags.NoVerify(), flags.Wide(), flags.JSON(),
		},
		Action: func(c *cli.Context) error {
			if err := shell.Arguments(c, 1, 1, "one run folder"); err != nil {
				return err
			}
			run, err := flags.Plugins.Open(c.Args().First())
			if err != nil {
				return err
			}
			run.NoVerify, run.Notice = c.Bool("no-verify"), shell.Notes(c, false)
			r, err := run.Evaluate(c.Context, c.String("cache"), c.Int("workers"))
			if err != nil {
				return err
			}
			if c.Bool("json") {
				return shell.PrintJSON(c, r)
			}
			return PrintRun(c, report.Run{Dir: c.Args().First(), Result: *r}, true)
		},
	})
}
