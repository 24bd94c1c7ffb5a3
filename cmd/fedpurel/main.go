// Command fedpurel trains long-tailed, personalized federated models on frozen CLIP features.
//
//	fedpurel demo                                     see it work, from raw pictures to a report
//	fedpurel featurize --data DIR --out CACHE         images → embeddings on disk
//	fedpurel train --cache CACHE --out RUN            federated training on cached features
//	fedpurel compare --cache CACHE --out DIR          methods × seeds, one table
//	fedpurel report DIR --out OUT                     tables and figures
//
// This package is the composition root: one file per command, flags, wiring and exit codes.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/urfave/cli/v2"
)

func main() { os.Exit(run(os.Args)) }

// run executes one command line and returns its exit code.
func run(args []string) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // a second signal ends the program at once
	app := profiled(application())
	out, errs := &output{to: os.Stdout, name: "standard output"}, &output{to: os.Stderr, name: "standard error"}
	app.Writer, app.ErrWriter = out, errs
	err := app.RunContext(ctx, flagsFirst(args, app.Commands))
	if lost := out.close(); err == nil {
		err = lost
	}
	code := exitCode(ctx, err)
	switch {
	case code == exitInterrupted:
		fmt.Fprintln(app.ErrWriter, "fedpurel: interrupted; what was finished is kept, "+
			"and a command that has --resume continues it")
	case err != nil:
		fmt.Fprintln(app.ErrWriter, "fedpurel: "+oneLine(err.Error()))
	}
	if errs.close() != nil && code == exitOK { // a warning was lost
		return exitFailure
	}
	return code
}

// application assembles the commands.
func application() *cli.App {
	return &cli.App{
		Name:    "fedpurel",
		Usage:   "long-tailed, personalized federated learning on frozen CLIP features (FedPuReL)",
		Version: version(),
		Description: "Start with `fedpurel demo`. Every command explains itself with --help.\n\n" +
			exitCodes,
		UseShortOptionHandling:    false,
		HideHelpCommand:           true,
		Suggest:                   true,
		DisableSliceFlagSeparator: true,                         // a prompt may hold a comma
		ExitErrHandler:            func(*cli.Context, error) {}, // run prints and maps errors
		OnUsageError:              usageError,
		CommandNotFound: func(c *cli.Context, name string) {
			fmt.Fprintf(c.App.ErrWriter, "fedpurel: unknown command %q; `fedpurel --help` lists the commands\n", name)
			os.Exit(exitUsage)
		},
		Commands: []*cli.Command{
			demoCommand(), sampleCommand(), modelsCommand(), featurizeCommand(), cacheCommand(), inspectCommand(),
			partitionCommand(), trainCommand(), evalCommand(), compareCommand(), reportCommand(), sigmaCommand(),
		},
	}
}

// oneLine joins the lines of a message, so that an error is one line wherever it comes from.
func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }
