package main

import (
	"errors"
	"fmt"
	"math"
	"os"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/fedpurel/fedpurel/featurize/cache"
	"github.com/fedpurel/fedpurel/models"
	"github.com/fedpurel/fedpurel/train/fault"
)

func cacheCommand() *cli.Command {
	return &cli.Command{
		Name: "cache",
		Usage: "caches made elsewhere, or in shares: " +
			"see `fedpurel cache import --help` and `fedpurel cache merge --help`",
		HideHelpCommand: true,
		OnUsageError:    usageError,
		Action: func(c *cli.Context) error {
			return fault.Usagef("name what to do: `fedpurel cache import` or `fedpurel cache merge`; each has --help")
		},
		Subcommands: []*cli.Command{importCommand(), mergeCommand()},
	}
}

func importCommand() *cli.Command {
	return command(&cli.Command{
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
			jsonFlag(),
		},
		Action: func(c *cli.Context) error {
			if err := arguments(c, 0, 0, ""); err != nil {
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
			m, err := cache.Import(c.String("out"), in, versions())
			if err != nil {
				return err
			}
			if c.Bool("json") {
				return printJSON(c, map[string]any{"out": c.String("out"), "manifest": m})
			}
			fmt.Fprintln(c.App.Writer, describe(m, c.String("out")))
			return nil
		},
	})
}

func mergeCommand() *cli.Command {
	return command(&cli.Command{
		Name:      "merge",
		Usage:     "put the shards of a cache together",
		ArgsUsage: "SHARD…",
		Description: "The shards are the folders that `fedpurel featurize --shard I/N` made, on one machine or many, " +
			"from the same data set with the same options. The cache is\n" +
			"the one that featurize makes without --shard, byte for byte. The shards stay as they are.\n\n" +
			"Example: fedpurel cache merge --out cache shard1 shard2 shard3 shard4",
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "out", Usage: "`FOLDER` for the cache", Required: true},
			quietFlag(), jsonFlag(),
		},
		Action: func(c *cli.Context) error {
			if err := arguments(c, 1, math.MaxInt, "the shards' folders"); err != nil {
				return err
			}
			b := newBar("merging", "parts", c.Bool("quiet"))
			defer b.finish()
			m, differ, err := cache.Merge(c.Context, c.String("out"), c.Args().Slice(), b.update)
			b.finish()
			if errors.Is(err, cache.ErrComplete) {
				return complete(c, c.String("out"))
			} else if err != nil {
				return err
			}
			if differ {
				fmt.Fprintln(c.App.ErrWriter, "fedpurel: warning: the shards were made "+
					"by different versions of the program, Go or ONNX Runtime; the manifest records the first shard's")
			}
			if c.Bool("json") {
				return printJSON(c, map[string]any{"out": c.String("out"), "manifest": m})
			}
			fmt.Fprintln(c.App.Writer, describe(m, c.String("out")))
			return nil
		},
	})
}

// complete says that a cache was there already.
func complete(c *cli.Context, out string) error {
	if c.Bool("json") {
		return printJSON(c, map[string]any{"out": out, "complete": true})
	}
	fmt.Fprintf(c.App.Writer, "%s is complete already\n", out)
	return nil
}

// describe is a cache in a few lines.
func describe(m *cache.Manifest, dir string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %d classes, dimension %d, logit scale %.4g (%s)",
		dir, len(m.Classes), m.Dim, m.LogitScale.Value, m.LogitScale.Source)
	for _, s := range m.Splits {
		fmt.Fprintf(&b, "\n  %-5s %d images", s.Name, s.Rows)
		if s.Views != nil {
			fmt.Fprintf(&b, " and %d views of each", m.Views)
		}
		for i, skip := range s.Skipped {
			if i == 5 {
				fmt.Fprintf(&b, "\n        … and %d more, see %s", len(s.Skipped)-i, cache.ManifestFile)
				break
			}
			if i == 0 {
				fmt.Fprintf(&b, ", %d skipped:", len(s.Skipped))
			}
			fmt.Fprintf(&b, "\n        %s: %s", skip.File, skip.Reason)
		}
	}
	if m.Model != nil {
		text := "templates: " + strings.Join(m.Templates, " | ")
		if m.TextSource != nil {
			text = "texts from " + m.TextSource.Name
		}
		fmt.Fprintf(&b, "\n  model %s (%s), %s", m.Model.Name, m.Model.Layout, text)
	}
	fmt.Fprintf(&b, "\n  fingerprint %.16s…", m.Fingerprint)
	return b.String()
}
