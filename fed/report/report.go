package report

import (
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"

	"github.com/fedpurel/fedpurel/fed/metric"
	"github.com/fedpurel/fedpurel/train/durable"
)

// PageFile is the report as one self-contained page.
const PageFile = "report.html"

// Report is everything that is written about some runs.
type Report struct {
	Summary Table
	Tables  []Table // Summary included
	Figures []Figure
}

// New makes the report of finished runs, which must share data, partition and constants.
func New(runs []Run) (*Report, error) {
	groups, err := groupRuns(runs)
	if err != nil {
		return nil, err
	}
	summary, err := Summary(runs, false)
	if err != nil {
		return nil, err
	}
	last, err := Summary(runs, true)
	if err != nil {
		return nil, err
	}
	r := &Report{Summary: summary, Tables: []Table{summary, last, classTable(groups), clientTable(groups), diagnosis(groups)}}
	few := len(runs[0].Result.Groups)
	few = min(2, few-1)
	all := func(s *metric.Scores) metric.Num { return s.Global.All }
	tail := func(s *metric.Scores) metric.Num { return s.Global.Groups[few] }
	figures := []struct {
		name, caption string
		draw          func() ([]byte, error)
	}{
		{"per-class-global", "Accuracy of the global model on every class, mean over seeds, last round.", func() ([]byte, error) { return perClass(groups, "global", "Global model, class by class") }},
		{"per-class-personal", "Accuracy of the personal models on every class, pooled over the clients' own test images.", func() ([]byte, error) { return perClass(groups, "personal", "Personal models, class by class") }},
		{"accuracy-rounds", "Accuracy of the global model after every round, all classes (solid) and few-shot classes (dashed).", func() ([]byte, error) {
			return overRounds(groups, "Global model over the rounds", "accuracy (%)", all, tail, [2]string{", all", ", few"})
		}},
		{"personal-rounds", "Mean over the clients of their personal model's accuracy on their own test images.", func() ([]byte, error) {
			return overRounds(groups, "Personal models over the rounds", "accuracy (%)", func(s *metric.Scores) metric.Num { return s.Personal.All }, nil, [2]string{})
		}},
		{"balancedness-rounds", fmt.Sprintf("Balancedness of the global model after every round (σ = %g, power %g).", runs[0].Result.Balance.Sigma, runs[0].Result.Balance.Power), func() ([]byte, error) {
			return overRounds(groups, "Balancedness over the rounds", "balancedness (%)", func(s *metric.Scores) metric.Num { return s.Global.Balancedness }, nil, [2]string{})
		}},
		{"clients", "Every client's training data; darker is more (logarithmic).", func() ([]byte, error) { return ClientData(runs[0].Result) }},
	}
	for _, f := range figures {
		drawing, err := f.draw()
		if err != nil {
			return nil, err
		}
		r.Figures = append(r.Figures, Figure{f.name, f.caption, drawing})
	}
	return r, nil
}

// Write stores report.md, report.html, a CSV file per table and an SVG file per figure in dir, which is made if needed.
func (r *Report) Write(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("report: make folder: %w", err)
	}
	write := func(name string, f func(io.Writer) error) error {
		if err := durable.WriteFile(filepath.Join(dir, name), f); err != nil {
			return fmt.Errorf("report: %w", err)
		}
		return nil
	}
	for _, t := range r.Tables {
		if err := write(t.Name+".csv", t.CSV); err != nil {
			return err
		}
	}
	for _, f := range r.Figures {
		if err := write(f.Name+".svg", func(w io.Writer) error { _, err := w.Write(f.SVG); return err }); err != nil {
			return err
		}
	}
	if err := write("report.md", r.markdown); err != nil {
		return err
	}
	return write(PageFile, r.page)
}

// WithZeroShot pairs a run with the zero-shot result that it contains, so that a table can show both.
func WithZeroShot(run Run) []Run {
	if run.Result.Method == "zeroshot" {
		return []Run{run}
	}
	zero := run
	zero.Rounds = nil
	zero.Result.Method, zero.Result.Rounds = "zeroshot", 0
	zero.Result.Last, zero.Result.LastTen = run.Result.ZeroShot, run.Result.ZeroShot
	return []Run{zero, run}
}

