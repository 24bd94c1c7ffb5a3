package learning

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/urfave/cli/v2"

	"github.com/fedpurel/fedpurel/cmd/fedpurel/internal/flags"
	"github.com/fedpurel/fedpurel/cmd/fedpurel/internal/shell"
	"github.com/fedpurel/fedpurel/fed/lab"
	"github.com/fedpurel/fedpurel/fed/method"
	"github.com/fedpurel/fedpurel/train/option"
	"github.com/fedpurel/fedpurel/train/peft"
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
			"Example: fedpurel methods fedpurel",
		Flags: []cli.Flag{flags.JSON()},
		Action: func(c *cli.Context) error {
			if err := shell.Arguments(c, 0, 1, "at most one METHOD"); err != nil {
				return err
			}
			all := cards(flags.Plugins)
			if c.Args().Present() {
				if _, err := method.Find(c.Args().First()); err != nil {
					return err
				}
				all = slices.DeleteFunc(all, func(m card) bool { return m.Name != c.Args().First() })
			}
			switch {
			case c.Bool("json"):
				return shell.PrintJSON(c, all)
			case len(all) == 1:
				return all[0].print(c.App.Writer)
			}
			return list(c.App.Writer, all, flags.Plugins.Additions)
		},
	})
}

// card is what there is to know of a method.
type card struct {
	Name    string   `json:"name"`
	Title   string   `json:"title"`
	Doc     string   `json:"doc"`
	Source  string   `json:"source,omitempty"`
	Reveals string   `json:"reveals,omitempty"`
	Module  string   `json:"module,omitempty"` // one that suits, of a method that does not run on every one
	Options []string `json:"options,omitempty"`
	Shares  bool     `json:"wears_residual,omitempty"`
	OwnLoss bool     `json:"own_loss,omitempty"` // and so wears none
}

func cards(t lab.Tables) (all []card) {
	for _, e := range t.Methods {
		c := card{
			Name: e.Name, Title: e.Title, Doc: e.Doc, Source: e.Source, Reveals: e.Reveals, Module: e.Host,
			Shares: e.Shares, OwnLoss: e.OwnLoss,
		}
		if e.New != nil {
			for _, name := range option.Names(e.New(peft.Entry{})) {
				c.Options = append(c.Options, option.Flag(name))
			}
		}
		all = append(all, c)
	}
	return all
}

// print says everything of one method.
func (c card) print(w io.Writer) error {
	wears := "every loss (--loss)"
	if c.OwnLoss {
		wears = "no loss, for it has one of its own"
	}
	if c.Shares {
		wears += ", and a residual (--personal residual)"
	}
	reveals := "nothing but parameters"
	if c.Reveals != "" {
		reveals = c.Reveals
	}
	rows := [][2]string{{"", c.Doc}, {"from", c.Source}}
	if c.Options != nil {
		rows = append(rows, [][2]string{
			{"wears", wears}, {"reveals", reveals}, {"options", strings.Join(c.Options, ", ")},
		}...)
	}
	if c.Module != "" {
		rows = append(rows, [2]string{"modules", "not all; for example --module " + c.Module})
	}
	fmt.Fprintf(w, "%s: %s\n", c.Name, c.Title)
	for _, r := range rows {
		for i, line := range text.Wrap(r[1], 66) {
			label := r[0]
			if i > 0 {
				label = ""
			}
			fmt.Fprintf(w, "  %-10s%s\n", label, line)
		}
	}
	return nil
}

// list is all methods, and what they can wear.
func list(w io.Writer, all []card, additions []lab.Addition) error {
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, c := range all {
		fmt.Fprintf(tw, "%s\t%s\n", c.Name, c.Doc)
	}
	fmt.Fprintf(tw, "\nbehind a plus sign:\t\n")
	for _, a := range additions {
		fmt.Fprintf(tw, "+%s\t%s\n", a.Name, a.Doc)
	}
	return tw.Flush()
}
