package browser

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"github.com/fedpurel/fedpurel/fed/report/document"
	"github.com/fedpurel/fedpurel/fed/report/document/documenttest"
	"github.com/fedpurel/fedpurel/fed/report/page"
)

// shapes are the reports that are looked at.
var shapes = []struct {
	name  string
	shape documenttest.Shape
}{
	{"1 method, 10 classes", documenttest.Shape{Methods: 1, Classes: 10, Seeds: 1}},
	{"3 methods, 48 classes", documenttest.Shape{Methods: 3, Classes: 48, Seeds: 5, Pictures: true}},
	{"3 methods, hostile", documenttest.Shape{Methods: 3, Classes: 48, Seeds: 5, Hostile: true, Pictures: true}},
	{"12 methods, hostile", documenttest.Shape{Methods: 12, Classes: 10, Seeds: 5, Hostile: true, Pictures: true}},
	{"12 methods, 10 classes", documenttest.Shape{Methods: 12, Classes: 10, Seeds: 5}},
	{"12 methods, 1000 classes", documenttest.Shape{Methods: 12, Classes: 1000, Seeds: 5, Pictures: true}},
}

// views are the windows and the preferences that they are looked at with.
var views = []struct {
	width int64
	theme string
}{{1400, "light"}, {390, "light"}, {390, "dark"}, {1400, "dark"}}

// show opens the page of a document.
func show(t *testing.T, d *document.Document) *tab {
	t.Helper()
	path := filepath.Join(t.TempDir(), "report.html")
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := page.Write(file, d); err != nil {
		t.Fatal(err)
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
	return open(t, "file://"+path)
}

// view gives a page a window and a preference.
func (p *tab) view(width int64, theme string) {
	p.t.Helper()
	call(p, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{
		Width: width, Height: 1000, DeviceScaleFactor: 1, Mobile: width < 700,
	})
	call(p, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: theme}},
	})
	// What is drawn anew for a width is drawn after a frame.
	ask[int](p, `new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done(1))))`)
}

// shots is the folder that $SHOTS names, made if needed, or empty.
func (p *tab) shots() string {
	dir := os.Getenv("SHOTS")
	if dir != "" {
		if err := os.MkdirAll(dir, 0o777); err != nil {
			p.t.Fatal(err)
		}
	}
	return dir
}

// shot keeps a picture of the whole page in the folder that $SHOTS names, to be looked at.
func (p *tab) shot(name string) {
	dir := p.shots()
	if dir == "" {
		return
	}
	picture, err := chromedp.Run(p.Context, chromedp.FullScreenshot(100))
	if err != nil {
		p.t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, name+".png"), picture, 0o666); err != nil {
		p.t.Fatal(err)
	}
}

// layout measures a page that is open in every window: folded tables are open.
func (p *tab) layout(name string) {
	p.t.Helper()
	ask[int](p, `document.querySelectorAll('details').forEach(d => d.open = true), 0`)
	for _, v := range views {
		p.view(v.width, v.theme)
		p.shot(fmt.Sprintf("%s, %d, %s", name, v.width, v.theme))
		for _, finding := range ask[[]string](p, measure) {
			p.t.Errorf("%d px %s: %s", v.width, v.theme, finding)
		}
	}
}

// TestLayout measures the page of every shape.
func TestLayout(t *testing.T) {
	for _, s := range shapes {
		t.Run(s.name, func(t *testing.T) {
			p := show(t, documenttest.New(s.shape))
			p.layout(s.name)
			p.quiet()
		})
	}
}

// TestGiven does to the report that $REPORT names what is done to the tests' own.
func TestGiven(t *testing.T) {
	path, err := filepath.Abs(os.Getenv("REPORT"))
	if os.Getenv("REPORT") == "" || err != nil {
		t.Skip("REPORT names no report.html")
	}
	for name, check := range map[string]func(p *tab){
		"layout": func(p *tab) { p.layout("given") }, "print": (*tab).print, "access": (*tab).audit,
	} {
		t.Run(name, func(t *testing.T) {
			p := open(t, "file://"+path)
			check(p)
			p.quiet()
		})
	}
}
