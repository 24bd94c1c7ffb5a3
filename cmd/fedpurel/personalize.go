package main

import (
	"errors"
	"os"
	"path/filepath"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/fedpurel/fedpurel/cmd/fedpurel/internal/flags"
	"github.com/fedpurel/fedpurel/cmd/fedpurel/internal/learning"
	"github.com/fedpurel/fedpurel/cmd/fedpurel/internal/pictures"
	"github.com/fedpurel/fedpurel/cmd/fedpurel/internal/shell"
	"github.com/fedpurel/fedpurel/fed/lab"
	"github.com/fedpurel/fedpurel/fed/report"
	"github.com/fedpurel/fedpurel/train/fault"
)

func personalizeCommand() *cli.Command {
	return shell.Command(&cli.Command{
		Name:      "personalize",
		Usage:     "fit a client that never took part to a run's global model: run + its images → run folder",
		ArgsUsage: "RUN",
		Description: "The run stays as it is, and its own cache is not needed. The client learns alone, by the " +
			"method's own stage (FedPuReL: the residual),\nas long as those who took part did; " +
			"its test images score it. Its classes are among the run's, by name; some may be missing.\n" +
			"--cache takes features of the same encoder, --data pictures, which it embeds with that encoder first. " +
			"What is written is\nan ordinary run folder of one client, with the run's global model.\n\n" +
			"Example: fedpurel personalize runs/first --data new-site --out runs/new-site",
		Flags: append(append([]cli.Flag{
			&cli.StringFlag{Name: "data", Usage: "the client's pictures: a data set's `FOLDER` or file"},
			&cli.StringFlag{Name: "cache", Usage: "instead: `FOLDER` of its cached features"},
			&cli.StringFlag{Name: "out", Usage: "new run `FOLDER`", Required: true},
			&cli.StringFlag{Name: "name", Usage: "of the client", DefaultText: "as its folder is called"},
			&cli.IntFlag{Name: "rounds", Usage: "times through its images (0: as many rounds as others took part in)"},
			&cli.StringFlag{Name: "model", Usage: "with --data: the `FOLDER` of the run's encoder, if it is not found"},
			&cli.StringFlag{
				Name: "on-error", Usage: "with --data: what to do about an image that cannot be read: fail or skip",
				Value: "fail",
			},
			flags.Workers(), flags.NoVerify(), flags.Quiet(), flags.Wide(), flags.JSON(),
		}, flags.Dataset()...), flags.Model()...),
		Action: func(c *cli.Context) error {
			if err := shell.Arguments(c, 1, 1, "one run folder"); err != nil {
				return err
			}
			return personalize(c, c.Args().First(), c.String("out"))
		},
	})
}

func personalize(c *cli.Context, dir, out string) error {
	p := lab.Personalize{Cache: c.String("cache"), Name: c.String("name"), Rounds: c.Int("rounds")}
	data := c.String("data")
	if (data == "") == (p.Cache == "") {
		return fault.Usagef("personalize: give the client's images, by --data PATH or --cache DIR")
	}
	if data == "" {
		pictures := append(shell.Names(append(flags.Dataset(), flags.Model()...)), "model", "on-error")
		if err := shell.Unread(c, "is read with --data alone", pictures...); err != nil {
			return err
		}
	}
	if p.Name == "" {
		p.Name = called(data + p.Cache)
	}
	run, err := flags.Plugins.Open(dir)
	if err != nil {
		return err
	}
	card, err := run.Card()
	if err != nil {
		return err
	}
	if err := lab.Vacant(out); err != nil {
		return err
	}
	if data != "" {
		p.Cache = filepath.Join(out, lab.FeaturesDir)
		if err := pictures.FeaturizeFor(c, card, data, p.Cache); err != nil {
			return err
		}
	}
	r, err := run.Personalize(c.Context, p, out, lab.How{
		Workers: c.Int("workers"), NoVerify: c.Bool("no-verify"), Program: shell.Version(),
		Command: lab.Typed(os.Args), Date: shell.Today(),
		Notice: shell.Notes(c, c.Bool("quiet")),
	})
	if data != "" && c.Context.Err() == nil { // the rows are in the run folder's cache now, or of no use
		err = errors.Join(err, os.RemoveAll(p.Cache))
	}
	if err != nil {
		return err
	}
	if c.Bool("json") {
		return shell.PrintJSON(c, r)
	}
	return learning.PrintRun(c, report.Run{Dir: out, Result: *r}, true)
}

// called is a client's name, from the path of its images.
func called(path string) string {
	name := filepath.Base(filepath.Clean(path))
	return strings.TrimSuffix(name, filepath.Ext(name))
}
