package learning

import (
	"fmt"

	"github.com/urfave/cli/v2"

	"github.com/fedpurel/fedpurel/cmd/fedpurel/internal/flags"
	"github.com/fedpurel/fedpurel/cmd/fedpurel/internal/shell"
	"github.com/fedpurel/fedpurel/fed/lab"
	"github.com/fedpurel/fedpurel/fed/metric"
	"github.com/fedpurel/fedpurel/train/fault"
)

// Sigma is the command `calibrate-sigma`.
func Sigma() *cli.Command {
	return shell.Command(&cli.Command{
		Name:  "calibrate-sigma",
		Usage: "find the σ of balancedness at which zero-shot predictions reach a published value",
		Description: "The paper states no σ, but the balancedness of its zero-shot model on CIFAR-100: 26.48 %. " +
			"On features of the same encoder\n" +
			"and data, the σ found here is the paper's; on others it only makes the zero-shot figures equal.\n\n" +
			"Example: fedpurel calibrate-sigma --cache cifar100-vitb16 --target 26.48",
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "cache", Usage: "`FOLDER` of cached features", Required: true},
			&cli.Float64Flag{Name: "target", Usage: "balancedness of the zero-shot model in percent", Value: 26.48},
			&cli.Float64Flag{Name: "power", Usage: "exponent of balancedness", Value: metric.DefaultBalance.Power},
			flags.NoVerify(), flags.JSON(),
		},
		Action: func(c *cli.Context) error {
			if err := shell.Arguments(c, 0, 0, ""); err != nil {
				return err
			}
			if !(c.Float64("power") > 0) {
				return fault.Usagef("--power %v must be positive", c.Float64("power"))
			}
			s, err := flags.Plugins.Spec(lab.Settings{
				"cache": c.String("cache"), "method": "zeroshot", "partition": "iid", "tail": "natural", "clients": 1,
			})
			if err != nil {
				return err
			}
			r, err := lab.Run(c.Context, s, "", lab.How{NoVerify: c.Bool("no-verify")})
			if err != nil {
				return err
			}
			zero := r.PerClass["zero_shot"]
			sigma, err := zero.Sigma(c.Float64("power"), c.Float64("target")/100)
			if err != nil {
				return fault.Usagef("calibrate-sigma: %w", err)
			}
			if c.Bool("json") {
				return shell.PrintJSON(c, map[string]any{
					"sigma": sigma, "power": c.Float64("power"), "target": c.Float64("target"),
					"zero_shot_accuracy": zero.Micro(),
				})
			}
			fmt.Fprintf(c.App.Writer, "σ = %.6g (power %g) gives zero-shot, %.2f %% right, a balancedness of %g %%\n",
				sigma, c.Float64("power"), 100*zero.Micro(), c.Float64("target"))
			return nil
		},
	})
}
