package main

import (
	"fmt"
	"path/filepath"
	"slices"

	"github.com/urfave/cli/v2"

	"github.com/fedpurel/fedpurel/fed"
	"github.com/fedpurel/fedpurel/fed/eval"
	"github.com/fedpurel/fedpurel/fed/metric"
	"github.com/fedpurel/fedpurel/fed/partition"
	"github.com/fedpurel/fedpurel/fed/report"
	"github.com/fedpurel/fedpurel/train/fault"
)

func evalCommand() *cli.Command {
	return command(&cli.Command{
		Name:      "eval",
		Usage:     "score a run's checkpoint again, on its own cache or another one with the same classes",
		ArgsUsage: "RUN",
		Description: "On the test images that the run was partitioned over, global and personal models are scored. On other test images\n" +
			"nobody owns them: then only the global figures exist.\n\n" +
			"Example: fedpurel eval runs/first --cache other-cache",
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "cache", Usage: "`FOLDER` of cached features, if not the run's own"},
			workersFlag(), jsonFlag(),
		},
		Action: func(c *cli.Context) error {
			if err := arguments(c, 1, 1, "one run folder"); err != nil {
				return err
			}
			r, err := evalRun(c, c.Args().First(), c.String("cache"), c.Int("workers"))
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

// evalRun evaluates the checkpoint of a run.
func evalRun(c *cli.Context, dir, cacheDir string, workers int) (*metric.Result, error) {
	s, env, division, err := readRun(dir)
	if err != nil {
		return nil, err
	}
	if cacheDir != "" {
		s.Cache = cacheDir
	}
	if s, err = s.resolve(); err != nil {
		return nil, fmt.Errorf("%s: %w", filepath.Join(dir, specFile), err)
	}
	l, err := openLab(s, &division, workers)
	if err != nil {
		return nil, err
	}
	defer l.close()
	if err := l.fits(dir, env); err != nil {
		return nil, err
	}
	state := (*fed.State)(nil)
	fedEnv := l.env(c.Context)
	if l.method.Trains {
		if state, err = fed.LoadCheckpoint(filepath.Join(dir, fed.CheckpointDir), l.module.Layout().Size(), len(division.Clients)); err != nil {
			return nil, err
		}
		defer state.Personal.Close() // scratch: nothing can be lost
	}
	e := l.evaluator(fedEnv.Start)
	zero, err := e.Evaluate(c.Context, nil, eval.Full)
	if err != nil {
		return nil, err
	}
	last, err := e.Evaluate(c.Context, state, eval.Full)
	if err != nil {
		return nil, err
	}
	r := l.result(zero, last, nil)
	if state != nil {
		r.Rounds = state.Round
	}
	return r, nil
}

// fits checks that the cache has the run's classes, and takes the clients' rows away where the cache is another one:
// they would name the wrong images.
func (l *lab) fits(dir string, env environment) error {
	if len(l.partition.Counts) != len(l.cache.Manifest.Classes) {
		return fault.Usagef("eval: %s was trained on %d classes, the cache %s has %d", dir, len(l.partition.Counts), l.cache.Dir, len(l.cache.Manifest.Classes))
	}
	if l.cache.Manifest.Fingerprint != env.Cache {
		var before metric.Result
		if err := readJSON(filepath.Join(dir, resultFile), &before); err == nil && !slices.Equal(before.Classes, l.cache.Manifest.Classes) {
			return fault.Usagef("eval: the classes of %s differ from those that %s was trained on, or their order does", l.cache.Dir, dir)
		}
	}
	if labelHash(l.test.Labels()) == env.TestLabels && labelHash(l.train.Labels()) == env.TrainLabels {
		return l.partition.Check(l.train.Len(), l.test.Len())
	}
	l.partition.LocalTest = "none: the test images are not those that the run was partitioned over"
	for k := range l.partition.Clients {
		l.partition.Clients[k] = partition.Shard{}
	}
	return nil
}
