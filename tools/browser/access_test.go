package browser

import (
	"os"
	"testing"

	"github.com/fedpurel/fedpurel/fed/report/document/documenttest"
)

// axeFile is axe-core's, where npm puts it.
const axeFile = "node_modules/axe-core/axe.min.js"

// verdict asks axe-core for its findings, one line each.
const verdict = `axe.run(document, {resultTypes: ['violations']}).then(r => r.violations.flatMap(v =>
	v.nodes.slice(0, 3).map(n => v.id + ': ' + n.target + ' ' + n.failureSummary.replace(/\s+/g, ' ').slice(0, 300))))`

// audit asks axe-core about a page that is open, where npm has put it.
func (p *tab) audit() {
	p.t.Helper()
	axe, err := os.ReadFile(axeFile)
	if err != nil {
		p.t.Skip("no axe-core here: npm ci --ignore-scripts in tools/browser installs it")
	}
	for _, v := range views {
		if (v.width == 1400) != (v.theme == "light") {
			continue
		}
		p.view(v.width, v.theme)
		ask[int](p, string(axe)+"\n;0")
		for _, finding := range ask[[]string](p, verdict) {
			p.t.Errorf("%d px %s: %s", v.width, v.theme, finding)
		}
	}
}

// TestAccess asks axe-core about pages, wide and light, narrow and dark. It leaves out the largest and what is hostile
// in no more ways than another.
func TestAccess(t *testing.T) {
	for _, s := range shapes {
		if s.shape.Classes > 100 || s.shape.Methods > 3 && !s.shape.Hostile {
			continue
		}
		t.Run(s.name, func(t *testing.T) { show(t, documenttest.New(s.shape)).audit() })
	}
}
