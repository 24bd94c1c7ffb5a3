package report

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/fedpurel/fedpurel/fed/metric"
	"github.com/fedpurel/fedpurel/fed/report/document"
)

func TestFormats(t *testing.T) {
	runs, _, err := Load(folders(t, result("fedpurel", 1, 7), result("fedavg", 1, 8)))
	if err != nil {
		t.Fatal(err)
	}
	r, err := New(runs, metric.All())
	if err != nil {
		t.Fatal(err)
	}
	out := t.TempDir()
	if err := r.Write(out, "latex", "pdf"); err != nil {
		t.Fatal(err)
	}
	table, err := os.ReadFile(filepath.Join(out, "report.tex"))
	if err != nil || !bytes.Contains(table, []byte(`\toprule`)) || !bytes.Contains(table, []byte("FedPuReL")) {
		t.Errorf("report.tex (%v):\n%s", err, table)
	}
	name := r.Figures[0].Name + ".pdf"
	first, err := os.ReadFile(filepath.Join(out, name))
	if err != nil || !bytes.HasPrefix(first, []byte("%PDF-")) {
		t.Errorf("%s: %v", name, err)
	}
	again, err := r.Figures[0].PDF()
	if err != nil || !bytes.Equal(again, first) || !bytes.Contains(first, []byte("D:20000101")) {
		t.Errorf("%s differs when it is written again (%v)", name, err)
	}
	if _, err := os.Stat(filepath.Join(out, PageFile)); err == nil {
		t.Error("a page was written that nobody asked for")
	}
	if err := r.Write(out, "docx"); err == nil || !strings.Contains(err.Error(), "choose among html, md") {
		t.Errorf("unknown format: %v", err)
	}
}

func TestBy(t *testing.T) {
	flat, steep := result("fedavg", 1, 8), result("fedavg", 1, 5)
	flat.Partition, steep.Partition = "long tail IF=10 (9 training images), data seed 1",
		"long tail IF=100 (5 training images), data seed 1"
	ours := result("fedpurel", 1, 7)
	ours.Partition = steep.Partition
	var runs []Run
	for _, r := range []metric.Result{steep, flat, ours} {
		runs = append(runs, Run{Result: r})
	}
	parts, err := Divide([]string{"imbalance"}, runs)
	if err != nil || len(parts) != 2 || parts[0].Title != "imbalance 10" || parts[1].Folder != "imbalance-100" {
		t.Fatalf("%+v, %v", parts, err)
	}
	var reports []*Report
	for _, p := range parts {
		r, err := New(p.Runs, metric.All())
		if err != nil {
			t.Fatal(err)
		}
		reports = append(reports, r)
	}
	g := Join([]string{"imbalance"}, parts, reports)
	var text bytes.Buffer
	if err := GridMarkdown(&text, g); err != nil {
		t.Fatal(err)
	}
	t.Log(text.String())
	var line string
	for l := range strings.Lines(text.String()) {
		if strings.HasPrefix(l, "| FedPuReL |") {
			line = l
		}
	}
	half := len(g.Groups[0].Columns)
	cells := strings.Split(strings.Trim(line, "| \n"), " | ")
	if len(cells) != 1+half+len(g.Groups[1].Columns) || cells[1] != "–" || cells[1+half] == "–" {
		t.Errorf("FedPuReL ran in the second part alone, its row is %q", line)
	}
	if _, err := Divide([]string{"weather"}, runs); err == nil || !strings.Contains(err.Error(), "dataset, imbalance") {
		t.Errorf("unknown key: %v", err)
	}
	if _, err := Divide([]string{"beta", "beta"}, runs); err == nil {
		t.Error("a key may be named twice")
	}
}

// A table of very many rows lies beside the page, which names it; pages link to figures that lie beside them.
func TestLongTables(t *testing.T) {
	r := &Report{Document: &document.Document{Title: "Long"}, Figures: []Figure{{Name: "figure"}}}
	long, short := Table{Name: "long", Title: "Every class", Columns: []Column{{Name: "images"}}}, Table{Name: "short"}
	for i := range document.MostRows + 1 {
		long.Rows = append(long.Rows, Row{Label: fmt.Sprint("row-", i), Cells: []Cell{one(1)}})
	}
	r.Tables = []Table{short, long}
	r.Document.Sections = []document.Section{{ID: "tables", Title: "All", Grids: []document.Grid{long.grid(nil)}}}
	out := t.TempDir()
	if err := r.Write(out, "html", "md"); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{PageFile, "report.md"} {
		text, err := os.ReadFile(filepath.Join(out, name))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Contains(text, []byte("121 rows")) || !bytes.Contains(text, []byte("long.csv")) ||
			bytes.Contains(text, []byte("row-1")) || bytes.Contains(text, []byte("figure.svg")) {
			t.Errorf("%s: %s", name, text)
		}
	}
	text, err := os.ReadFile(filepath.Join(out, "long.csv"))
	if err != nil || !bytes.Contains(text, []byte("row-120")) {
		t.Errorf("long.csv: %v, %s", err, text)
	}
	if _, err := os.Stat(filepath.Join(out, "short.csv")); err == nil {
		t.Error("a table lies beside the page that it shows")
	}
}
