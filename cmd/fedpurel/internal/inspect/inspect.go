// Package inspect has the command `inspect`: what a data set, a cache or a run holds.
package inspect

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/urfave/cli/v2"

	"github.com/fedpurel/fedpurel/cmd/fedpurel/internal/caches"
	"github.com/fedpurel/fedpurel/cmd/fedpurel/internal/flags"
	"github.com/fedpurel/fedpurel/cmd/fedpurel/internal/learning"
	"github.com/fedpurel/fedpurel/cmd/fedpurel/internal/shell"
	"github.com/fedpurel/fedpurel/featurize/cache"
	"github.com/fedpurel/fedpurel/fed/lab"
	"github.com/fedpurel/fedpurel/fed/report"
	"github.com/fedpurel/fedpurel/train/fault"
)

// Command is the command `inspect`.
func Command() *cli.Command {
	return shell.Command(&cli.Command{
		Name:      "inspect",
		Usage:     "say what a data set, a cache or a run folder holds, and check it",
		ArgsUsage: "CACHE|RUN",
		Description: "With --verify every file is compared with its recorded hash and every feature is checked. " +
			"With --duplicates images are looked for that are\n" +
			"there more than once: by their bytes in a data set, by their features in a cache. " +
			"With --decode all images of a data set\n" +
			"are decoded, as featurize would, and every bad one is listed with its reason; " +
			"the exit code is 11 if there is one.\n\n" +
			"Example: fedpurel inspect cache --verify\n         fedpurel inspect --data food-101 --decode",
		Flags: append([]cli.Flag{
			&cli.StringFlag{Name: "data", Usage: "instead: a raw data set's `FOLDER` or file"},
			&cli.BoolFlag{Name: "verify", Usage: "read and check everything"},
			&cli.BoolFlag{Name: "decode", Usage: "with --data: decode all images and list every bad one"},
			&cli.BoolFlag{
				Name:  "duplicates",
				Usage: "look for images that are there more than once, above all in both splits",
			},
			flags.NoVerify(), flags.Quiet(), flags.Wide(), flags.JSON(),
		}, flags.Dataset()...),
		Action: func(c *cli.Context) error {
			if c.Bool("verify") && c.Bool("no-verify") {
				return fault.Usagef("--verify and --no-verify exclude each other")
			}
			if c.String("data") != "" {
				if err := shell.Arguments(c, 0, 0, ""); err != nil {
					return err
				}
				return inspectData(c, c.String("data"))
			}
			if c.Bool("decode") {
				return fault.Usagef("--decode is for raw data sets: name one with --data")
			}
			why := "is for raw data sets: name one with --data"
			if err := shell.Unread(c, why, shell.Names(flags.Dataset())...); err != nil {
				return err
			}
			if err := shell.Arguments(c, 1, 1, "one cache or run folder"); err != nil {
				return err
			}
			dir := c.Args().First()
			if _, err := os.Stat(filepath.Join(dir, lab.SpecFile)); err == nil {
				if c.Bool("duplicates") {
					return fault.Usagef("--duplicates is for data sets and caches; %s is a run folder", dir)
				}
				return inspectRun(c, dir)
			}
			if _, err := os.Stat(dir); err != nil {
				return fault.Missingf("inspect: %s does not exist", dir)
			}
			return inspectCache(c, dir)
		},
	})
}

func inspectCache(c *cli.Context, dir string) error {
	held, err := cache.Map(dir)
	if err != nil {
		return err
	}
	defer held.Close() // read-only
	switch {
	case c.Bool("verify"):
		err = verify(c, held)
	case !c.Bool("no-verify"):
		err = held.Check(c.Context)
	}
	if err != nil {
		return err
	}
	var twice *duplicates
	if c.Bool("duplicates") {
		all, err := ofCache(held)
		if err != nil {
			return err
		}
		if twice, err = compareAll(c, all); err != nil {
			return err
		}
	}
	if c.Bool("json") {
		if twice == nil {
			return shell.PrintJSON(c, held.Manifest)
		}
		return shell.PrintJSON(c, map[string]any{"manifest": held.Manifest, "duplicates": twice})
	}
	fmt.Fprintln(c.App.Writer, caches.Describe(held.Manifest, dir))
	clients, err := clientsOf(held)
	if err != nil {
		return err
	}
	if clients != "" {
		fmt.Fprintln(c.App.Writer, "  "+clients)
	}
	if c.Bool("verify") {
		fmt.Fprintln(c.App.Writer, "  all hashes match, all features are finite")
	}
	if twice != nil {
		twice.print(c.App.Writer, held.Manifest.Classes)
	}
	return nil
}

// verify reads the whole cache, with progress.
func verify(c *cli.Context, held *cache.Cache) error {
	b := shell.NewBar("checking", "files", c.Bool("quiet"))
	defer b.Finish()
	return held.Verify(c.Context, b.Update)
}

func inspectRun(c *cli.Context, dir string) error {
	run, err := flags.Plugins.Open(dir)
	if err != nil {
		return err
	}
	if c.Bool("verify") {
		b := shell.NewBar("checking", "files", c.Bool("quiet"))
		defer b.Finish()
		if err := run.Verify(c.Context, b.Update); err != nil {
			return err
		}
		b.Finish()
	}
	card, err := run.Card()
	if err != nil && fault.KindOf(err) != fault.Missing { // unfinished runs and older ones have none
		return err
	}
	if c.Bool("json") {
		out := map[string]any{"spec": run.Spec, "env": run.Env, "finished": run.Result != nil}
		if card != nil {
			out["model"] = card
		}
		if run.Result != nil {
			out["result"] = run.Result
		}
		return shell.PrintJSON(c, out)
	}
	s := run.Spec
	fmt.Fprintf(c.App.Writer, "%s: %s with module %s, seed %d\n  %s\n",
		dir, s.Method, s.Module, s.Seed, run.Partition.String())
	if clients := clientsOfRun(&run.Partition); clients != "" {
		fmt.Fprintln(c.App.Writer, "  "+clients)
	}
	if c.Bool("verify") {
		fmt.Fprintln(c.App.Writer, "  cache, partition, checkpoint and model match their recorded hashes")
	}
	if run.Result == nil {
		fmt.Fprintln(c.App.Writer, "  unfinished; continue with `fedpurel train … --resume`")
		return nil
	}
	if card != nil {
		fmt.Fprintln(c.App.Writer, "  "+describeModel(card))
	}
	return learning.PrintRun(c, report.Run{Dir: dir, Result: *run.Result}, false)
}
