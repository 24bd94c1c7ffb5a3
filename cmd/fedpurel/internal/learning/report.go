package learning

import (
	"fmt"
	"path/filepath"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/fedpurel/fedpurel/cmd/fedpurel/internal/flags"
	"github.com/fedpurel/fedpurel/cmd/fedpurel/internal/pictures"
	"github.com/fedpurel/fedpurel/cmd/fedpurel/internal/shell"
	"github.com/fedpurel/fedpurel/fed/metric"
	"github.com/fedpurel/fedpurel/fed/report"
	"github.com/fedpurel/fedpurel/fed/report/tidy"
)

// Report is the command `report`.
func Report() *cli.Command {
	return shell.Command(&cli.Command{
		Name:      "report",
		Usage:     "tables and figures from runs: report.md, report.html, CSV, SVG, Parquet",
		ArgsUsage: "RUN|DIR…",
		Description: "Runs that differ in nothing but --data-seed and --seed become one row, mean ± standard " +
			"deviation over data seeds, or over\n" +
			"training seeds where there is one data seed; other options make rows of their own, named by what " +
			"differs. Runs on another cache,\n" +
			"class list or setting of the data are refused: report them apart. A folder is searched for runs.\n" +
			"report.html stands alone and needs no network. results.parquet and results.csv hold every " +
			"number, of every round too, one a row: for pandas and its like.\n" +
			"The page draws its figures itself, to follow its width; svg and pdf are files of a fixed width for " +
			"papers, drawn apart\nfrom the same runs.\n\n" +
			"Example: fedpurel report runs --out report\n" +
			"         fedpurel report runs --out paper --format latex,pdf --by dataset,module\n\n" +
			"Figures, by their key in result.json:\n\n" + metric.All().Help(),
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "out", Usage: "`FOLDER` to write", Required: true},
			&cli.StringFlag{
				Name: "reference", DefaultText: "FedAvg; without it, zero-shot",
				Usage: "`METHOD` or label that the others are compared with",
			},
			&cli.StringFlag{
				Name: "format", DefaultText: "html, md, csv, svg",
				Usage: "`FORMAT` to write, of html, md, csv, latex, svg, pdf; several with commas",
			},
			&cli.StringFlag{
				Name: "by",
				Usage: "divide runs by `KEYS`, of dataset, imbalance, beta, module: one table with a group of " +
					"columns for each combination, and a report of each in a folder of its own",
			},
			flags.Wide(), flags.JSON(),
		},
		Action: func(c *cli.Context) error {
			if err := shell.Arguments(c, 1, 1<<20, "run folders, or folders of them"); err != nil {
				return err
			}
			if err := report.CheckFormats(listed(c, "format")); err != nil {
				return err
			}
			if keys := listed(c, "by"); len(keys) > 0 {
				return reportBy(c, keys)
			}
			r, err := MakeReport(c, c.Args().Slice(), c.String("out"))
			if err != nil {
				return err
			}
			if c.Bool("json") {
				return shell.PrintJSON(c, r.Values())
			}
			for _, t := range r.Terminal() {
				if err := t.Terminal(c.App.Writer, c.Bool("wide")); err != nil {
					return err
				}
			}
			fmt.Fprintln(c.App.Writer, "report:", filepath.Join(c.String("out"), report.PageFile))
			return nil
		},
	})
}

// listed is an option that holds words between commas; nil where it is not given.
func listed(c *cli.Context, name string) []string {
	if !c.IsSet(name) {
		return nil
	}
	words := strings.Split(c.String(name), ",")
	for i, word := range words {
		words[i] = strings.TrimSpace(word)
	}
	return words
}

// warnUnfinished names the runs that are left out.
func warnUnfinished(c *cli.Context, dirs []string) {
	for _, dir := range dirs {
		fmt.Fprintf(c.App.ErrWriter, "fedpurel: warning: %s is unfinished and left out; "+
			"finish it with `fedpurel train … --resume`\n", dir)
	}
}

// MakeReport writes the report of the runs in dirs.
func MakeReport(c *cli.Context, dirs []string, out string) (*report.Report, error) {
	runs, unfinished, err := report.Load(dirs...)
	if err != nil {
		return nil, err
	}
	warnUnfinished(c, unfinished)
	return makeReport(c, runs, out)
}

// makeReport writes the report of runs.
func makeReport(c *cli.Context, runs []report.Run, out string) (*report.Report, error) {
	album := &pictures.Album{}
	if first := &runs[0]; first.Cache != "" {
		album = pictures.OpenAlbum(first.Cache, first.Result.Cache)
	}
	defer album.Close() // read-only
	r, err := report.With(report.Options{
		Reference: c.String("reference"),
		Album:     report.Album{Source: album.Source, PerClass: album.PerClass, Missing: album.Missing},
	}, runs, metric.All())
	if err != nil {
		return nil, err
	}
	if err := r.Write(out, listed(c, "format")...); err != nil {
		return nil, err
	}
	return r, tidy.Write(out, runs, metric.All())
}
