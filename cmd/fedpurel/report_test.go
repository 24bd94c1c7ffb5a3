package main

import (
	"strings"
	"testing"

	"github.com/fedpurel/fedpurel/fed/metric"
)

// The help of report says what every figure is.
func TestReportHelpListsMetrics(t *testing.T) {
	text := ok(t, t.TempDir(), "report", "--help")
	for _, m := range metric.All() {
		if !strings.Contains(text, m.Name+": "+m.Doc) {
			t.Errorf("report --help lacks %s", m.Name)
		}
	}
}
