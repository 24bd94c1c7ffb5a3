package inspect

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/fedpurel/fedpurel/cmd/fedpurel/internal/flags"
	"github.com/fedpurel/fedpurel/cmd/fedpurel/internal/shell"
	"github.com/fedpurel/fedpurel/featurize"
	"github.com/fedpurel/fedpurel/featurize/dataset"
	"github.com/fedpurel/fedpurel/featurize/dataset/all"
	"github.com/fedpurel/fedpurel/train/fault"
)

// inspectData says what a raw data set holds, without a model.
func inspectData(c *cli.Context, root string) error {
	if c.Bool("verify") {
		return fault.Usagef("--verify is for caches and runs: a raw data set has no recorded hashes")
	}
	set, err := all.Open(root, flags.DatasetOptions(c))
	if err != nil {
		return err
	}
	defer set.Close() // read-only
	counts, clients := map[string][]int{}, owners{}
	for _, split := range []dataset.Split{dataset.Train, dataset.Test} {
		n := make([]int, len(set.Classes()))
		for i := range set.Len(split) {
			it, err := set.At(split, i)
			if err != nil {
				return err
			}
			n[it.Label]++
			clients.add(it.Client, split)
		}
		counts[string(split)] = n
	}
	var twice *duplicates
	if c.Bool("duplicates") {
		if twice, err = compareAll(c, ofData(set)); err != nil {
			return err
		}
	}
	var tried *featurize.Trial
	if c.Bool("decode") {
		if tried, err = decode(c, set); err != nil {
			return err
		}
	}
	about := set.About()
	if c.Bool("json") {
		found := map[string]any{
			"about":      about,
			"classes":    set.Classes(),
			"clients":    clients.list(),
			"counts":     counts,
			"duplicates": twice,
		}
		if tried != nil {
			found["decoded"] = tried
		}
		return errors.Join(shell.PrintJSON(c, found), verdict(tried))
	}
	fmt.Fprintf(c.App.Writer, "%s: format %s, %d classes: %s\n",
		root, about.Format, len(set.Classes()), shortList(set.Classes()))
	for _, split := range []dataset.Split{dataset.Train, dataset.Test} {
		n := slices.Sorted(slices.Values(counts[string(split)]))
		fmt.Fprintf(c.App.Writer, "  %-5s %d images, %d to %d a class, median %d\n",
			split, set.Len(split), n[0], n[len(n)-1], n[len(n)/2])
	}
	if some := clients.list(); len(some) > 0 {
		fmt.Fprintln(c.App.Writer, "  "+describe(some))
	}
	if about.Name != "" && about.Name != about.Format {
		fmt.Fprintln(c.App.Writer, "  known as "+about.Name)
	}
	if about.Templates != "" {
		fmt.Fprintln(c.App.Writer, "  customary prompts: --templates "+about.Templates)
	}
	for _, note := range about.Notes {
		fmt.Fprintln(c.App.Writer, "  note: "+note)
	}
	if twice != nil {
		twice.print(c.App.Writer, set.Classes())
	}
	if tried != nil {
		printTrial(c.App.Writer, tried)
	}
	return verdict(tried)
}

// shortList is the first few of many names.
func shortList(names []string) string {
	const most = 5
	if len(names) <= most {
		return strings.Join(names, ", ")
	}
	return strings.Join(names[:most], ", ") + ", …"
}

// compareAll looks for duplicates, with progress.
func compareAll(c *cli.Context, all corpus) (*duplicates, error) {
	b := shell.NewBar("comparing", "images", c.Bool("quiet"))
	defer b.Finish()
	d, err := all.duplicates(c.Context, b.Update)
	return &d, err
}
