// Package setup is the commands about the machine: what featurizing needs is installed, and all of it is looked at.
package setup

import (
	"fmt"
	"os"

	"github.com/urfave/cli/v2"

	"github.com/fedpurel/fedpurel/cmd/fedpurel/internal/flags"
	"github.com/fedpurel/fedpurel/cmd/fedpurel/internal/shell"
	"github.com/fedpurel/fedpurel/models/onnx"
	"github.com/fedpurel/fedpurel/models/ortlib"
)

// Runtime is the command `runtime`.
func Runtime() *cli.Command {
	return &cli.Command{
		Name:            "runtime",
		Usage:           "install ONNX Runtime, which featurize needs",
		HideHelpCommand: true,
		OnUsageError:    shell.UsageError,
		Action:          shell.Group,
		Subcommands:     []*cli.Command{runtimeInstallCommand()},
	}
}

func runtimeInstallCommand() *cli.Command {
	return shell.Command(&cli.Command{
		Name:  "install",
		Usage: "fetch ONNX Runtime " + ortlib.Version + " with npm or pip, checked by SHA-256",
		Description: "The library goes into the user's cache folder, where featurize finds it. " +
			"It comes out of the npm package onnxruntime-node\n" +
			"or the wheel onnxruntime, fetched by npm or pip as they are set up on this machine, " +
			"or given with --package.\n\nExample: fedpurel runtime install",
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "dir", Usage: "`FOLDER` for the library (default: in the user's cache folder)"},
			&cli.StringFlag{
				Name: "package",
				Usage: "take the library out of this `FILE`, made on another machine by npm pack or pip download; " +
					"nothing is fetched",
			},
			&cli.StringFlag{
				Name:  "with",
				Usage: "what fetches: npm or pip (default: npm where it is there and can, else pip)",
			},
			flags.JSON(),
		},
		Action: func(c *cli.Context) error {
			if err := shell.Arguments(c, 0, 0, ""); err != nil {
				return err
			}
			say := func(message string) { fmt.Fprintln(c.App.ErrWriter, "fedpurel: "+message) }
			done, err := ortlib.Install(c.Context, ortlib.Options{
				Dir:     c.String("dir"),
				Package: c.String("package"),
				With:    c.String("with"),
				Say:     say,
			})
			if err != nil {
				return err
			}
			remark(say, done.Path)
			if c.Bool("json") {
				return shell.PrintJSON(c, done)
			}
			what := "installed"
			if done.From == "" {
				what = "in place"
			}
			_, err = fmt.Fprintf(c.App.Writer, "ONNX Runtime %s, %s: %s\n", done.Version, what, done.Path)
			return err
		},
	})
}

// remark says what may keep featurize from using what was installed.
func remark(say func(string), path string) {
	if !onnx.Linked {
		say("warning: this program was built without cgo and cannot run models; " +
			"build it with CGO_ENABLED=1 and a C compiler")
	}
	library, err := ortlib.Locate("")
	if err == nil && same(library.Path, path) {
		return
	}
	other := "does not look there"
	if err == nil {
		other = "finds another one first, " + library.Path
	}
	say(fmt.Sprintf("note: by itself featurize %s; name this one with --ort-lib or %s", other, ortlib.Env))
}

func same(a, b string) bool {
	x, err := os.Stat(a)
	if err != nil {
		return false
	}
	y, err := os.Stat(b)
	return err == nil && os.SameFile(x, y)
}
