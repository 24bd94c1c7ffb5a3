package inspect

import (
	"fmt"
	"io"
	"runtime"

	"github.com/urfave/cli/v2"

	"github.com/fedpurel/fedpurel/cmd/fedpurel/internal/shell"
	"github.com/fedpurel/fedpurel/featurize"
	"github.com/fedpurel/fedpurel/featurize/dataset"
	"github.com/fedpurel/fedpurel/train/fault"
)

// decode tries all images of a set, on all cores, with progress.
func decode(c *cli.Context, set dataset.Source) (*featurize.Trial, error) {
	b := shell.NewBar("decoding", "images", c.Bool("quiet"))
	defer b.Finish()
	return featurize.Try(c.Context, set, runtime.GOMAXPROCS(0), b.Update)
}

// printTrial lists every bad image with its reason.
func printTrial(w io.Writer, t *featurize.Trial) {
	fmt.Fprintf(w, "  %d of %d images can be decoded\n", t.Good(), t.Images)
	if t.Smallest != nil {
		fmt.Fprintf(w, "  smallest %v\n  largest  %v\n", t.Smallest, t.Largest)
	}
	for _, bad := range t.Bad {
		fmt.Fprintf(w, "  bad: %s: %s\n", bad.File, bad.Reason)
	}
}

// verdict is an error where images are bad.
func verdict(t *featurize.Trial) error {
	if t == nil || len(t.Bad) == 0 {
		return nil
	}
	return fault.Corruptf("inspect: %d of %d images cannot be decoded; repair or remove them, "+
		"or go on without them with `fedpurel featurize --on-error skip`", len(t.Bad), t.Images)
}
