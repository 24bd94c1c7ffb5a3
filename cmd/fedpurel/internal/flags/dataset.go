package flags

import (
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/fedpurel/fedpurel/featurize/dataset"
	"github.com/fedpurel/fedpurel/featurize/dataset/all"
)

// Dataset are the flags that say how a raw data set is read.
func Dataset() []cli.Flag {
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
		&cli.StringFlag{
			Name: "clients-column",
			Usage: "`NAME` of the column that says whose an image is, a site or user, in lists and tables " +
				"(default: one of the usual names)",
		},
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

// DatasetOptions reads those flags.
func DatasetOptions(c *cli.Context) dataset.Options {
	return dataset.Options{
		Format:       c.String("format"),
		Labels:       c.String("labels"),
		Column:       c.String("column"),
		Clients:      c.String("clients-column"),
		Images:       c.String("images"),
		Fold:         c.Int("fold"),
		ClassLevel:   c.Int("class-level"),
		Val:          c.String("val"),
		Resplit:      c.Bool("resplit"),
		TestFraction: c.Float64("test-fraction"),
		Seed:         c.Uint64("split-seed"),
	}
}
