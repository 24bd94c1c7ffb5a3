package setup

import (
	"fmt"
	"io"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/fedpurel/fedpurel/cmd/fedpurel/internal/flags"
	"github.com/fedpurel/fedpurel/cmd/fedpurel/internal/shell"
	"github.com/fedpurel/fedpurel/models/onnx"
	"github.com/fedpurel/fedpurel/train/fault"
)

// Doctor is the command `doctor`.
func Doctor() *cli.Command {
	return shell.Command(&cli.Command{
		Name:  "doctor",
		Usage: "say what is there to work with: ONNX Runtime, processor, memory, models, disk",
		Description: "Lines begin with \"ok\", or with \"–\" where something is missing or could be better. " +
			"Exit code 10 says that featurize cannot run,\n" +
			"and the last line what to do; training needs no ONNX Runtime.\n\nExample: fedpurel doctor",
		Flags: []cli.Flag{flags.Provider(), flags.Library(), flags.JSON()},
		Action: func(c *cli.Context) error {
			if err := shell.Arguments(c, 0, 0, ""); err != nil {
				return err
			}
			e, unable := examine(c.Context, onnx.Options{Library: c.String("ort-lib"), Provider: c.String("provider")})
			if fault.KindOf(unable) == fault.Usage {
				return unable
			}
			var err error
			if c.Bool("json") {
				err = shell.PrintJSON(c, e)
			} else {
				err = e.print(c.App.Writer)
			}
			if err == nil && unable != nil {
				err = fault.Errorf(fault.KindOf(unable), "featurize cannot run: %w", unable)
			}
			return err
		},
	})
}

// little is the free memory or disk below which a line says that it may not do.
const little = 1 << 30

// print writes an examination line by line.
func (e *examination) print(w io.Writer) error {
	var b strings.Builder
	line := func(good bool, what, format string, args ...any) {
		mark := " –"
		if good {
			mark = "ok"
		}
		fmt.Fprintf(&b, "%s  %-9s  %s\n", mark, what, fmt.Sprintf(format, args...))
	}
	cgo := "with cgo"
	if !e.Cgo {
		cgo = "without cgo: it trains and reports, and cannot featurize"
	}
	line(e.Cgo, "program", "fedpurel %s (%s, %s, %s)", e.Version, e.Go, e.Platform, cgo)
	if e.Runtime != nil {
		line(true, "runtime", "ONNX Runtime %s: %s (%s)", e.Runtime.Version, e.Runtime.Path, e.Runtime.Place)
		for _, passed := range e.Runtime.Passed {
			line(false, "runtime", "passed over: %s", passed)
		}
		line(true, "providers", "%s", strings.Join(e.Providers, ", "))
	} else {
		line(false, "runtime", "no ONNX Runtime that can be used")
	}
	line(e.Kernels != "plain", "processor", "%d cores; kernels: %s (it has %s)",
		e.Cores, e.Kernels, strings.Join(e.Features, ", "))
	if m := e.Memory; m != nil {
		line(m.Available >= little, "memory", "%.1f of %.1f GB available", gb(m.Available), gb(m.Total))
	} else {
		line(false, "memory", "this system does not tell")
	}
	for _, m := range e.Models {
		line(true, "models", "%s (%s at %.12s)", m.Folder, m.Repository, m.Revision)
	}
	if len(e.Models) == 0 {
		line(false, "models", "none but the built-in one, which is for the sample; "+
			"`fedpurel models pull NAME` fetches one")
	}
	for _, f := range e.Folders {
		if f.Free < 0 {
			line(false, "disk", "%s (%s): this system does not tell how much is free", f.Path, f.For)
		} else {
			line(f.Free >= little, "disk", "%.1f GB free in %s (%s)", gb(f.Free), f.Path, f.For)
		}
	}
	for _, name := range []string{"npm", "pip"} {
		if path := e.Clients[name]; path != "" {
			line(true, name, "%s", path)
		} else {
			line(false, name, "not there; `fedpurel runtime install` could use it")
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func gb(bytes int64) float64 { return float64(bytes) / 1e9 }
