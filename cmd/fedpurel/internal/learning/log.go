package learning

import (
	"context"
	"errors"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/fedpurel/fedpurel/cmd/fedpurel/internal/flags"
	"github.com/fedpurel/fedpurel/fed/lab"
	"github.com/fedpurel/fedpurel/fed/metric"
	"github.com/fedpurel/fedpurel/fed/tensorboard"
	"github.com/fedpurel/fedpurel/train/fault"
)

// logFlag is --log of commands that train. Like --workers, it changes no result and stands in no spec.
func logFlag() cli.Flag {
	return &cli.StringFlag{
		Name:  "log",
		Usage: "write the rounds as this program reads them, too: tensorboard, event files in RUN/tensorboard",
	}
}

// checkLog refuses a program that is not known.
func checkLog(c *cli.Context) error {
	if to := c.String("log"); to != "" && to != flags.TensorBoard {
		return fault.Unknown("--log: unknown program", to, []string{flags.TensorBoard})
	}
	return nil
}

// run is lab.Run, and logs the rounds where --log asks for it. A log that cannot be written stops the run: it continues
// with --resume.
func run(c *cli.Context, s lab.Spec, dir string, how lab.How) (*metric.Result, error) {
	defer lean(s.Module)()
	if c.String("log") != flags.TensorBoard {
		return lab.Run(c.Context, s, dir, how)
	}
	ctx, stop := context.WithCancel(c.Context)
	defer stop()
	var events *tensorboard.Log
	var failed error
	observe := how.Observe
	how.Observe = func(rec metric.Round) {
		if events == nil && failed == nil { // the run folder is there and ours
			events, failed = tensorboard.Open(dir, how.Resume, metric.All(), time.Now)
		}
		if failed == nil {
			failed = events.Add(rec)
		}
		if failed != nil {
			stop()
		}
		observe(rec)
	}
	r, err := lab.Run(ctx, s, dir, how)
	if events != nil {
		failed = errors.Join(failed, events.Close())
	}
	if failed != nil {
		return nil, failed
	}
	return r, err
}
