package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/fedpurel/fedpurel/featurize/cache"
	"github.com/fedpurel/fedpurel/featurize/dataset"
	"github.com/fedpurel/fedpurel/featurize/dataset/all"
	"github.com/fedpurel/fedpurel/train/fault"
)

// datasetFlags say how a raw data set is read.
func datasetFlags() []cli.Flag {
	d := dataset.DefaultOptions()
	return []cli.Flag{
		&cli.StringFlag{
			Name:  "format",
			Usage: "how the data set is kept: " + strings.Join(all.FormatNames(), ", ") + " (default: found out)",
		},
		&cli.StringFlag{
			Name:  "labels",
			Usage: "which labels, where a set has several: a column's `NAME`, or coarse, family, manufacturer",
		},
		&cli.StringFlag{Name: "column", Usage: "`NAME` of the images' column, in tables that have several"},
		&cli.StringFlag{Name: "images", Usage: "`FOLDER` of the images that a list names (default: the list's own)"},
		&cli.IntFlag{
			Name:        "class-level",
			Usage:       "which level of folders holds the classes, from `1`, where they are grouped by domain or kind",
			DefaultText: "found out",
		},
		&cli.IntFlag{Name: "fold", Usage: "which of a set's numbered divisions, such as DTD's ten", DefaultText: "1"},
		&cli.StringFlag{
			Name:  "val",
			Usage: "train: validation images join the training images (default: they are left out)",
		},
		&cli.BoolFlag{Name: "resplit", Usage: "divide all images anew, per class, whatever splits the set has"},
		&cli.Float64Flag{
			Name:  "test-fraction",
			Usage: "share of each class held out for testing, for a set without splits or with --resplit",
			Value: d.TestFraction,
		},
		&cli.Uint64Flag{Name: "split-seed", Usage: "seed of that division", Value: d.Seed},
	}
}

// dataOptions reads those flags.
func datasetOptions(c *cli.Context) dataset.Options {
	return dataset.Options{
		Format:       c.String("format"),
		Labels:       c.String("labels"),
		Column:       c.String("column"),
		Images:       c.String("images"),
		Fold:         c.Int("fold"),
		ClassLevel:   c.Int("class-level"),
		Val:          c.String("val"),
		Resplit:      c.Bool("resplit"),
		TestFraction: c.Float64("test-fraction"),
		Seed:         c.Uint64("split-seed"),
	}
}

// openData lists a data set. Images that are missing are an error, unless they may be skipped.
func openData(root string, o dataset.Options, skip bool) (dataset.Source, error) {
	set, err := all.Open(root, o)
	if err != nil {
		return nil, err
	}
	about := set.About()
	if about.Missing > 0 && !skip {
		_ = set.Close() // the error in hand matters more
		return nil, fault.Missingf("featurize: %d images that %s lists are missing, such as %s; "+
			"fetch them, name the folder of a list's images with --images, or go on without them with --on-error skip",
			about.Missing, root, strings.Join(about.Examples, ", "))
	}
	return set, nil
}

// notes says on w what a user should know of a data set.
func notes(w io.Writer, set dataset.Source) {
	for _, note := range set.About().Notes {
		fmt.Fprintln(w, "fedpurel: note: "+note)
	}
}

// parseShard reads i/n.
func parseShard(text string) (s cache.Shard, err error) {
	if text == "" {
		return s, nil
	}
	var rest string
	if n, _ := fmt.Sscanf(text+" ", "%d/%d%s", &s.Index, &s.Count, &rest); n != 2 || s == (cache.Shard{}) ||
		s.Check() != nil {
		return s, fault.Usagef("--shard %q: write I/N, the I-th of N, such as 1/8", text)
	}
	return s, nil
}
