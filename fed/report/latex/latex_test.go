package latex

import (
	"math"
	"strings"
	"testing"

	"github.com/fedpurel/fedpurel/fed/report/chart"
	"github.com/fedpurel/fedpurel/fed/report/document"
)

func TestWrite(t *testing.T) {
	nan := math.NaN()
	g := document.Grid{
		Name: "main", Title: "Accuracy in %", Ties: "not told apart",
		Groups: []document.GridGroup{
			{Title: "Global", Columns: []document.GridColumn{{Name: "all", Digits: 1}, {Name: "few", Digits: 1}}},
			{Columns: []document.GridColumn{{Name: "a_b", Words: true}}},
		},
		Rows: []document.GridRow{
			{Method: &chart.Method{Name: "FedAvg & co"}, Cells: []document.GridCell{
				{Value: 71.25, SD: nan}, {Value: nan, SD: nan}, {Text: "50 %"},
			}},
			{Label: "ours", Cells: []document.GridCell{
				{Value: 74.7, SD: 0.21, Best: true}, {Value: -0.8, SD: 0.1, Tied: true}, {},
			}},
		},
	}
	var b strings.Builder
	if err := Write(&b, g); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		`\begin{tabular}{lrrl}`, ` & \multicolumn{2}{c}{Global} & \multicolumn{1}{c}{} \\`, `\cmidrule(lr){2-3}`,
		` & all & few & a\_b \\`, `FedAvg \& co & 71.2 & -- & 50 \% \\`,
		`ours & \textbf{74.7}{\scriptsize\,$\pm$\,0.2} & $-$0.8$^{=}${\scriptsize\,$\pm$\,0.1} &  \\`,
		`\label{tab:main}`, `$^{=}$ not told apart`,
	} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("%s lacks %s", b.String(), want)
		}
	}
	if open, shut := strings.Count(b.String(), "{"), strings.Count(b.String(), "}"); open != shut {
		t.Errorf("%d braces open, %d shut", open, shut)
	}
}
