// Command fedpurel trains long-tailed, personalized federated models on frozen CLIP features.
//
//	fedpurel demo                                     see it work, from raw pictures to a report
//	fedpurel featurize --data DIR --out CACHE         images → embeddings on disk
//	fedpurel train --cache CACHE --out RUN            federated training on cached features
//	fedpurel compare --cache CACHE --out DIR          methods × seeds, one table
//	fedpurel report DIR --out OUT                     tables and figures
//	fedpurel predict RUN IMAGES…                      images → classes
//
// This package is the composition root: the commands lie in the rooms below internal, one file each, by what they are
// about.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"syscall"

	"github.com/urfave/cli/v2"

	"github.com/fedpurel/fedpurel/cmd/fedpurel/internal/caches"
	"github.com/fedpurel/fedpurel/cmd/fedpurel/internal/help"
	"github.com/fedpurel/fedpurel/cmd/fedpurel/internal/inspect"
	"github.com/fedpurel/fedpurel/cmd/fedpurel/internal/learning"
	"github.com/fedpurel/fedpurel/cmd/fedpurel/internal/machines"
	"github.com/fedpurel/fedpurel/cmd/fedpurel/internal/pictures"
	"github.com/fedpurel/fedpurel/cmd/fedpurel/internal/predict"
	"github.com/fedpurel/fedpurel/cmd/fedpurel/internal/setup"
	"github.com/fedpurel/fedpurel/cmd/fedpurel/internal/shell"
)

func main() { os.Exit(run(os.Args)) }

// run executes one command line and returns its exit code.
func run(args []string) int {
	ctx, stop := signal.NotifyContext(context.Background(), endings()...)
	defer stop()
	context.AfterFunc(ctx, stop) // a second signal ends the program at once
	cli.HelpPrinter = help.Print
	app := shell.Bounded(shell.Profiled(application()))
	out, errs := shell.NewOutput(os.Stdout, "standard output"), shell.NewOutput(os.Stderr, "standard error")
	app.Writer, app.ErrWriter = out, errs
	err := app.RunContext(ctx, shell.FlagsFirst(args, app))
	if lost := out.Close(); err == nil {
		err = lost
	}
	code := shell.ExitCode(ctx, err)
	switch {
	case code == shell.ExitInterrupted:
		fmt.Fprintln(app.ErrWriter, "fedpurel: interrupted; what was finished is kept, "+
			"and a command that has --resume continues it")
	case err != nil:
		fmt.Fprintln(app.ErrWriter, "fedpurel: "+shell.OneLine(err.Error()))
	}
	if errs.Close() != nil && code == shell.ExitOK { // a warning was lost
		return shell.ExitFailure
	}
	return code
}

// endings are the signals that end a command after it has kept what is finished: also that of a terminal that goes
// away, unless the program was started to outlive it, as by nohup.
func endings() []os.Signal {
	all := []os.Signal{os.Interrupt, syscall.SIGTERM}
	if !signal.Ignored(syscall.SIGHUP) {
		all = append(all, syscall.SIGHUP)
	}
	return all
}

// application assembles the commands.
func application() *cli.App {
	return &cli.App{
		Name:    "fedpurel",
		Usage:   "long-tailed, personalized federated learning on frozen CLIP features (FedPuReL)",
		Version: shell.Version(),
		Description: "Start with `fedpurel demo`. `fedpurel help COMMAND`, or COMMAND --help, explains a command.\n\n" +
			shell.ExitCodes,
		Flags:                     []cli.Flag{cli.HelpFlag}, // the parser's own goes with its own command help
		HideHelpCommand:           true,
		DisableSliceFlagSeparator: true,                         // a prompt may hold a comma
		ExitErrHandler:            func(*cli.Context, error) {}, // run prints and maps errors
		OnUsageError:              shell.UsageError,
		Action: func(c *cli.Context) error {
			if c.Args().Present() {
				return shell.Group(c)
			}
			return cli.ShowAppHelp(c)
		},
		Commands: slices.Concat(
			about("Start here", demoCommand(), pictures.Sample()),
			about("Pictures to features", pictures.Models(), pictures.Featurize(), caches.Command(), inspect.Command()),
			about("Training", learning.Methods(), learning.Partition(), learning.Train(), learning.Eval(),
				learning.Compare(), learning.Watch(), learning.Report(), learning.Rank(), learning.Sigma()),
			about("Over machines", machines.Hub(), machines.Site(), machines.Federate()),
			about("A model out", predict.Command(), personalizeCommand(), pictures.Export()),
			about("This program", setup.Runtime(), setup.Doctor(), help.Command(), help.Version(), help.Completion()),
			[]*cli.Command{help.Complete()},
		),
	}
}

// about puts commands under a heading of the help.
func about(heading string, commands ...*cli.Command) []*cli.Command {
	for _, c := range commands {
		c.Category = heading
	}
	return commands
}
