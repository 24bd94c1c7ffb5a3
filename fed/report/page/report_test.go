package page_test

import (
	"encoding/xml"
	"io"
	"math"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/fedpurel/fedpurel/fed/report/chart"
	"github.com/fedpurel/fedpurel/fed/report/document"
)

// report is a document that uses everything a page lays out, with name in the place of every name.
func report(name string) *document.Document {
	zero := chart.Method{ID: "zeroshot", Name: "zero-shot"}
	ours := chart.Method{ID: "ours", Name: name + " ours", Slot: 1}
	other := chart.Method{ID: "other-2", Name: name, Slot: 2}
	nan := math.NaN()
	differences := []document.Difference{{Value: 1.14, Low: 0.8, High: 1.4}, {Value: -0.04, Low: nan, High: nan}}
	grid := document.Grid{
		Name: "main", Title: name, Caption: name, Interval: name, Ties: name, Against: []string{"zero-shot", name},
		Groups: []document.GridGroup{
			{Title: name, Columns: []document.GridColumn{{Name: name, Digits: 1}, {Name: "empty", Digits: 1}}},
			{Columns: []document.GridColumn{{Name: "loss", Digits: 3, Smaller: true}, {Name: name, Words: true}}},
		},
		Rows: []document.GridRow{
			{Method: &zero, Cells: []document.GridCell{
				{Value: 72.66, SD: nan}, {Value: nan}, {Value: nan}, {Value: nan},
			}},
			{Method: &ours, Cells: []document.GridCell{
				{Value: 74.71, SD: 0.21, Best: true, Differences: differences},
				{Value: nan}, {Value: 0.5, SD: nan}, {Value: nan, Text: name},
			}},
			{Label: name, Cells: []document.GridCell{{Value: -0.01, SD: 10.5, Tied: true}}},
		},
	}
	card := document.Card{Image: []byte("\xff\xd8picture"), Type: "image/jpeg", Name: name, Note: name}
	card.Said = []document.Said{
		{Method: zero, Class: name, Probability: nan}, {Method: ours, Class: name, Probability: 0.504, Right: true},
	}
	odd := document.Card{Image: []byte("<svg>"), Type: "image/svg+xml", Name: name}
	rows := []chart.Rows{{Title: name, Zero: name, Lines: []chart.Row{
		{Name: name, Sub: name, Marks: []chart.Mark{{Method: ours, X: 2, Low: 1, High: 3}}},
	}}}
	panel := chart.Panel{Title: name, Sub: name, X: chart.Axis{Label: name}, Y: chart.Axis{Label: name},
		Series: []chart.Series{{Method: other, X: []float64{1, 2}, Y: []float64{3, 4}, Line: true, End: "4"}}}
	return &document.Document{
		Title: name, Deck: name,
		Made:     document.Made{Date: "2026-11-25", Version: "v1.2.3", Data: name, Encoder: name},
		Findings: []document.Finding{{Strong: name, Rest: " " + name}},
		Warnings: []document.Finding{{Strong: name, Rest: " " + name}},
		Methods:  []chart.Method{zero, ours, other},
		Summary:  chart.Figure{Name: "summary", Title: name, Caption: name, Rows: rows},
		Main:     grid,
		Sections: []document.Section{
			{
				ID: "rounds", Nav: "Rounds", Title: name, Caption: name, Grids: []document.Grid{grid},
				Figures: []chart.Figure{
					{Name: "rounds", Title: name, Caption: name, Across: 3, Panels: []chart.Panel{panel}},
				},
			},
			{ID: "pictures", Nav: name, Title: name, Pictures: &document.Pictures{
				Caption: name,
				Strips: []document.Strip{
					{Title: name, Sub: name, Small: true, Cards: []document.Card{card, odd}},
					{Title: name, Method: &ours, Cards: []document.Card{card}},
				},
			}},
			{ID: "none", Title: name, Pictures: &document.Pictures{Missing: name}},
		},
		Source: document.Provenance{Facts: [][2]string{{name, name}}, Block: name},
	}
}

var (
	styles  = regexp.MustCompile(`(?s)<style>(.*?)</style>`)
	scripts = regexp.MustCompile(`(?s)<script>(.*?)</script>`)
	void    = []string{"meta", "link", "img", "br", "hr", "wbr", "col", "input"}
)

// elements are a page's elements in order; each that is not void must end where it may.
func elements(t *testing.T, page string) []xml.StartElement {
	t.Helper()
	page = styles.ReplaceAllString(scripts.ReplaceAllString(page, "<script></script>"), "<style></style>")
	d := xml.NewDecoder(strings.NewReader(page))
	d.Strict, d.Entity = false, xml.HTMLEntity
	var found []xml.StartElement
	var open []string
	for {
		token, err := d.RawToken()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		switch token := token.(type) {
		case xml.StartElement:
			found = append(found, token.Copy())
			if !slices.Contains(void, token.Name.Local) {
				open = append(open, token.Name.Local)
			}
		case xml.EndElement:
			if slices.Contains(void, token.Name.Local) {
				continue // the decoder's, of <img/>
			}
			if len(open) == 0 || open[len(open)-1] != token.Name.Local {
				t.Fatalf("</%s> ends %v", token.Name.Local, open)
			}
			open = open[:len(open)-1]
		}
	}
	if len(open) > 0 {
		t.Fatalf("no end of %v", open)
	}
	return found
}
