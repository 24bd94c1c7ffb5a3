package caches

import (
	"fmt"

	"github.com/urfave/cli/v2"

	"github.com/fedpurel/fedpurel/cmd/fedpurel/internal/flags"
	"github.com/fedpurel/fedpurel/cmd/fedpurel/internal/shell"
	"github.com/fedpurel/fedpurel/featurize/cache"
)

func identityCommand() *cli.Command {
	return shell.Command(&cli.Command{
		Name:  "identity",
		Usage: "write what all sites of a federation must share: classes, their embeddings, the encoder's record",
		Description: "The folder holds no image, name of an image, label or count; sites make their caches with " +
			"`fedpurel featurize --like` it, and a hub runs by it.\n" +
			"It has one number a module, how sharply the loss bends on 256 training images of the cache, by which " +
			"learning rates that nobody chooses are those of a simulation on it;\n" +
			"--no-curvature leaves these numbers out.\n\n" +
			"Example: fedpurel cache identity --cache reference-cache --out identity",
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "cache", Usage: "`FOLDER` of cached features", Required: true},
			&cli.StringFlag{Name: "out", Usage: "`FOLDER` for the identity", Required: true},
			&cli.BoolFlag{Name: "no-curvature", Usage: "nothing that depends on the images, not even how losses bend"},
			flags.NoVerify(), flags.JSON(),
		},
		Action: func(c *cli.Context) (err error) {
			if err := shell.Arguments(c, 0, 0, ""); err != nil {
				return err
			}
			dir, out := c.String("cache"), c.String("out")
			held, err := cache.Map(dir)
			if err != nil {
				return err
			}
			defer held.Close() // read-only
			if !c.Bool("no-verify") {
				if err := held.Check(c.Context); err != nil {
					return err
				}
			}
			var curvatures []cache.Curvature
			if !c.Bool("no-curvature") {
				if _, err := held.Split("train"); err != nil {
					return err
				}
				if curvatures, err = flags.Plugins.Curvatures(dir); err != nil {
					return err
				}
			}
			m, err := held.Share(out, curvatures)
			if err != nil {
				return err
			}
			if c.Bool("json") {
				return shell.PrintJSON(c, map[string]any{"out": out, "manifest": m, "curvatures": curvatures})
			}
			fmt.Fprintln(c.App.Writer, Describe(m, out))
			return nil
		},
	})
}
