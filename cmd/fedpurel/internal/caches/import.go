package caches

import (
	"fmt"
	"os"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/fedpurel/fedpurel/cmd/fedpurel/internal/flags"
	"github.com/fedpurel/fedpurel/cmd/fedpurel/internal/shell"
	"github.com/fedpurel/fedpurel/featurize/cache"
	"github.com/fedpurel/fedpurel/models"
	"github.com/fedpurel/fedpurel/train/fault"
)

func importCommand() *cli.Command {
	return shell.Command(&cli.Command{
		Name:  "import",
		Usage: "make a cache from NumPy arrays",
		Description: "Features are (N,D) in float16, float32 or float64, as the encoder gives them; " +
			"text features (C,D), one row a class;\n" +
			"labels (N) in any integer type, 0 to C−1. From PyTorch: np.save(file, tensor.cpu().numpy()).\n\n" +
			"Example: fedpurel cache import --train-features x.npy --train-labels y.npy " +
			"--test-features xt.npy --test-labels yt.npy\n" +
			"           --text-features t.npy --classes names.txt --out cache",
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "train-features", Usage: "(N,D) `FILE.npy`", Required: true},
			&cli.StringFlag{Name: "train-labels", Usage: "(N) `FILE.npy`", Required: true},
			&cli.StringFlag{Name: "test-features", Usage: "(N,D) `FILE.npy`", Required: true},
			&cli.StringFlag{Name: "test-labels", Usage: "(N) `FILE.npy`", Required: true},
			&cli.StringFlag{Name: "text-features", Usage: "(C,D) `FILE.npy`", Required: true},
			&cli.StringFlag{
				Name: "projection",
				Usage: "(D,E) `FILE.npy`: the visual projection, if the features (N,E) come before it; " +
					"for --module projection",
			},
			&cli.StringFlag{Name: "classes", Usage: "text `FILE` with one class name a line"},
			&cli.Float64Flag{
				Name:  "logit-scale",
				Usage: "exponentiated scale of the cosines",
				Value: models.DefaultLogitScale,
			},
			&cli.StringFlag{Name: "out", Usage: "`FOLDER` for the cache", Required: true},
			flags.JSON(),
		},
		Action: func(c *cli.Context) error {
			if err := shell.Arguments(c, 0, 0, ""); err != nil {
				return err
			}
			in := cache.Arrays{
				Train:       c.String("train-features"),
				TrainLabels: c.String("train-labels"),
				Test:        c.String("test-features"),
				TestLabels:  c.String("test-labels"),
				Text:        c.String("text-features"),
				LogitScale:  c.Float64("logit-scale"),
				Projection:  c.String("projection"),
			}
			if file := c.String("classes"); file != "" {
				data, err := os.ReadFile(file)
				if err != nil {
					return fault.Missingf("--classes: %w", err)
				}
				text := strings.TrimRight(strings.TrimPrefix(string(data), "\ufeff"), "\r\n")
				for line := range strings.SplitSeq(text, "\n") {
					in.Classes = append(in.Classes, strings.TrimSpace(line))
				}
			}
			m, err := cache.Import(c.String("out"), in, Versions())
			if err != nil {
				return err
			}
			if c.Bool("json") {
				return shell.PrintJSON(c, map[string]any{"out": c.String("out"), "manifest": m})
			}
			fmt.Fprintln(c.App.Writer, Describe(m, c.String("out")))
			return nil
		},
	})
}
