package caches

import (
	"errors"
	"fmt"
	"math"

	"github.com/urfave/cli/v2"

	"github.com/fedpurel/fedpurel/cmd/fedpurel/internal/flags"
	"github.com/fedpurel/fedpurel/cmd/fedpurel/internal/shell"
	"github.com/fedpurel/fedpurel/featurize/cache"
)

func mergeCommand() *cli.Command {
	return shell.Command(&cli.Command{
		Name:      "merge",
		Usage:     "put the shards of a cache together, or the caches of several sites",
		ArgsUsage: "SHARD…|[NAME=]CACHE…",
		Description: "The shards are the folders that `fedpurel featurize --shard I/N` made, on one machine or many, " +
			"from the same data set with the same options. The cache is\n" +
			"the one that featurize makes without --shard, byte for byte. The shards stay as they are.\n\n" +
			"With --sites the finished caches of several sites become one, whose clients are the sites: " +
			"called NAME, or as the cache's folder;\n" +
			"NAME/CLIENT, where a site's cache names clients itself. All must have one model and the same prompts; " +
			"classes are put together by name.\n\n" +
			"Example: fedpurel cache merge --out cache shard1 shard2 shard3 shard4\n" +
			"         fedpurel cache merge --sites --out all Berlin=b/cache Rome=r/cache",
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "out", Usage: "`FOLDER` for the cache", Required: true},
			&cli.BoolFlag{Name: "sites", Usage: "the folders are finished caches of different sites"},
			flags.Quiet(), flags.JSON(),
		},
		Action: func(c *cli.Context) error {
			if c.Bool("sites") {
				return mergeSites(c)
			}
			if err := shell.Arguments(c, 1, math.MaxInt, "the shards' folders"); err != nil {
				return err
			}
			b := shell.NewBar("merging", "parts", c.Bool("quiet"))
			defer b.Finish()
			m, differ, err := cache.Merge(c.Context, c.String("out"), c.Args().Slice(), b.Update)
			b.Finish()
			if errors.Is(err, cache.ErrComplete) {
				return Complete(c, c.String("out"))
			} else if err != nil {
				return err
			}
			if differ {
				fmt.Fprintln(c.App.ErrWriter, "fedpurel: warning: the shards were made "+
					"by different versions of the program, Go or ONNX Runtime; the manifest records the first shard's")
			}
			if c.Bool("json") {
				return shell.PrintJSON(c, map[string]any{"out": c.String("out"), "manifest": m})
			}
			fmt.Fprintln(c.App.Writer, Describe(m, c.String("out")))
			return nil
		},
	})
}
