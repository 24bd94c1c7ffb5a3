package inline

import (
	"math"
	"strings"
	"testing"

	"github.com/fedpurel/fedpurel/fed/report/chart"
)

func heat(classes int) chart.Heat {
	h := chart.Heat{Title: "Many-shot", Columns: []chart.HeatColumn{{Method: methodsNamed(1)[0], Model: "global"}}}
	for i := range classes {
		h.Rows = append(h.Rows, chart.HeatRow{
			Class: i, Name: hostile[i%len(hostile)], Count: 10, Zero: 50, Values: []float64{float64(i % 100)},
		})
	}
	return h
}

func TestHeatBins(t *testing.T) {
	for difference, want := range map[float64]string{
		-10.1: "h0", -10: "h1", -5.1: "h1", -5: "h2", -2: "h3", 0: "h3",
		2: "h3", 2.1: "h4", 5: "h4", 10: "h5", 10.1: "h6",
	} {
		if got := bin(difference); !strings.Contains(got, want) {
			t.Errorf("a difference of %v has %s, want %s", difference, got, want)
		}
	}
	if got := bin(math.NaN()); got != "" {
		t.Errorf("a missing number has the colour %s", got)
	}
}

func TestHeat(t *testing.T) {
	fragment := string(Heat([]chart.Heat{heat(48), heat(12)}))
	markup(t, fragment)
	if n := strings.Count(fragment, "<tr data-c="); n != 60 {
		t.Errorf("%d rows, want 60", n)
	}
	if strings.Contains(fragment, "CSV") {
		t.Error("classes are left out although there are few")
	}
	fragment = string(Heat([]chart.Heat{heat(1000)}))
	markup(t, fragment)
	if n := strings.Count(fragment, "<tr data-c="); n != 40 || !strings.Contains(fragment, "40 of 1,000 classes") {
		t.Errorf("%d rows of 1,000 classes, want 40 and a sentence", n)
	}
	h := heat(1000) // of which, by the last column, three gain and none loses
	for i := range h.Rows {
		h.Rows[i].Values = []float64{50}
		if i < 3 {
			h.Rows[i].Values[0] = 60
		}
	}
	fragment = string(Heat([]chart.Heat{h}))
	markup(t, fragment)
	if n := strings.Count(fragment, "<tr data-c="); n != 3 || strings.Contains(fragment, "Largest losses") {
		t.Errorf("%d rows where three classes gain and none loses: %s", n, fragment)
	}
	if Heat(nil) != "" {
		t.Error("no classes have a table")
	}
}

func TestScriptIsSmall(t *testing.T) {
	if len(Script) > 8<<10 {
		t.Errorf("the script has %d bytes", len(Script))
	}
}
