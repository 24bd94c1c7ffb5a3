// Package pictures has the commands that see pictures and models: `sample`, `featurize`, `models` and `export`; and how
// other commands find the encoder of a run.
package pictures

import (
	"fmt"

	"github.com/urfave/cli/v2"

	"github.com/fedpurel/fedpurel/cmd/fedpurel/internal/flags"
	"github.com/fedpurel/fedpurel/cmd/fedpurel/internal/shell"
	"github.com/fedpurel/fedpurel/featurize/sample"
)

// Sample is the command `sample`.
func Sample() *cli.Command {
	d := sample.Default()
	return shell.Command(&cli.Command{
		Name:  "sample",
		Usage: "render the sample data set: 48 invented species, photographed by camera stations",
		Description: "Writes train/<class>/ and test/<class>/ with JPEG and PNG pictures, balanced, " +
			"and classnames.txt.\n" +
			"The same options give the same bytes.\n\nExample: fedpurel sample --out species",
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "out", Usage: "folder to write", Required: true},
			&cli.IntFlag{Name: "train", Usage: "training pictures per class", Value: d.Train},
			&cli.IntFlag{Name: "test", Usage: "test pictures per class", Value: d.Test},
			&cli.Uint64Flag{Name: "seed", Usage: "seed of the pictures", Value: d.Seed},
			&cli.IntFlag{Name: "workers", Usage: "pictures rendered at once (0: one a core)"},
			flags.Quiet(), flags.JSON(),
		},
		Action: func(c *cli.Context) error {
			if err := shell.Arguments(c, 0, 0, ""); err != nil {
				return err
			}
			o := sample.Options{
				Train:   c.Int("train"),
				Test:    c.Int("test"),
				Seed:    c.Uint64("seed"),
				Workers: c.Int("workers"),
			}
			b := shell.NewBar("rendering", "pictures", c.Bool("quiet"))
			defer b.Finish()
			if err := sample.Write(c.Context, c.String("out"), o, b.Update); err != nil {
				return err
			}
			b.Finish()
			if c.Bool("json") {
				return shell.PrintJSON(c, map[string]any{
					"out":     c.String("out"),
					"classes": sample.GuideSize,
					"train":   sample.GuideSize * o.Train,
					"test":    sample.GuideSize * o.Test,
					"seed":    o.Seed,
				})
			}
			fmt.Fprintf(c.App.Writer, "%d species, %d training and %d test pictures in %s\n",
				sample.GuideSize, sample.GuideSize*o.Train, sample.GuideSize*o.Test, c.String("out"))
			return nil
		},
	})
}
