package report

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/fedpurel/fedpurel/fed/metric"
)

// Many methods are drawn in panels, each with zero-shot, in which no two have one colour and no name falls off.
func TestManyMethodsStandInPanels(t *testing.T) {
	for _, n := range []int{perPanel, perPanel + 1, 36} {
		zero := result("zeroshot", 1, 6)
		runs := []Run{{Dir: "zeroshot", Result: zero}}
		for i := range n {
			r := result("fedavg", 1, 8)
			r.Label = fmt.Sprintf("arm-%02d", i)
			runs = append(runs, Run{Dir: r.Label, Result: r})
		}
		Sort(runs)
		groups, err := groupRuns(runs)
		if err != nil {
			t.Fatal(err)
		}
		all := panels(groups)
		if want := (n + perPanel - 1) / perPanel; len(all) != want {
			t.Errorf("%d methods: %d panels", n, len(all))
		}
		for _, panel := range all {
			colours := map[string]bool{}
			for _, g := range panel {
				colours[fmt.Sprint(g.colour())] = true
			}
			if len(colours) != len(panel) || len(panel) > perPanel+1 || panel[len(panel)-1].method != "zeroshot" {
				t.Errorf("%d methods: a panel of %d has %d colours", n, len(panel), len(colours))
			}
		}
		draw, err := perClass(groups, "global", "classes")
		if err != nil {
			t.Fatal(err)
		}
		svg, err := draw("svg")
		if err != nil {
			t.Fatal(err)
		}
		if got := bytes.Count(svg, []byte(">arm-")); got != n {
			t.Errorf("%d methods: %d names", n, got)
		}
		if got := bytes.Count(svg, []byte(">zero-shot<")); got != len(all) {
			t.Errorf("%d methods: zero-shot %d times", n, got)
		}
		drawn, err := drawAll(runs, groups, metric.All())
		if err != nil || len(drawn) < 5 {
			t.Errorf("%d methods: %d figures, %v", n, len(drawn), err)
		}
	}
}
