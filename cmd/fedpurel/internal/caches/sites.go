package caches

import (
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/fedpurel/fedpurel/cmd/fedpurel/internal/shell"
	"github.com/fedpurel/fedpurel/featurize/cache"
)

// mergeSites puts the caches of several sites together.
func mergeSites(c *cli.Context) error {
	if err := shell.Arguments(c, 2, math.MaxInt, "the caches of two sites or more"); err != nil {
		return err
	}
	var sites []cache.Site
	for _, argument := range c.Args().Slice() {
		sites = append(sites, siteOf(argument))
	}
	out := c.String("out")
	b := shell.NewBar("merging", "rows", c.Bool("quiet"))
	defer b.Finish()
	m, notes, err := cache.MergeSites(c.Context, out, sites, Versions(), b.Update)
	b.Finish()
	if errors.Is(err, cache.ErrComplete) {
		return Complete(c, out)
	} else if err != nil {
		return err
	}
	for _, note := range notes {
		fmt.Fprintln(c.App.ErrWriter, "fedpurel: note: "+note)
	}
	if c.Bool("json") {
		return shell.PrintJSON(c, map[string]any{"out": out, "manifest": m})
	}
	fmt.Fprintln(c.App.Writer, Describe(m, out))
	return nil
}

// siteOf reads NAME=CACHE, or CACHE, which is called as its folder. A folder with a = in its own name, and one before
// whose = a slash stands, is meant as it is.
func siteOf(argument string) cache.Site {
	name, dir, named := strings.Cut(argument, "=")
	if _, err := os.Stat(argument); err == nil || !named || strings.ContainsAny(name, `/\`) {
		dir, name = argument, filepath.Base(argument)
		if abs, err := filepath.Abs(argument); err == nil {
			name = filepath.Base(abs)
		}
	}
	return cache.Site{Name: name, Dir: dir}
}
