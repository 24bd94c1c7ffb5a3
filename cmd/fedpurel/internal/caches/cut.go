package caches

import (
	"fmt"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/fedpurel/fedpurel/cmd/fedpurel/internal/flags"
	"github.com/fedpurel/fedpurel/cmd/fedpurel/internal/shell"
	"github.com/fedpurel/fedpurel/fed/lab"
	"github.com/fedpurel/fedpurel/train/fault"
)

func cutCommand() *cli.Command {
	return shell.Command(&cli.Command{
		Name:  "cut",
		Usage: "cut a cache into those of its clients",
		Description: "Each client of a partition, made as `fedpurel partition` makes it or given with " +
			"--partition-file, gets a cache of its own rows, OUT/NAME, to the bit.\n" +
			"OUT/partition.json is that partition: `fedpurel train --partition-file` simulates the same clients. " +
			"Caches that are there already stay.\n\n" +
			"Example: fedpurel cache cut --cache cache --clients 3 --beta 0.3 --out sites",
		Flags: append(flags.Spec(flags.Dividing),
			&cli.StringFlag{Name: "out", Usage: "`FOLDER` for the clients' caches", Required: true},
			&cli.StringFlag{
				Name:  "names",
				Usage: "names of the clients' caches, `A,B,…` (default: the data's, else site-1, site-2, …)",
			},
			&cli.StringFlag{
				Name:  "rest",
				Usage: "`FOLDER` for a cache of the test images that are no client's, without training images",
			},
			flags.NoVerify(), flags.Quiet(), flags.JSON(),
		),
		Action: func(c *cli.Context) error {
			if err := shell.Arguments(c, 0, 0, ""); err != nil {
				return err
			}
			s, err := flags.ReadSpec(c)
			if err != nil {
				return err
			}
			if s.Cache == "" {
				return fault.Usagef("cache cut needs --cache DIR")
			}
			to := lab.Cutting{Out: c.String("out"), Rest: c.String("rest"), Versions: Versions()}
			if names := c.String("names"); names != "" {
				to.Names = strings.Split(names, ",")
			}
			quiet := c.Bool("quiet")
			b := shell.NewBar("cutting", "rows", quiet)
			defer b.Finish()
			to.Observe = b.Update
			pieces, err := lab.How{NoVerify: c.Bool("no-verify"), Notice: shell.Notes(c, quiet)}.Cut(c.Context, s, to)
			b.Finish()
			if err != nil {
				return err
			}
			return printPieces(c, pieces)
		},
	})
}

// printPieces lists the caches that were cut.
func printPieces(c *cli.Context, pieces []lab.Piece) error {
	type site struct {
		Name        string `json:"name"`
		Dir         string `json:"dir"`
		Train       int    `json:"train"`
		Test        int    `json:"test"`
		Fingerprint string `json:"fingerprint"`
		Complete    bool   `json:"complete"`
	}
	var all []site
	for _, p := range pieces {
		one := site{Name: p.Name, Dir: p.Dir, Fingerprint: p.Manifest.Fingerprint, Complete: p.Complete}
		for _, s := range p.Manifest.Splits {
			if s.Name == "train" {
				one.Train = s.Rows
			} else {
				one.Test = s.Rows
			}
		}
		all = append(all, one)
	}
	if c.Bool("json") {
		return shell.PrintJSON(c, map[string]any{"out": c.String("out"), "sites": all})
	}
	for _, one := range all {
		note := ""
		if one.Complete {
			note = ", complete already"
		}
		fmt.Fprintf(c.App.Writer, "%s: %d training and %d test images%s\n", one.Dir, one.Train, one.Test, note)
	}
	return nil
}
