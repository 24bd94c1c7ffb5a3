package browser

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/page"

	"github.com/fedpurel/fedpurel/fed/report/document/documenttest"
)

// mostPages is how many sheets of A4 a report of a demo's size takes.
const mostPages = 6

var pdfPage = regexp.MustCompile(`/Type\s*/Page[^s]`)

// uncut lists what is drawn or tabled and may be cut by the end of a sheet.
const uncut = `(() => {
	const kept = e => { for (; e; e = e.parentElement) if (/avoid/.test(getComputedStyle(e).breakInside)) return true }
	return [...document.querySelectorAll('.panel, .hit, .strip li')].filter(e => e.checkVisibility() && !kept(e))
		.slice(0, 5).map(e => e.className + ' in ' + (e.closest('[id]') || {}).id)
})()`

// print lays a page out on A4: it takes few sheets, and no chart or picture is cut.
func (p *tab) print() {
	p.t.Helper()
	pdf := call(p, page.PrintToPDF, page.PrintToPDFParams{
		PaperWidth: 8.27, PaperHeight: 11.69, PreferCSSPageSize: new(true), PrintBackground: new(true),
	}).Data
	if dir := p.shots(); dir != "" {
		if err := os.WriteFile(filepath.Join(dir, "print.pdf"), pdf, 0o666); err != nil {
			p.t.Fatal(err)
		}
	}
	if n := len(pdfPage.FindAll(pdf, -1)); n == 0 || n > mostPages || !bytes.HasPrefix(pdf, []byte("%PDF")) {
		p.t.Errorf("%d sheets of A4, want 1 to %d", n, mostPages)
	}
	call(p, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: "print"})
	for _, e := range ask[[]string](p, uncut) {
		p.t.Errorf("%s may be cut", e)
	}
}

// TestPrint prints a report of a demo's size.
func TestPrint(t *testing.T) {
	p := show(t, documenttest.New(documenttest.Shape{Methods: 2, Classes: 48, Seeds: 5, Pictures: true}))
	p.print()
	p.quiet()
}
