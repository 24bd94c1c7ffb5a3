// Command fedpurel trains long-tailed, personalized federated models on frozen CLIP features.
//
//	fedpurel demo                                     see it work, from raw pictures to a report
//	fedpurel featurize --data DIR --out CACHE         images → embeddings on disk
//	fedpurel train --cache CACHE --out RUN            federated training on cached features
//	fedpurel compare --cache CACHE --out DIR          methods × seeds, one table
//	fedpurel report DIR --out OUT                     tables and figures
//
// This package is the composition root: the commands lie in the rooms below internal, one file each, by what they are
// about.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/urfave/cli/v2"

	"github.com/fedpurel/fedpurel/cmd/fedpurel/internal/caches"
	"github.com/fedpurel/fedpurel/cmd/fedpurel/internal/inspect"
	"github.com/fedpurel/fedpurel/cmd/fedpurel/internal/learning"
	"github.com/fedpurel/fedpurel/cmd/fedpurel/internal/pictures"
	"github.com/fedpurel/fedpurel/cmd/fedpurel/internal/setup"
	"github.com/fedpurel/fedpurel/cmd/fedpurel/internal/shell"
)

func main() { os.Exit(run(os.Args)) }

// run executes one command line and returns its exit code.
func run(args []string) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // a second signal ends the program at once
	app := shell.Profiled(application())
	out, errs := shell.NewOutput(os.Stdout, "standard output"), shell.NewOutput(os.Stderr, "standard error")
	app.Writer, app.ErrWriter = out, errs
	err := app.RunContext(ctx, shell.FlagsFirst(args, app.Commands))
	if lost := out.Close(); err == nil {
		err = lost
	}
	code := shell.ExitCode(ctx, err)
	switch {
	case code == shell.ExitInterrupted:
		fmt.Fprintln(app.ErrWriter, "fedpurel: interrupted; what was finished is kept, "+
			"and a command that has --resume continues it")
	case err != nil:
		fmt.Fprintln(app.ErrWriter, "fedpurel: "+oneLine(err.Error()))
	}
	if errs.Close() != nil && code == shell.ExitOK { // a warning was lost
		return shell.ExitFailure
	}
	return code
}

// application assembles the commands.
func application() *cli.App {
	return &cli.App{
		Name:    "fedpurel",
		Usage:   "long-tailed, personalized federated learning on frozen CLIP features (FedPuReL)",
		Version: shell.Version(),
		Description: "Start with `fedpurel demo`. Every command explains itself with --help.\n\n" +
			shell.ExitCodes,
		UseShortOptionHandling:    false,
		HideHelpCommand:           true,
		Suggest:                   true,
		DisableSliceFlagSeparator: true,                         // a prompt may hold a comma
		ExitErrHandler:            func(*cli.Context, error) {}, // run prints and maps errors
		OnUsageError:              shell.UsageError,
		CommandNotFound: func(c *cli.Context, name string) {
			fmt.Fprintf(c.App.ErrWriter, "fedpurel: unknown command %q; `fedpurel --help` lists the commands\n", name)
			os.Exit(shell.ExitUsage)
		},
		Commands: []*cli.Command{
			demoCommand(), pictures.Sample(), pictures.Models(), pictures.Featurize(),
			setup.Runtime(), setup.Doctor(), caches.Command(), inspect.Command(),
			learning.Partition(), learning.Train(), learning.Eval(), learning.Compare(), learning.Report(),
			learning.Sigma(),
		},
	}
}

// oneLine joins the lines of a message, so that an error is one line wherever it comes from.
func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }
