package learning

import (
	"fmt"
	"path/filepath"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/fedpurel/fedpurel/cmd/fedpurel/internal/flags"
	"github.com/fedpurel/fedpurel/cmd/fedpurel/internal/shell"
	"github.com/fedpurel/fedpurel/fed/rank"
)

// Rank is the command `rank`.
func Rank() *cli.Command {
	return shell.Command(&cli.Command{
		Name:      "rank",
		Usage:     "methods over several comparisons: mean ranks, tests, critical-difference diagram",
		ArgsUsage: "RUNS RUNS…",
		Description: fmt.Sprintf("Every folder holds the runs of one comparison, a setting: data set, long tail, "+
			"partition, module. At least %d are needed, %d are better.\n", rank.Least, rank.Better) +
			"Methods that have a score in all settings are ranked in each, by the mean over its seeds. If Friedman's " +
			"test, with Iman and Davenport's correction, finds that they differ, a diagram joins those with bars " +
			"that Wilcoxon's exact signed-rank test with Holm over all pairs cannot tell apart.\n\n" +
			"Example: fedpurel rank runs-if10 runs-if50 runs-if100 runs-b01 runs-b05 --score few --out ranks",
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "out", Usage: "`FOLDER` to write", Required: true},
			&cli.StringFlag{
				Name: "score", Usage: "what methods are ranked by: " + strings.Join(rank.ScoreNames(), ", "),
				Value: "global",
			},
			&cli.BoolFlag{
				Name: "nemenyi", Usage: "bars by Nemenyi's critical difference, which depends on all methods together",
			},
			flags.Wide(), flags.JSON(),
		},
		Action: func(c *cli.Context) error {
			if err := shell.Arguments(c, 1, 1<<20, "folders of runs, each of one comparison"); err != nil {
				return err
			}
			score, err := rank.ScoreOf(c.String("score"))
			if err != nil {
				return err
			}
			settings, unfinished, err := rank.Load(c.Args().Slice(), score)
			if err != nil {
				return err
			}
			warnUnfinished(c, unfinished)
			r, err := rank.New(settings, score, c.Bool("nemenyi"))
			if err != nil {
				return err
			}
			out := c.String("out")
			if err := r.Write(out); err != nil {
				return err
			}
			if c.Bool("json") {
				return shell.PrintJSON(c, r.Values())
			}
			if err := r.Table().Terminal(c.App.Writer, c.Bool("wide")); err != nil {
				return err
			}
			fmt.Fprintln(c.App.Writer, "ranks:", filepath.Join(out, rank.PageFile))
			return nil
		},
	})
}
