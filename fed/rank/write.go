package rank

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strings"

	"github.com/fedpurel/fedpurel/fed/report"
	"github.com/fedpurel/fedpurel/fed/report/escape"
	"github.com/fedpurel/fedpurel/train/durable"
)

// The files. Those about pairs are there only if the methods differ.
const (
	PageFile    = "ranks.md"
	RanksFile   = "ranks.csv"
	ScoresFile  = "scores.csv"
	PairsFile   = "pairs.csv"
	DiagramFile = "critical-difference.svg"
)

// Write stores them in dir, which is made if needed. What an earlier ranking there had of pairs does not outlive it.
func (r *Ranking) Write(dir string) error {
	release, err := durable.Enter(dir)
	if err != nil {
		return fmt.Errorf("rank: %w", err)
	}
	defer release()
	ofPairs := func(write func(io.Writer) error) func(io.Writer) error {
		if !r.Significant() {
			return nil
		}
		return write
	}
	for _, file := range []struct {
		name  string
		write func(io.Writer) error
	}{
		{RanksFile, r.writeRanks}, {ScoresFile, r.writeScores},
		{PairsFile, ofPairs(r.writePairs)}, {DiagramFile, ofPairs(r.diagram)},
		{PageFile, r.page},
	} {
		path := filepath.Join(dir, file.name)
		if file.write != nil {
			err = durable.WriteFile(path, file.write)
		} else if err = os.Remove(path); errors.Is(err, fs.ErrNotExist) {
			err = nil
		}
		if err != nil {
			return fmt.Errorf("rank: %w", err)
		}
	}
	return nil
}

// Table is every method's mean rank, mean score, and rank in every setting.
func (r *Ranking) Table() report.Table {
	t := report.Table{
		Name: "ranks", Title: fmt.Sprintf("Ranks of %d methods over %d settings, by %s", len(r.Methods),
			len(r.Settings), r.Score.Doc),
		Note:    r.note(),
		Columns: []report.Column{{Name: "mean rank"}, {Name: "mean " + r.Score.Name, Percent: true}},
	}
	t.Headline = []int{0, 1}
	for _, s := range r.Settings {
		t.Columns = append(t.Columns, report.Column{Name: s.Name})
	}
	for m, name := range r.Methods {
		row := report.Row{Label: name, Cells: []report.Cell{cell(r.Mean[m]), cell(0)}}
		for i := range r.Settings {
			row.Cells[1].Mean += r.Scores[i][m] / float64(len(r.Settings))
			row.Cells = append(row.Cells, cell(r.Ranks[i][m]))
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

// scores is what the ranks are of.
func (r *Ranking) scores() report.Table {
	t := report.Table{
		Name: "scores", Title: "Scores in percent: " + r.Score.Doc,
		Note: "Means over data seeds, of means over training seeds, of the last rounds (up to ten).",
	}
	for _, name := range r.Methods {
		t.Columns = append(t.Columns, report.Column{Name: name, Percent: true})
	}
	for i, s := range r.Settings {
		row := report.Row{Label: s.Name}
		for m := range r.Methods {
			row.Cells = append(row.Cells, cell(r.Scores[i][m]))
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

func cell(v float64) report.Cell { return report.Cell{Mean: v, SD: math.NaN(), N: 1} }

// note says what the tests found.
func (r *Ranking) note() string {
	say := []string{fmt.Sprintf("Rank 1 is the best. Friedman's χ² = %.4g with ties corrected (p = %.2g); "+
		"Iman and Davenport's F(%.0f, %.0f) = %.4g, p = %.2g",
		r.Test.ChiSquared, r.Test.PChiSquared, r.Test.Between, r.Test.Within, r.Test.F, r.Test.P)}
	say[0] += map[bool]string{
		true: ": the methods differ", false: ": that the methods differ does not show, so no pairs are compared",
	}[r.Significant()]
	if r.Significant() {
		by := fmt.Sprintf("by Wilcoxon's exact signed-rank test with Holm over %d pairs", r.pairs())
		if r.Nemenyi > 0 {
			by = fmt.Sprintf("by Nemenyi's test, CD = %.3f", r.Nemenyi)
		}
		var bars []string
		for _, bar := range r.Bars {
			bars = append(bars, strings.Join(sorted(r.Methods, bar), ", "))
		}
		if bars == nil {
			say = append(say, "All neighbours are told apart "+by)
		} else {
			say = append(say, "Not told apart "+by+": "+strings.Join(bars, " | "))
		}
	}
	return strings.Join(append(say, r.Notes...), ". ") + "."
}

// page is everything in Markdown.
func (r *Ranking) page(w io.Writer) error {
	var b strings.Builder
	b.WriteString("# fedpurel rank\n\n" + r.Table().Markdown() + "\n")
	if r.Significant() {
		fmt.Fprintf(&b, "![Mean ranks; bars join methods that cannot be told apart.](%s)\n\n", DiagramFile)
		b.WriteString("| pair | settings that differ | p | p (Holm) |\n|---|---:|---:|---:|\n")
		for _, p := range r.compared() {
			fmt.Fprintf(&b, "| %s – %s | %d | %s | %s |\n",
				escape.Markdown(r.Methods[p.a]), escape.Markdown(r.Methods[p.b]), p.n,
				p.said(p.p), p.said(p.holm))
		}
		b.WriteString("\n")
	}
	b.WriteString(r.scores().Markdown() + "\n| setting | data | data seeds |\n|---|---|---:|\n")
	for _, s := range r.Settings {
		fmt.Fprintf(&b, "| %s | %s | %d |\n",
			escape.Markdown(s.Name), escape.Markdown(s.Data), len(s.row(r.Methods[0]).Scores))
	}
	_, err := io.WriteString(w, b.String())
	return err
}
