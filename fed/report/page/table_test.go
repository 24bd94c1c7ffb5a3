package page

import (
	"math"
	"testing"

	"github.com/fedpurel/fedpurel/fed/report/document"
)

// TestTable: columns that hold nothing are left out, with their group if it has no other; what stays keeps its cells.
func TestTable(t *testing.T) {
	nan := math.NaN()
	none := document.GridCell{Value: nan, SD: nan}
	differences := []document.Difference{{Value: 1.06, Low: 0.8, High: 1.42}, {Value: -0.02, Low: nan, High: nan}}
	laid := newTable(document.Grid{
		Against: []string{"zero-shot", "FedAvg"}, Interval: "95 %",
		Groups: []document.GridGroup{
			{Title: "Global", Columns: []document.GridColumn{{Name: "empty"}, {Name: "all", Digits: 1}}},
			{Title: "Nothing", Columns: []document.GridColumn{{Name: "empty too"}}},
			{Title: "Personal", Columns: []document.GridColumn{
				{Name: "loss", Digits: 2, Smaller: true}, {Name: "who", Words: true},
			}},
		},
		Rows: []document.GridRow{
			{Label: "first", Cells: []document.GridCell{
				none, {Value: 74.66, SD: 0.21, Best: true, Differences: differences}, none, none,
				{Value: nan, Text: "a"},
			}},
			{Label: "short", Cells: []document.GridCell{
				none, {Value: -0.04, SD: nan, Tied: true}, none, {Value: -1.5, SD: nan},
			}},
		},
	})
	if got := laid.Groups; len(got) != 2 || got[0] != (group{"Global", 1}) || got[1] != (group{"Personal", 2}) {
		t.Errorf("groups %v", got)
	}
	if len(laid.Columns) != 3 || !laid.Columns[1].First || laid.Columns[2].First || !laid.Choice || laid.Stacked {
		t.Errorf("columns %+v, choice %v, stacked %v", laid.Columns, laid.Choice, laid.Stacked)
	}
	want := [][]cell{
		{
			{
				Class: "g0 best", Sort: "74.66", Text: "74.7", SD: "± 0.2", Second: true, Wide: 5,
				Difference: "+1.1", Interval: "[0.8, 1.4]", Others: `[["+1.1","[0.8, 1.4]"],["0.0",""]]`,
			},
			{Class: "g0", Text: "–", Second: true},
			{Class: "word", Text: "a", Word: true},
		},
		{
			{Class: "g0", Sort: "-0.04", Text: "0.0", Tied: true, Second: true, Wide: 5},
			{Class: "g0", Sort: "-1.5", Text: "−1.50", Second: true},
			{Class: "word", Word: true},
		},
	}
	for r, row := range laid.Rows {
		for c, got := range row.Cells {
			if got != want[r][c] {
				t.Errorf("row %d, column %d: %+v, want %+v", r, c, got, want[r][c])
			}
		}
	}
}

// TestNumbers: what rounds to nothing has no sign.
func TestNumbers(t *testing.T) {
	for _, c := range []struct {
		x             float64
		digits        int
		plain, signed string
	}{
		{1.25, 1, "1.2", "+1.2"}, {-0.04, 1, "0.0", "0.0"}, {-3, 0, "−3", "−3"}, {0, 0, "0", "0"}, {10, 0, "10", "+10"},
		{100, 2, "100.00", "+100.00"}, {-0.5, 3, "−0.500", "−0.500"},
	} {
		if plain, sign := number(c.x, c.digits), signed(c.x, c.digits); plain != c.plain || sign != c.signed {
			t.Errorf("%v: %q and %q, want %q and %q", c.x, plain, sign, c.plain, c.signed)
		}
	}
}
