package browser

import (
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"github.com/fedpurel/fedpurel/fed/report/document/documenttest"
)

// spoken focuses every chart in turn, and lists those whose line of text does not fit or says nothing.
const spoken = `[...document.querySelectorAll('.hit[data-x]')].flatMap(chart => {
	chart.focus()
	const line = chart.closest('.panel').querySelector('.read'), page = document.documentElement
	const fits = line.scrollWidth <= line.clientWidth + 1 && page.scrollWidth <= page.clientWidth
	return fits && line.textContent.trim() && chart.getAttribute('aria-valuetext') ? [] :
		[line.textContent.slice(0, 80) + ': ' + line.scrollWidth + ' px in ' + line.clientWidth]
})`

// TestReadOutsFit reads every chart of twelve methods with hostile names in a narrow window.
func TestReadOutsFit(t *testing.T) {
	p := show(t, documenttest.New(documenttest.Shape{Methods: 12, Classes: 48, Seeds: 5, Hostile: true}))
	p.view(390, "light")
	if n := ask[int](p, `document.querySelectorAll('.hit[data-x]').length`); n < 10 {
		t.Errorf("only %d charts can be read out", n)
	}
	for _, finding := range ask[[]string](p, spoken) {
		t.Error(finding)
	}
	p.quiet()
}

// TestWithoutScript lays a page out that may run none: it holds its numbers, fits, and offers nothing that would need
// a script.
func TestWithoutScript(t *testing.T) {
	p := lively(t)
	call(p, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
	p.do(chromedp.Reload())
	for _, finding := range ask[[]string](p, measure) {
		t.Error(finding)
	}
	offered := ask[[]string](p, `[...document.querySelectorAll('button, select, [role=slider]')]
		.filter(e => !e.disabled && e.checkVisibility()).map(e => e.outerHTML.slice(0, 80))`)
	for _, e := range offered {
		t.Errorf("offers %s", e)
	}
	if n := ask[int](p, `document.querySelectorAll('.hit[role=img][aria-label]').length`); n < 10 {
		t.Errorf("only %d charts say what they show", n)
	}
}
