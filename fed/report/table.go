package report

import (
	"encoding/csv"
	"fmt"
	"io"
	"strconv"
	"strings"
	"text/tabwriter"

	"github.com/fedpurel/fedpurel/fed/metric"
)

// Table is rows of cells under a header, in a form that every output understands.
type Table struct {
	Name    string // of its CSV file
	Title   string
	Note    string
	Columns []Column
	Rows    []Row
}

// Column is a quantity. Percent columns are shown times 100.
type Column struct {
	Name    string
	Percent bool
}

// Row is a label and a cell for each column.
type Row struct {
	Label string
	Cells []Cell
}

func (t Table) text(row Row, i int) string {
	if t.Columns[i].Percent {
		return row.Cells[i].percent()
	}
	return row.Cells[i].plain()
}

// Terminal writes the table in aligned columns.
func (t Table) Terminal(w io.Writer) error {
	fmt.Fprintln(w, t.Title)
	out := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	cells := []string{""}
	for _, c := range t.Columns {
		cells = append(cells, c.Name)
	}
	fmt.Fprintln(out, strings.Join(cells, "\t"))
	for _, r := range t.Rows {
		cells = []string{r.Label}
		for i := range t.Columns {
			cells = append(cells, t.text(r, i))
		}
		fmt.Fprintln(out, strings.Join(cells, "\t"))
	}
	if err := out.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintln(w, t.Note)
	return err
}

// Markdown is the table in GitHub's notation.
func (t Table) Markdown() string {
	var b strings.Builder
	fmt.Fprintf(&b, "### %s\n\n| |", t.Title)
	for _, c := range t.Columns {
		fmt.Fprintf(&b, " %s |", c.Name)
	}
	b.WriteString("\n|---|" + strings.Repeat("---:|", len(t.Columns)) + "\n")
	for _, r := range t.Rows {
		fmt.Fprintf(&b, "| %s |", strings.ReplaceAll(r.Label, "|", "\\|"))
		for i := range t.Columns {
			fmt.Fprintf(&b, " %s |", t.text(r, i))
		}
		b.WriteString("\n")
	}
	fmt.Fprintf(&b, "\n%s\n", t.Note)
	return b.String()
}

// CSV writes mean and standard deviation of every column, as fractions where the column is a share.
func (t Table) CSV(w io.Writer) error {
	out := csv.NewWriter(w)
	record := []string{"row"}
	for _, c := range t.Columns {
		record = append(record, c.Name+" mean", c.Name+" sd", c.Name+" n")
	}
	records := [][]string{record}
	for _, r := range t.Rows {
		record = []string{r.Label}
		for _, c := range r.Cells {
			record = append(record, number(c.Mean), number(c.SD), strconv.Itoa(c.N))
		}
		records = append(records, record)
	}
	return out.WriteAll(records)
}

// number is empty for what does not exist.
func number(v float64) string {
	if v != v {
		return ""
	}
	return strconv.FormatFloat(v, 'g', -1, 64)
}

// Summary is the main table: global and personal models, averaged over the last rounds, over seeds. last chooses the
// last round instead of the mean of the last ten.
func Summary(runs []Run, last bool) (Table, error) {
	groups, err := groupRuns(runs)
	if err != nil {
		return Table{}, err
	}
	first := runs[0].Result
	scores := func(r *metric.Result) *metric.Scores { return &r.LastTen }
	t := Table{Name: "accuracy", Title: "Accuracy in percent, mean of the last rounds (up to ten)"}
	if last {
		scores = func(r *metric.Result) *metric.Scores { return &r.Last }
		t.Name, t.Title = "accuracy-last", "Accuracy in percent, last round"
	}
	type pick func(*metric.Scores) metric.Num
	var picks []pick
	add := func(name string, f pick) {
		t.Columns = append(t.Columns, Column{name, true})
		picks = append(picks, f)
	}
	add("global", func(s *metric.Scores) metric.Num { return s.Global.All })
	for g, group := range first.Groups {
		add(group.Name, func(s *metric.Scores) metric.Num { return s.Global.Groups[g] })
	}
	add("balancedness", func(s *metric.Scores) metric.Num { return s.Global.Balancedness })
	add("macro-F1", func(s *metric.Scores) metric.Num { return s.Global.MacroF1 })
	add("global on clients", func(s *metric.Scores) metric.Num { return s.OnLocal.All })
	add("personal", func(s *metric.Scores) metric.Num { return s.Personal.All })
	for g, group := range first.Groups {
		add("personal "+group.Name, func(s *metric.Scores) metric.Num { return s.Personal.Groups[g] })
	}
	add("worst clients", func(s *metric.Scores) metric.Num { return s.Personal.WorstDecile })
	add("personal balancedness", func(s *metric.Scores) metric.Num { return s.Personal.Balancedness })
	named := several(groups)
	for _, g := range groups {
		row := Row{Label: g.title(named)}
		for _, f := range picks {
			row.Cells = append(row.Cells, g.over(func(r *metric.Result) metric.Num { return f(scores(r)) }))
		}
		t.Rows = append(t.Rows, row)
	}
	t.Note = note(first, groups)
	return t, nil
}

// note states everything that the figures depend on.
func note(r metric.Result, groups []group) string {
	seeds := 0
	for _, g := range groups {
		seeds = max(seeds, len(g.runs))
	}
	over := "1 seed"
	if seeds > 1 {
		over = fmt.Sprintf("%d seeds (mean ± standard deviation)", seeds)
	}
	analogue := ""
	for _, g := range groups {
		if a := g.runs[0].Result.Analogue; a != "" && g.method != "zeroshot" && !strings.Contains(analogue, g.module) {
			analogue += fmt.Sprintf(" Module %s works on frozen features: it is an analogue of %s, not the same.", g.module, a)
		}
	}
	return fmt.Sprintf("%s; %d classes; %s. global: the averaged model on the whole test set; "+
		"many, medium, few: mean per-class accuracy of classes with >100, 21–100, ≤20 training images; personal: mean over clients on their own test images "+
		"(%s); personal groups are pooled over clients; worst clients: mean personal accuracy of the worst tenth. Balancedness with σ = %g, power %g.",
		r.Partition, len(r.Classes), over, r.LocalTest, r.Balance.Sigma, r.Balance.Power) + analogue
}
