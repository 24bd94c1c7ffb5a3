package report

import (
	"math"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/fedpurel/fedpurel/fed/metric"
)

// On a terminal the headline columns and the note fit 80 columns, however long a row's label is; all columns are there
// if they are asked for.
func TestTerminalFits(t *testing.T) {
	for _, label := range []string{"FedPuReL", "FedPuReL (residual-head, personal_lr 0.01, purify_lambda 0.5)"} {
		runs := []Run{
			{Dir: "a", Result: result("fedavg", 1, 6)}, {Dir: "b", Result: result("fedavg", 2, 8)},
			{Dir: "c", Result: result("fedpurel", 1, 6)}, {Dir: "d", Result: result("fedpurel", 2, 9)},
		}
		runs[2].Result.Label, runs[3].Result.Label = label, label
		table, err := Summary(runs, false, metric.All())
		if err != nil {
			t.Fatal(err)
		}
		table.Lead = []string{strings.Repeat("what a reader must know ", 8)}
		var narrow, wide strings.Builder
		if err := table.Terminal(&narrow, false); err != nil {
			t.Fatal(err)
		}
		if err := table.Terminal(&wide, true); err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(narrow.String()) {
			if n := utf8.RuneCountInString(strings.TrimSuffix(line, "\n")); n > 80 {
				t.Errorf("%d columns: %s", n, line)
			}
		}
		for _, want := range []string{
			"global", "few", "balancedness", "personal few", label, "--wide shows 8 more columns.",
		} {
			if !strings.Contains(narrow.String(), want) {
				t.Errorf("no %q in\n%s", want, narrow.String())
			}
		}
		for _, c := range table.Columns {
			if !strings.Contains(wide.String(), c.Name) {
				t.Errorf("--wide lacks %s", c.Name)
			}
		}
		if strings.Contains(wide.String(), "--wide") {
			t.Error("--wide speaks of itself")
		}
	}
}

// Without few-shot classes, the headline is about the rarest that there are.
func TestRarest(t *testing.T) {
	of := func(sizes ...int) (all []metric.Group) {
		for _, n := range sizes {
			all = append(all, metric.Group{Classes: make([]int, n)})
		}
		return all
	}
	for _, c := range []struct {
		groups []metric.Group
		want   int
	}{
		{of(1, 1, 1), 2}, {of(0, 4, 1, 2, 1, 2), 2}, {of(3, 2, 0, 2, 1, 2), 5}, {of(3, 0, 0), 0}, {nil, -1},
	} {
		if got := rarest(c.groups); got != c.want {
			t.Errorf("%d groups: %d, want %d", len(c.groups), got, c.want)
		}
	}
}

func TestPlain(t *testing.T) {
	nan := math.NaN()
	for want, c := range map[string]Cell{
		"43": one(43), "12345": one(12345), "1000000": one(1e6), "0.123": one(0.12345), "1235": one(1234.6),
		"43 ± 3": {Mean: 43, SD: 3.2, N: 2}, "1200 ± 35": {Mean: 1200, SD: 35, N: 2},
		"0.25 ± 0": {Mean: 0.25, SD: 0, N: 2}, "–": {Mean: nan, SD: nan},
	} {
		if got := c.plain(); got != want {
			t.Errorf("%v: %q, want %q", c, got, want)
		}
	}
}
