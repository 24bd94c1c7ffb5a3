package main

import (
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/fedpurel/fedpurel/cmd/fedpurel/internal/flags"
	"github.com/fedpurel/fedpurel/cmd/fedpurel/internal/learning"
	"github.com/fedpurel/fedpurel/cmd/fedpurel/internal/pictures"
	"github.com/fedpurel/fedpurel/cmd/fedpurel/internal/shell"
	"github.com/fedpurel/fedpurel/featurize/cache"
	"github.com/fedpurel/fedpurel/featurize/sample"
	"github.com/fedpurel/fedpurel/fed/lab"
	"github.com/fedpurel/fedpurel/fed/report"
	"github.com/fedpurel/fedpurel/train/durable"
)

func demoCommand() *cli.Command {
	return shell.Command(&cli.Command{
		Name:  "demo",
		Usage: "see it work: sample pictures → embeddings → zero-shot, FedAvg, FedPuReL → report",
		Description: "Runs the other commands one after the other, with their defaults, " +
			"and leaves what they make in OUT/images, OUT/cache,\n" +
			"OUT/runs and OUT/report. Run again, it keeps what is finished. Its ± is of training seeds on one draw " +
			"of the data:\n`fedpurel compare --data-seeds 1-5` repeats the draw, too.\n\n" +
			"Example: fedpurel demo --out demo",
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "out", Usage: "`FOLDER` for everything", Value: "demo"},
			&cli.StringFlag{Name: "seeds", Usage: "training seeds, such as 1-5", Value: "1-5"},
			flags.Library(), flags.Workers(), flags.Wide(), flags.Quiet(),
		},
		Action: func(c *cli.Context) error {
			if err := shell.Arguments(c, 0, 0, ""); err != nil {
				return err
			}
			seeds, err := learning.ParseSeeds("--seeds", c.String("seeds"))
			if err != nil {
				return err
			}
			if err := pictures.Ready(c); err != nil {
				return err
			}
			return demo(c, c.String("out"), seeds)
		},
	})
}

// demo runs the stages and says what each did and how long it took.
func demo(c *cli.Context, out string, seeds []uint64) error {
	release, err := durable.Enter(out)
	if err != nil {
		return err
	}
	defer release()
	images, features := filepath.Join(out, "images"), filepath.Join(out, "cache")
	runs, page := filepath.Join(out, "runs"), filepath.Join(out, "report")
	quiet, workers := c.Bool("quiet"), c.Int("workers")
	started := time.Now()
	stage := func(n int, what string) error {
		_, err := fmt.Fprintf(c.App.Writer, "[%d/4 %5.1f s] %s\n", n, time.Since(started).Seconds(), what)
		return err
	}

	if _, err := os.Stat(filepath.Join(features, cache.ManifestFile)); err != nil {
		if err := stage(1, "rendering the sample pictures into "+images); err != nil {
			return err
		}
		b := shell.NewBar("rendering", "pictures", quiet)
		err := sample.Write(c.Context, images, sample.Default(), b.Update)
		b.Finish()
		if err != nil {
			return err
		}
	}
	if err := stage(2, "embedding them with the built-in model into "+features); err != nil {
		return err
	}
	if err := pictures.FeaturizeSample(c, images, features, quiet); err != nil {
		return err
	}
	what := fmt.Sprintf("training with zero-shot, FedAvg and FedPuReL over %d training seeds into %s", len(seeds), runs)
	if err := stage(3, what); err != nil {
		return err
	}
	// With diagnose, the report shows FedAvg's angles too.
	shared := lab.Settings{"cache": features, "eval_every": 5, "diagnose": true}
	todo, err := flags.Plugins.Compare(shared, []string{"zeroshot", "fedavg", "fedpurel"}, nil, seeds)
	if err != nil {
		return err
	}
	if _, err := learning.RunAll(c, todo, runs, true, workers, quiet); err != nil {
		return err
	}
	if err := stage(4, "writing the report into "+page); err != nil {
		return err
	}
	r, err := learning.MakeReport(c, []string{runs}, page)
	if err != nil {
		return err
	}
	fmt.Fprintln(c.App.Writer)
	if err := r.Summary.Terminal(c.App.Writer, c.Bool("wide")); err != nil {
		return err
	}
	fmt.Fprintf(c.App.Writer, "\n%.1f s in all. Tables and figures: %s\n",
		time.Since(started).Seconds(), filepath.Join(page, report.PageFile))
	return nil
}
