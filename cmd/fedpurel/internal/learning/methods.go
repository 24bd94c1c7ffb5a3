package learning

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/fedpurel/fedpurel/cmd/fedpurel/internal/flags"
	"github.com/fedpurel/fedpurel/cmd/fedpurel/internal/shell"
	"github.com/fedpurel/fedpurel/train/option"
	"github.com/fedpurel/fedpurel/train/text"
)

// Methods is the command `methods`.
func Methods() *cli.Command {
	return shell.Command(&cli.Command{
		Name:      "methods",
		Usage:     "what federated methods there are, where they are from, what they reveal, and what they can wear",
		ArgsUsage: "[METHOD]",
		Description: "A method may wear more behind plus signs: fedavg+la trains FedAvg with logit adjustment, " +
			"fedavg+la+residual gives every\nclient a residual on top of it. That is a name for options, " +
			"which `train --explain` shows.\n\n" +
			"Example: fedpurel methods fedavg+la+residual",
		Flags: []cli.Flag{flags.JSON()},
		Action: func(c *cli.Context) error {
			if err := shell.Arguments(c, 0, 1, "at most one METHOD"); err != nil {
				return err
			}
			all, err := known(flags.Plugins, c.Args().First())
			switch {
			case err != nil:
				return err
			case c.Bool("json"):
				return shell.PrintJSON(c, all)
			case c.Args().Present():
				all.print(c.App.Writer)
			default:
				all.list(c.App.Writer)
			}
			return nil
		},
	})
}

// rows are everything of one method, by what it is of.
func (c card) rows() [][2]string {
	wears := "every loss (--loss)"
	if c.OwnLoss {
		wears = "no loss, for it has one of its own"
	}
	if c.Shares {
		wears += ", and a residual (--personal residual)"
	}
	rows := [][2]string{{"", c.Doc}, {"from", c.Source}}
	if c.Options != nil {
		rows = append(rows, [][2]string{
			{"wears", wears}, {"reveals", nothing(c.Reveals)}, {"options", strings.Join(c.Options, ", ")},
		}...)
	}
	if c.Module != "" {
		rows = append(rows, [2]string{"modules", "not all; for example --module " + c.Module})
	}
	return rows
}

// rows are everything of one addition.
func (w wearable) rows() [][2]string {
	var is []string
	for _, name := range slices.Sorted(maps.Keys(w.Options)) {
		is = append(is, fmt.Sprint(option.Flag(name), " ", w.Options[name]))
	}
	return [][2]string{{"", w.Doc}, {"is", strings.Join(is, ", ")}, {"reveals", nothing(w.Reveals)}}
}

// nothing is what messages reveal, in words where that is nothing.
func nothing(reveals string) string {
	if reveals == "" {
		return "nothing but parameters"
	}
	return reveals
}

// print says everything of what the catalogue has.
func (all catalogue) print(w io.Writer) {
	for _, c := range all.Methods {
		fmt.Fprintf(w, "%s: %s\n", c.Name, c.Title)
		inColumns(w, "  %-10s%s\n", 66, c.rows())
	}
	for _, a := range all.Additions {
		fmt.Fprintf(w, "+%s: %s\n", a.Name, a.Title)
		inColumns(w, "  %-10s%s\n", 66, a.rows())
	}
}

// list is all methods, and what they can wear, with what they do.
func (all catalogue) list(w io.Writer) {
	var methods, additions [][2]string
	for _, c := range all.Methods {
		methods = append(methods, [2]string{c.Name, c.Doc})
	}
	for _, a := range all.Additions {
		additions = append(additions, [2]string{"+" + a.Name, a.Doc})
	}
	inColumns(w, "%-15s%s\n", 65, methods)
	fmt.Fprint(w, "\nbehind a plus sign:\n")
	inColumns(w, "%-15s%s\n", 65, additions)
}

// inColumns prints names and, wrapped beside them, what there is to say.
func inColumns(w io.Writer, format string, width int, rows [][2]string) {
	for _, r := range rows {
		for i, line := range text.Wrap(r[1], width) {
			name := r[0]
			if i > 0 {
				name = ""
			}
			fmt.Fprintf(w, format, name, line)
		}
	}
}
