package documenttest

import (
	"fmt"
	"math"

	"github.com/fedpurel/fedpurel/fed/report/chart"
	"github.com/fedpurel/fedpurel/fed/report/document"
)

func made() document.Made {
	return document.Made{
		Date: "2026-11-25", Version: "v1.4.0", Data: "Cifar-100-LT", Encoder: "CLIP ViT-B/16",
		Command: "fedpurel compare --data c100.cache --methods fedavg,fedpurel --seeds 5",
	}
}

func (w *world) findings() []document.Finding {
	ours := w.methods[0].Name
	return []document.Finding{
		{
			Strong: ours + " reaches 74.7 ± 0.2 %",
			Rest:   " on all classes, 1.1 points above zero-shot (95 % interval 0.8 to 1.4).",
		},
		{
			Strong: "Few-shot classes gain 1.9 points",
			Rest:   ", and many-shot classes 0.4: the tail is not paid for by the head.",
		},
		{
			Strong: "On clients' own images the personal models are 1.8 points better",
			Rest:   "; 27 of 30 clients gain.",
		},
	}
}

func (w *world) warnings() []document.Finding {
	all := []document.Finding{
		{
			Strong: "The module is an analogue.",
			Rest:   w.word(" It stands for prompts inside the encoder, which frozen embeddings cannot have."),
		},
	}
	if w.Seeds < 2 {
		all = append(all, document.Finding{
			Strong: "Training seeds only.", Rest: " One data seed says nothing about other splits.",
		})
	}
	return all
}

var groups = []string{"All classes", "Many-shot", "Medium-shot", "Few-shot", "Clients, global", "Clients, personal"}

func (w *world) summary() chart.Figure {
	rows := chart.Rows{Title: "Points above zero-shot", Sub: "mean, ± 1 sd over seeds", Zero: "zero-shot"}
	rows.X = chart.Axis{Label: "points", Signed: true}
	for i, name := range groups {
		row := chart.Row{Name: name, Sub: fmt.Sprintf("%d classes", 3+i), Apart: i == 1 || i == 4}
		for m, method := range w.methods {
			x := 2.2 - 0.7*float64(m) + 0.5*float64(i%3) + 0.3*w.random.NormFloat64()
			row.Marks = append(row.Marks, w.mark(method, x, 0.4))
		}
		rows.Lines = append(rows.Lines, row)
	}
	return chart.Figure{
		Name: "summary", Title: "Every group of classes against zero-shot", Across: 1, Rows: []chart.Rows{rows},
		Caption: "Accuracy minus that of zero-shot, in points; bars are ± 1 standard deviation over data seeds.",
	}
}

// mark is a number with its bar and seeds, where there are seeds.
func (w *world) mark(m chart.Method, x, sd float64) chart.Mark {
	mark := chart.Mark{Method: m, X: x, Low: math.NaN(), High: math.NaN()}
	if w.Seeds >= 2 {
		mark.Low, mark.High = x-sd, x+sd
		for range w.Seeds {
			mark.Seeds = append(mark.Seeds, x+sd*w.random.NormFloat64())
		}
	}
	if w.Methods <= 3 {
		mark.Text = fmt.Sprintf("%+.1f", x)
	}
	return mark
}

func (w *world) source() document.Provenance {
	return document.Provenance{
		Facts: [][2]string{
			{"Data set", w.word("Cifar-100")},
			{"Cache", "sha256 2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae"},
			{"Seeds", "1 2 3 4 5"},
			{"Environment", "linux/amd64, 2 cores, go1.26"},
		},
		Block: "fedpurel featurize --data cifar100 --encoder clip-vit-b16 --out c100.cache\n" +
			"fedpurel compare --data c100.cache --methods fedavg,fedpurel --seeds 5 --rounds 100 --clients 30 " +
			"--beta 0.3 --imbalance 100 --module lowrank --out runs\nfedpurel report runs --out report.html\n",
	}
}
