package main

import (
	"fmt"

	"github.com/urfave/cli/v2"

	"github.com/fedpurel/fedpurel/fed/method"
	"github.com/fedpurel/fedpurel/fed/metric"
	"github.com/fedpurel/fedpurel/fed/report"
	"github.com/fedpurel/fedpurel/train/fault"
)

// runOptions are the training options of `train`: those of compare, and what names the one run.
func runOptions() []option {
	d := defaultSpec()
	return append([]option{
		cacheOption(),
		{&cli.StringFlag{Name: "method", Usage: "federated method: " + list(method.Names()), Value: d.Method}, func(s *Spec, c *cli.Context) { s.Method = c.String("method") }},
		{&cli.Uint64Flag{Name: "seed", Usage: "seed of training: initial weights, cohorts, batch order", Value: d.Seed}, func(s *Spec, c *cli.Context) { s.Seed = c.Uint64("seed") }},
		text("label", "name of this variant of the method in tables and figures", d.Label, func(s *Spec) *string { return &s.Label }),
	}, trainOptions()...)
}

func trainCommand() *cli.Command {
	return command(&cli.Command{
		Name:  "train",
		Usage: "federated training on cached features: cache → run folder",
		Description: "A run folder holds spec.json, partition.json, rounds.jsonl, a checkpoint and result.json. The result depends on the options only,\n" +
			"not on --workers, and not on interruptions: continue with --resume.\n\n" +
			"Example: fedpurel train --cache cache --method fedpurel --out runs/first",
		Flags: append(flagsOf(runOptions()),
			&cli.StringFlag{Name: "out", Usage: "run `FOLDER`"},
			&cli.BoolFlag{Name: "explain", Usage: "print what every preset sets and why, and how these options resolve, and stop"},
			&cli.StringFlag{Name: "trace", Usage: "new `FOLDER` that records initial weights, batches and dropout masks, for a replay by tools/reference"},
			workersFlag(), &cli.BoolFlag{Name: "resume", Usage: "continue an interrupted run"}, quietFlag(), jsonFlag(),
		),
		Action: func(c *cli.Context) error {
			if err := arguments(c, 0, 0, ""); err != nil {
				return err
			}
			s, err := readSpec(c, runOptions())
			if err != nil {
				return err
			}
			if c.Bool("explain") {
				return explain(c.App.Writer, s)
			}
			out := c.String("out")
			if s.Cache == "" || out == "" {
				return fault.Usagef("train needs --cache DIR (made by `fedpurel featurize` or `fedpurel cache import`) and --out RUN")
			}
			b := newBar(s.Method, "rounds", c.Bool("quiet"))
			defer b.finish()
			how := runHow{resume: c.Bool("resume"), workers: c.Int("workers"), trace: c.String("trace")}
			if how.resume && how.trace != "" {
				return fault.Usagef("--trace records whole runs: it does not go with --resume")
			}
			how.observe = func(rec metric.Round) { b.update(rec.Round, s.totalRounds()) }
			r, err := trainRun(c.Context, s, out, how)
			b.finish()
			if err != nil {
				return err
			}
			if c.Bool("json") {
				return printJSON(c, r)
			}
			return printRun(c, report.Run{Dir: out, Result: *r}, false)
		},
	})
}

func workersFlag() cli.Flag {
	return &cli.IntFlag{Name: "workers", Usage: "clients trained at once (0: one a core); does not change the result"}
}

// printRun shows one run's table beside its zero-shot reference: of the last round, or of the mean of the last ten.
func printRun(c *cli.Context, run report.Run, last bool) error {
	t, err := report.Summary(report.WithZeroShot(run), last, metric.All())
	if err != nil {
		return err
	}
	if err := t.Terminal(c.App.Writer); err != nil {
		return err
	}
	_, err = fmt.Fprintf(c.App.Writer, "run folder: %s\n", run.Dir)
	return err
}
