package learning

import (
	"fmt"
	"path/filepath"

	"github.com/urfave/cli/v2"

	"github.com/fedpurel/fedpurel/cmd/fedpurel/internal/shell"
	"github.com/fedpurel/fedpurel/fed/report"
	"github.com/fedpurel/fedpurel/train/fault"
)

// reportBy writes a report for each combination of keys, in a folder of its own, and their scores in one table.
func reportBy(c *cli.Context, keys []string) error {
	if c.Bool("json") {
		return fault.Usagef("report: --json shows one report: it does not go with --by, which writes by.csv")
	}
	if err := report.CheckKeys(keys); err != nil {
		return err
	}
	runs, unfinished, err := report.Load(c.Args().Slice()...)
	if err != nil {
		return err
	}
	warnUnfinished(c, unfinished)
	parts, err := report.Divide(keys, runs)
	if err != nil {
		return err
	}
	out := c.String("out")
	reports := make([]*report.Report, len(parts))
	for i, p := range parts {
		if reports[i], err = makeReport(c, p.Runs, filepath.Join(out, p.Folder)); err != nil {
			return fmt.Errorf("%s: %w", shell.OneLine(p.Title), err)
		}
	}
	joined := report.Join(keys, parts, reports)
	if err := report.WriteBy(out, joined); err != nil {
		return err
	}
	if err := report.GridMarkdown(c.App.Writer, joined); err != nil {
		return err
	}
	fmt.Fprintf(c.App.Writer, "\ntable: %s (.csv, .tex); %d reports in folders beside it\n",
		filepath.Join(out, "by.md"), len(parts))
	return nil
}
