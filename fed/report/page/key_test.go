package page

import (
	"testing"

	"github.com/fedpurel/fedpurel/fed/report/chart"
	"github.com/fedpurel/fedpurel/fed/report/document"
)

// Of many methods, the key has those alone that figures show.
func TestKey(t *testing.T) {
	all := []chart.Method{{ID: "zero"}, {ID: "a", Slot: 1}, {ID: "b", Slot: 2}}
	d := &document.Document{Methods: all}
	if got := keyed(d); len(got) != 3 {
		t.Errorf("without a summary the key is %v", got)
	}
	d.Summary.Rows = []chart.Rows{{Lines: []chart.Row{{Marks: []chart.Mark{{Method: all[2]}}}}}}
	if got := keyed(d); len(got) != 2 || got[0].ID != "zero" || got[1].ID != "b" {
		t.Errorf("the key is %v", got)
	}
}
