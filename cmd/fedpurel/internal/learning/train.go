// Package learning has the commands that see caches and runs: `partition`, `train`, `eval`, `compare`, `report` and
// `calibrate-sigma`.
package learning

import (
	"cmp"
	"fmt"
	"os"

	"github.com/urfave/cli/v2"

	"github.com/fedpurel/fedpurel/cmd/fedpurel/internal/flags"
	"github.com/fedpurel/fedpurel/cmd/fedpurel/internal/shell"
	"github.com/fedpurel/fedpurel/fed/lab"
	"github.com/fedpurel/fedpurel/fed/metric"
	"github.com/fedpurel/fedpurel/fed/report"
	"github.com/fedpurel/fedpurel/train/fault"
)

// Train is the command `train`.
func Train() *cli.Command {
	return shell.Command(&cli.Command{
		Name:  "train",
		Usage: "federated training on cached features: cache → run folder",
		Description: "A run folder holds spec.json, partition.json, rounds.jsonl, a checkpoint, the model and " +
			"result.json. The result depends on the options only,\n" +
			"not on --workers, and not on interruptions: continue with --resume. " +
			"An option that nothing in the run reads is refused.\n\n" +
			"Example: fedpurel train --cache cache --method fedpurel --out runs/first",
		Flags: append(flags.Spec(func(string, string) bool { return true }),
			&cli.StringFlag{Name: "out", Usage: "run `FOLDER`"},
			&cli.BoolFlag{
				Name: "explain", Usage: "print what every preset sets and why, and how these options resolve, and stop",
			},
			&cli.StringFlag{
				Name:  "trace",
				Usage: "new `FOLDER` that records weights, batches and masks, for a replay by tools/reference",
			},
			&cli.BoolFlag{Name: "resume", Usage: "continue an interrupted run"},
			logFlag(), flags.Workers(), flags.NoVerify(), flags.Quiet(), flags.Wide(), flags.JSON(),
		),
		Action: func(c *cli.Context) error {
			if err := cmp.Or(shell.Arguments(c, 0, 0, ""), checkLog(c)); err != nil {
				return err
			}
			s, err := flags.ReadSpec(c)
			if err != nil {
				return err
			}
			if c.Bool("explain") {
				return flags.Plugins.Explain(c.App.Writer, s)
			}
			out := c.String("out")
			if s.Cache == "" || out == "" {
				return fault.Usagef("train needs --cache DIR (made by `fedpurel featurize` or `fedpurel cache " +
					"import`) and --out RUN")
			}
			b := shell.NewBar("training", "rounds", c.Bool("quiet"))
			defer b.Finish()
			r, err := run(c, s, out, lab.How{
				Resume: c.Bool("resume"), Workers: c.Int("workers"), Trace: c.String("trace"), Program: shell.Version(),
				Command: lab.Typed(os.Args), Date: shell.Today(),
				NoVerify: c.Bool("no-verify"),
				Observe:  Progress(b, 0, s.TotalRounds()),
				Step:     Pace(b, shell.Notes(c, c.Bool("quiet"))),
				Notice:   shell.Notes(c, c.Bool("quiet")),
			})
			b.Finish()
			if err != nil {
				return err
			}
			if c.Bool("json") {
				return shell.PrintJSON(c, r)
			}
			return PrintRun(c, report.Run{Dir: out, Result: *r}, false)
		},
	})
}

// PrintRun shows one run's table beside its zero-shot reference: of the last round, or of the mean of the last ten.
func PrintRun(c *cli.Context, run report.Run, last bool) error {
	t, err := report.Summary(report.WithZeroShot(run), last, metric.All())
	if err != nil {
		return err
	}
	if err := t.Terminal(c.App.Writer, c.Bool("wide")); err != nil {
		return err
	}
	if u := report.Unseen(run); len(u.Rows) > 0 {
		if err := u.Terminal(c.App.Writer, c.Bool("wide")); err != nil {
			return err
		}
	}
	_, err = fmt.Fprintf(c.App.Writer, "run folder: %s\n", run.Dir)
	return err
}
