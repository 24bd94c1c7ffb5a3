package browser

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// faulty is a page with one fault of each kind, and beside them what looks like one and is none.
const faulty = `<!DOCTYPE html><html><body style="margin:0;font:16px/20px sans-serif">
<div style="width:1500px">wide</div>
<p style="position:absolute;left:1390px;white-space:nowrap;margin:0">leaves the page</p>
<div style="width:50px;overflow:hidden;white-space:nowrap">cut without a sign</div>
<div style="width:50px;overflow:hidden;white-space:nowrap;text-overflow:ellipsis">cut with a sign</div>
<div style="width:50px;overflow:auto;white-space:nowrap">to be scrolled to</div>
<div class="panel" style="width:300px;position:relative"><div class="hit" style="height:100px;white-space:nowrap">
<span style="position:absolute;left:10px;top:10px">one label</span>
<span style="position:absolute;left:30px;top:14px">another label</span>
<span style="position:absolute;left:10px;top:60px">label above</span>
<span style="position:absolute;left:10px;top:76px">label below</span>
<span style="position:absolute;left:280px;top:40px">out of the box</span>
<svg width="300" height="100"><text x="250" y="95">svg text out of it</text></svg>
</div></div></body></html>`

// TestMeasure plants faults and holds that the measurement finds these and no others.
func TestMeasure(t *testing.T) {
	path := filepath.Join(t.TempDir(), "faulty.html")
	if err := os.WriteFile(path, []byte(faulty), 0o666); err != nil {
		t.Fatal(err)
	}
	p := open(t, "file://"+path)
	p.view(1400, "light")
	found := ask[[]string](p, measure)
	for _, want := range []string{
		"page scrolls sideways", `text leaves the page: "leaves the page"`, `text is cut: "cut without a sign"`,
		`text leaves its chart: "out of the box"`, `text leaves its chart: "svg text out of it"`,
		`labels overlap: "one label" and "another label"`,
	} {
		if n := strings.Count(strings.Join(found, "\n"), want); n != 1 {
			t.Errorf("%d times %s", n, want)
		}
	}
	if len(found) != 6 {
		t.Errorf("found %q", found)
	}
}
