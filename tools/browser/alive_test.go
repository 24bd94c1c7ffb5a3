package browser

import (
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/fedpurel/fedpurel/fed/report/document/documenttest"
)

// lively is a page with all that answers to a reader.
func lively(t *testing.T) *tab {
	p := show(t, documenttest.New(documenttest.Shape{Methods: 3, Classes: 48, Seeds: 5, Pictures: true}))
	p.view(1400, "light")
	return p
}

// TestSort clicks a column's header twice: the rows follow its numbers, down and up, and the header says so.
func TestSort(t *testing.T) {
	p := lively(t)
	column := func() []float64 {
		return ask[[]float64](p, `[...document.querySelectorAll('#page-table tbody tr')]
			.map(r => parseFloat(r.querySelectorAll('td')[1].querySelector('.v').textContent))`)
	}
	sorted := func() string {
		return ask[string](p, `document.querySelectorAll('#page-table .sort')[1].closest('th').ariaSort || ''`)
	}
	press := func() { ask[int](p, `document.querySelectorAll('#page-table .sort')[1].click(), 0`) }
	press()
	if got := column(); !slices.IsSortedFunc(got, func(a, b float64) int { return int(1000 * (b - a)) }) {
		t.Errorf("after one click %v", got)
	}
	if got := sorted(); got != "descending" {
		t.Errorf("aria-sort is %q after one click", got)
	}
	press()
	if got := column(); !slices.IsSorted(got) {
		t.Errorf("after two clicks %v", got)
	}
	if got := sorted(); got != "ascending" {
		t.Errorf("aria-sort is %q after two clicks", got)
	}
	p.quiet()
}

// TestReadOut moves over the first chart of the rounds, with the mouse and with the keyboard: the line of text below
// the chart says what is there, and what is spoken is the same.
func TestReadOut(t *testing.T) {
	p := lively(t)
	line := func() string {
		return ask[string](p, `document.querySelector('#rounds .panel .read').textContent`)
	}
	at := ask[[]float64](p, `(e => {
		e.scrollIntoView({block: 'center', behavior: 'instant'})
		const r = e.getBoundingClientRect()
		return [r.left + r.width / 2, r.top + r.height / 2, r.left + r.width / 4]
	})(document.querySelector('#rounds .hit'))`)
	p.do(chromedp.MouseEvent(chromedp.MouseMoved, at[0], at[1]))
	first := line()
	p.do(chromedp.MouseEvent(chromedp.MouseMoved, at[2], at[1]))
	second := line()
	if first == second || !strings.Contains(first, "FedPuReL") {
		t.Errorf("the mouse reads %q, then %q", first, second)
	}
	p.do(chromedp.Focus(chromedp.CSS("#rounds .hit")), chromedp.KeyEvent(kb.Home))
	home := line()
	p.do(chromedp.KeyEvent(kb.ArrowRight))
	next := line()
	p.do(chromedp.KeyEvent(kb.End))
	end := line()
	if home == next || next == end || home == "" {
		t.Errorf("the keyboard reads %q, %q, %q", home, next, end)
	}
	spoken := ask[string](p, `document.querySelector('#rounds .hit').getAttribute('aria-valuetext') || ''`)
	if !strings.Contains(spoken, "FedPuReL") {
		t.Errorf("spoken is %q", spoken)
	}
	p.quiet()
}

// TestKey hides a method on the whole page, and shows it again.
func TestKey(t *testing.T) {
	p := lively(t)
	shown := func() int {
		return ask[int](p, `[...document.querySelectorAll('.figure .m-m2')]
			.filter(e => e.getClientRects().length > 0).length`)
	}
	before := shown()
	press := func() { ask[int](p, `document.querySelector('.keys [data-m="m2"]').click(), 0`) }
	press()
	if got := shown(); got != 0 || before == 0 {
		t.Errorf("of %d parts of a hidden method %d are seen", before, got)
	}
	if got := ask[string](p, `document.querySelector('.keys [data-m="m2"]').ariaPressed`); got != "false" {
		t.Errorf("aria-pressed is %q", got)
	}
	press()
	if got := shown(); got != before {
		t.Errorf("of %d parts of a method shown again %d are seen", before, got)
	}
	p.quiet()
}

// TestPin pins a class in its chart: its row of the heat map is marked, and Escape ends that.
func TestPin(t *testing.T) {
	p := lively(t)
	marked := func() int {
		return ask[int](p, `document.querySelectorAll('tr.on, .on[data-c]').length`)
	}
	p.do(chromedp.Focus(chromedp.CSS("#classes .hit")), chromedp.KeyEvent(kb.Home), chromedp.KeyEvent(kb.Enter))
	if marked() == 0 {
		t.Error("nothing is marked")
	}
	p.do(chromedp.KeyEvent(kb.Escape))
	if n := marked(); n != 0 {
		t.Errorf("%d are marked after Escape", n)
	}
	p.quiet()
}

// TestChoice compares with another row: the second lines of the cells change.
func TestChoice(t *testing.T) {
	p := lively(t)
	text := func() string { return ask[string](p, `document.querySelector('#page-table tbody').textContent`) }
	before := text()
	ask[int](p, `(s => { s.value = '1'; s.dispatchEvent(new Event('change', {bubbles: true})); return 0 })(
		document.querySelector('#page-table select'))`)
	if text() == before {
		t.Error("the differences are what they were")
	}
	p.quiet()
}
