package pictures

import (
	"fmt"
	"io"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/fedpurel/fedpurel/featurize/cache"
	"github.com/fedpurel/fedpurel/featurize/dataset"
	"github.com/fedpurel/fedpurel/featurize/dataset/all"
	"github.com/fedpurel/fedpurel/train/fault"
)

// OpenData lists a data set. Images that are missing are an error, unless they may be skipped.
func OpenData(c *cli.Context, root string, o dataset.Options, skip bool) (dataset.Source, error) {
	set, err := all.Open(root, o)
	if err != nil {
		return nil, err
	}
	about := set.About()
	if about.Missing > 0 && !skip {
		_ = set.Close() // the error in hand matters more
		return nil, fault.Missingf("%s: %d images that %s lists are missing, such as %s; "+
			"fetch them, name the folder of a list's images with --images, or go on without them with --on-error skip",
			c.Command.Name, about.Missing, root, strings.Join(about.Examples, ", "))
	}
	return set, nil
}

// notes says on w what a user should know of a data set.
func notes(w io.Writer, set dataset.Source) {
	for _, note := range set.About().Notes {
		fmt.Fprintln(w, "fedpurel: note: "+note)
	}
}

// parseShard reads i/n.
func parseShard(text string) (s cache.Shard, err error) {
	if text == "" {
		return s, nil
	}
	var rest string
	if n, _ := fmt.Sscanf(text+" ", "%d/%d%s", &s.Index, &s.Count, &rest); n != 2 || s == (cache.Shard{}) ||
		s.Check() != nil {
		return s, fault.Usagef("--shard %q: write I/N, the I-th of N, such as 1/8", text)
	}
	return s, nil
}
