// Command balancedness reads run folders and reports how balanced their models are, for several constants.
//
// Balancedness, β = (1/C²) Σ_i Σ_j exp(−|a_i − a_j|^p / σ) over the per-class accuracies a, depends on σ and p, which
// the paper leaves open. This report shows β for a range of σ and both powers, so that a reader can see whether an
// order of methods depends on the choice; beside it stand the spread and the extremes of the per-class accuracies,
// which have no constants.
//
//	go run ./tools/balancedness [-csv] RUN|DIR…
package main

import (
	"cmp"
	"encoding/csv"
	"flag"
	"fmt"
	"io"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"

	"gonum.org/v1/gonum/stat"

	"github.com/fedpurel/fedpurel/fed/metric"
	"github.com/fedpurel/fedpurel/fed/report"
)

var (
	sigmas = []float64{0.005, 0.01, 0.02, 0.05, 0.1}
	powers = []float64{1, 2}
)

func main() {
	asCSV := flag.Bool("csv", false, "print CSV instead of a table")
	flag.Usage = func() {
		fmt.Fprintf(flag.CommandLine.Output(), "usage: balancedness [-csv] RUN|DIR…\n\n"+
			"Example: go run ./tools/balancedness demo/runs\n")
		flag.PrintDefaults()
	}
	flag.Parse()
	if flag.NArg() == 0 {
		flag.Usage()
		os.Exit(2)
	}
	runs, _, err := report.Load(flag.Args()...)
	var rows [][]string
	if err == nil {
		rows, err = records(runs)
	}
	if err == nil {
		err = write(os.Stdout, rows, *asCSV)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "balancedness:", err)
		os.Exit(1)
	}
}

// models are the kinds of per-class counts in a result.
var models = []struct{ key, name string }{{"global", "global"}, {"personal", "personal"}}

// records has a header and a row for every method or variant of one, module and model: means over the seeds.
func records(runs []report.Run) ([][]string, error) {
	groups, err := report.BySeed(runs)
	if err != nil {
		return nil, err
	}
	header := []string{
		"method", "module", "model", "seeds", "mean accuracy", "sd of classes", "worst class", "best class",
	}
	for _, p := range powers {
		for _, s := range sigmas {
			header = append(header, fmt.Sprintf("β p=%g σ=%g", p, s))
		}
	}
	rows := [][]string{header}
	for _, group := range groups {
		n, first := len(group.Runs), group.Runs[0].Result
		for _, m := range models {
			row := []string{cmp.Or(group.Variant, first.Method), first.Module, m.name, strconv.Itoa(n)}
			for _, f := range columns() {
				var sum float64
				for _, r := range group.Runs {
					sum += f(r.Result.PerClass[m.key])
				}
				row = append(row, fmt.Sprintf("%.1f", 100*sum/float64(n)))
			}
			rows = append(rows, row)
		}
	}
	return rows, nil
}

// columns are the quantities of a row, as functions of per-class counts.
func columns() []func(metric.Counts) float64 {
	present := func(c metric.Counts) []float64 { return slices.DeleteFunc(c.Accuracies(), math.IsNaN) }
	all := []func(metric.Counts) float64{
		func(c metric.Counts) float64 { return stat.Mean(present(c), nil) },
		func(c metric.Counts) float64 { return stat.StdDev(present(c), nil) },
		func(c metric.Counts) float64 { return slices.Min(present(c)) },
		func(c metric.Counts) float64 { return slices.Max(present(c)) },
	}
	for _, p := range powers {
		for _, s := range sigmas {
			b := metric.Balance{Sigma: s, Power: p}
			all = append(all, func(c metric.Counts) float64 { return c.Balancedness(b) })
		}
	}
	return all
}

func write(w io.Writer, rows [][]string, asCSV bool) error {
	if asCSV {
		return csv.NewWriter(w).WriteAll(rows)
	}
	out := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	for _, r := range rows {
		fmt.Fprintln(out, strings.Join(r, "\t")+"\t")
	}
	if err := out.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintln(w, "\nAll values in percent, of the last round, means over seeds; "+
		"per-class accuracies, personal ones pooled over clients.")
	return err
}