// classTable is every class's accuracy, sorted by training count.
func classTable(groups []group) Table {
	first := groups[0].runs[0].Result
	t := Table{Name: "per-class", Title: "Accuracy of every class in percent, last round", Columns: []Column{{"training images", false}, {"zero-shot", true}}}
	named := several(groups)
	for _, g := range groups {
		if g.method != "zeroshot" {
			t.Columns = append(t.Columns, Column{g.title(named), true}, Column{g.title(named) + " personal", true})
		}
	}
	for _, c := range byCount(first.TrainCounts) {
		row := Row{Label: first.Classes[c], Cells: []Cell{{float64(first.TrainCounts[c]), math.NaN(), 1}, {first.PerClass["zero_shot"].Accuracies()[c], math.NaN(), 1}}}
		for _, g := range groups {
			if g.method != "zeroshot" {
				for _, kind := range []string{"global", "personal"} {
					row.Cells = append(row.Cells, g.over(func(r *metric.Result) metric.Num { return metric.Num(r.PerClass[kind].Accuracies()[c]) }))
				}
			}
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

// clientTable is every client's data and accuracies.
func clientTable(groups []group) Table {
	first := groups[0].runs[0].Result
	t := Table{Name: "clients", Title: "Clients: data, and accuracy on their own test images in percent, last round",
		Columns: []Column{{"training images", false}, {"test images", false}, {"zero-shot", true}}}
	named := several(groups)
	for _, g := range groups {
		if g.method != "zeroshot" {
			t.Columns = append(t.Columns, Column{g.title(named) + " global", true}, Column{g.title(named) + " personal", true})
		}
	}
	for k, client := range first.Clients {
		row := Row{Label: fmt.Sprintf("client %d", k+1), Cells: []Cell{
			{float64(client.Train), math.NaN(), 1}, {float64(client.Test), math.NaN(), 1}, {float64(client.ZeroShot), math.NaN(), 1},
		}}
		for _, g := range groups {
			if g.method != "zeroshot" {
				row.Cells = append(row.Cells,
					g.over(func(r *metric.Result) metric.Num { return r.Clients[k].Global }),
					g.over(func(r *metric.Result) metric.Num { return r.Clients[k].Personal }))
			}
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

// diagnosis is the mean over the rounds of what training observed.
func diagnosis(groups []group) Table {
	t := Table{Name: "diagnosis", Title: "Diagnosis, mean over all rounds",
		Note: "drift: ‖φ_k − φ_g‖ of local training from its start; angle: degrees between task and alignment gradient before purification; " +
			"projected: share of tensors projected; norm_ratio: ‖g‖ after over before; losses: means over batches; " +
			"tkl: temperature-aligned KL of the global model from zero-shot, last round, nats."}
	names := []string{"drift", "drift_new", "angle", "projected", "norm_ratio", "loss_task", "loss_align", "loss_personal"}
	for _, n := range names {
		t.Columns = append(t.Columns, Column{n, false})
	}
	t.Columns = append(t.Columns, Column{"tkl", false})
	named := several(groups)
	for _, g := range groups {
		if g.method == "zeroshot" {
			continue
		}
		row := Row{Label: g.title(named)}
		for _, n := range names {
			means := map[*metric.Result]metric.Num{}
			for i := range g.runs {
				means[&g.runs[i].Result] = meanOf(g.runs[i].Rounds, n)
			}
			row.Cells = append(row.Cells, g.over(func(r *metric.Result) metric.Num { return means[r] }))
		}
		row.Cells = append(row.Cells, g.over(func(r *metric.Result) metric.Num { return r.Last.TKL }))
		t.Rows = append(t.Rows, row)
	}
	return t
}

// meanOf averages a diagnostic over the rounds that have it.
func meanOf(rounds []metric.Round, name string) metric.Num {
	var sum float64
	var n int
	for _, r := range rounds {
		if v, ok := r.Diagnosis[name]; ok {
			sum += v
			n++
		}
	}
	if n == 0 {
		return metric.Num(math.NaN())
	}
	return metric.Num(sum / float64(n))
}
