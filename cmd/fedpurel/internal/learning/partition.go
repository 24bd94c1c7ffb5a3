package learning

import (
	"cmp"
	"fmt"
	"io"
	"math"
	"text/tabwriter"

	"github.com/urfave/cli/v2"

	"github.com/fedpurel/fedpurel/cmd/fedpurel/internal/flags"
	"github.com/fedpurel/fedpurel/cmd/fedpurel/internal/shell"
	"github.com/fedpurel/fedpurel/fed/lab"
	"github.com/fedpurel/fedpurel/fed/metric"
	"github.com/fedpurel/fedpurel/fed/report"
	"github.com/fedpurel/fedpurel/train/durable"
	"github.com/fedpurel/fedpurel/train/fault"
)

// Partition is the command `partition`.
func Partition() *cli.Command {
	return shell.Command(&cli.Command{
		Name:  "partition",
		Usage: "make, show or check a division of a cache among clients, without training",
		Description: "Prints every client's data; --out saves the partition for train --partition-file, --figure " +
			"draws it. With --partition-file\n" +
			"nothing is made: that partition is checked against the cache, and shown.\n\n" +
			"Example: fedpurel partition --cache cache --clients 10 --beta 0.3 --out partition.json " +
			"--figure partition.svg",
		Flags: append(flags.Spec(flags.Dividing),
			&cli.StringFlag{Name: "out", Usage: "`FILE` to save the partition in"},
			&cli.StringFlag{Name: "figure", Usage: "SVG `FILE` with the clients' class histogram"},
			flags.NoVerify(), flags.Quiet(), flags.JSON(),
		),
		Action: func(c *cli.Context) error {
			if err := shell.Arguments(c, 0, 0, ""); err != nil {
				return err
			}
			s, err := flags.ReadSpec(c)
			if err != nil {
				return err
			}
			if s.Cache == "" {
				return fault.Usagef("partition needs --cache DIR")
			}
			d, err := lab.How{
				NoVerify: c.Bool("no-verify"), Notice: shell.Notes(c, c.Bool("quiet")),
			}.Divide(c.Context, s)
			if err != nil {
				return err
			}
			if out := c.String("out"); out != "" {
				if err := durable.WriteJSON(out, d.Partition); err != nil {
					return err
				}
			}
			view := viewOf(d)
			if path := c.String("figure"); path != "" {
				if err := view.draw(path, d.Classes); err != nil {
					return err
				}
			}
			if c.Bool("json") {
				return shell.PrintJSON(c, view)
			}
			return view.print(c.App.Writer)
		},
	})
}

// view is what the command shows of a partition.
type view struct {
	Protocol  string       `json:"protocol"`
	LocalTest string       `json:"local_test"`
	Note      string       `json:"note,omitempty"`
	Counts    []int        `json:"train_counts"`
	Clients   []clientView `json:"clients"`
}

// clientView is one client's data. Distance is the total variation between the class distributions of its training and
// test images, in [0,1].
type clientView struct {
	Name      string     `json:"name"`
	Train     int        `json:"train"`
	Test      int        `json:"test"`
	Classes   int        `json:"classes"`
	Largest   metric.Num `json:"largest_class_share"`
	Distance  metric.Num `json:"train_test_distance"`
	Histogram []int      `json:"histogram"`
	called    string     // by the data; empty if the name is a number
}

func viewOf(d *lab.Division) view {
	p := d.Partition
	v := view{Protocol: p.String(), LocalTest: p.LocalTest, Note: p.Note, Counts: p.Counts}
	tally := func(rows []int, labels []int32) []int {
		counts := make([]int, len(p.Counts))
		for _, r := range rows {
			counts[labels[r]]++
		}
		return counts
	}
	for k, s := range p.Clients {
		a, b := tally(s.Train, d.TrainOf), tally(s.Test, d.TestOf)
		c := clientView{
			Name: fmt.Sprintf("client %d", k+1), Train: len(s.Train), Test: len(s.Test), Histogram: a,
			called: p.Name(k),
		}
		c.Name = cmp.Or(c.called, c.Name)
		largest, distance := 0, 0.0
		for i := range a {
			if a[i] > 0 {
				c.Classes++
			}
			largest = max(largest, a[i])
			distance += math.Abs(float64(a[i])/float64(len(s.Train))-float64(b[i])/float64(len(s.Test))) / 2
		}
		c.Largest = metric.Num(float64(largest) / float64(len(s.Train)))
		c.Distance = metric.Num(distance)
		v.Clients = append(v.Clients, c)
	}
	return v
}

func (v view) print(w io.Writer) error {
	fmt.Fprintf(w, "%s\nlocal tests: %s\n", v.Protocol, v.LocalTest)
	if v.Note != "" {
		fmt.Fprintln(w, "note:", v.Note)
	}
	for _, g := range metric.Groups(v.Counts) {
		fmt.Fprintf(w, "%s: %d classes\n", g.Name, len(g.Classes))
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "\ttraining\ttest\tclasses\tlargest class\ttrain–test distance\t")
	for _, c := range v.Clients {
		distance := "–"
		if d := float64(c.Distance); !math.IsNaN(d) {
			distance = fmt.Sprintf("%.2f", d)
		}
		fmt.Fprintf(t, "%s\t%d\t%d\t%d\t%.0f %%\t%s\t\n",
			c.Name, c.Train, c.Test, c.Classes, 100*float64(c.Largest), distance)
	}
	return t.Flush()
}

// draw saves the clients' class histogram.
func (v view) draw(path string, classes []string) error {
	r := metric.Result{Classes: classes, TrainCounts: v.Counts}
	for _, c := range v.Clients {
		r.Clients = append(r.Clients, metric.Client{Name: c.called, Histogram: c.Histogram})
	}
	svg, err := report.ClientData(r)
	if err != nil {
		return err
	}
	return durable.WriteFile(path, func(w io.Writer) error {
		_, err := w.Write(svg)
		return err
	})
}
