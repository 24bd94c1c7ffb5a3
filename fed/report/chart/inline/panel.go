package inline

import (
	"fmt"

	"github.com/fedpurel/fedpurel/fed/report/chart"
	"github.com/fedpurel/fedpurel/fed/report/chart/scale"
)

// write adds a panel: its heading, the chart, what stands below it.
func (a *frame) write(o *out) {
	kind := "panel"
	if a.Square {
		kind += " square"
	}
	if a.classed {
		kind += " classed"
	}
	o.f(`<div class="%s">`, kind)
	if a.Title != "" || a.Sub != "" {
		o.f(`<h3>%s <small>%s</small></h3>`, esc(a.Title), esc(a.Sub))
	}
	o.f(`<div class="plot" style="--ml:%spx;--mr:%spx">`, number(a.left), number(a.right))
	o.f(`<div class="hit" role="img" aria-label="%s"%s`, esc(a.sentence()), a.stops())
	if !a.Square {
		o.f(` style="height:%spx"`, number(a.height))
	}
	o.f(`><svg class="draw" width="100%%" height="100%%" aria-hidden="true">`)
	a.ground(o)
	a.draw(o)
	o.f(`<line class="guide" x1="0" x2="0" y1="0" y2="100%%"/></svg>`)
	a.ticks(o)
	a.regionNames(o)
	a.ends(o)
	a.nameLabels(o)
	a.noteLines(o)
	o.f(`</div>`)
	if a.named {
		a.axisNames(o)
	}
	o.f(`</div>`)
	a.counts(o)
	if a.X.Label != "" {
		o.f(`<p class="ax" style="--ml:%spx">%s</p>`, number(a.left), esc(a.X.Label))
	}
	a.notesBelow(o)
	o.f(`<p class="read" aria-hidden="true"></p></div>`)
}

// px is a value's place on x, in percent.
func (a *frame) px(x float64) string { return number(100 * a.x.At(x)) }

// py is a value's place on y, in percent from the top.
func (a *frame) py(y float64) string { return number(100 - 100*a.y.At(y)) }

// down is a value's place on y, in pixels from the top.
func (a *frame) down(y float64) float64 { return (1 - a.y.At(y)) * a.height }

// ground draws what lies behind the data: regions, the shade below zero, lines at ticks, the diagonal, levels.
func (a *frame) ground(o *out) {
	for i, r := range a.Regions {
		from, to := 100*a.x.At(r.From), 100*a.x.At(r.To)
		if to > from {
			o.f(`<rect class="rg g%d" x="%s%%" width="%s%%" y="0" height="100%%"/>`, i%2, number(from), number(to-from))
		}
	}
	if a.Below != "" && a.y.Low < 0 {
		zero := 100 - 100*a.y.At(0)
		o.f(`<rect class="below" x="0" width="100%%" y="%s%%" height="%s%%"/>`, number(zero), number(100-zero))
	}
	for _, t := range a.yTicks {
		class := "grid"
		if a.Y.Signed && t == 0 {
			continue
		}
		o.f(`<line class="%s" x1="0" x2="100%%" y1="%s%%" y2="%[2]s%%"/>`, class, a.py(t))
	}
	if a.Y.Signed {
		o.f(`<line class="zero" x1="0" x2="100%%" y1="%s%%" y2="%[1]s%%"/>`, a.py(0))
	}
	for _, t := range a.xTicks {
		o.f(`<line class="tick" x1="%s%%" x2="%[1]s%%" y1="100%%" y2="100%%" transform="translate(0 4)"/>`, a.px(t))
	}
	if low, high := max(a.x.Low, a.y.Low), min(a.x.High, a.y.High); a.Diagonal != "" && low < high {
		o.f(`<line class="diag" x1="%s%%" y1="%s%%" x2="%s%%" y2="%s%%"/>`, a.px(low), a.py(low), a.px(high),
			a.py(high))
	}
	for _, l := range a.Levels {
		if scale.Finite(a.y.At(l.Y)) {
			o.f(`<line class="ref" x1="0" x2="100%%" y1="%s%%" y2="%[1]s%%"/>`, a.py(l.Y))
		}
	}
}

// ticks sets the numbers along both axes.
func (a *frame) ticks(o *out) {
	for i, text := range a.data.Labels(a.yTicks, a.Y.Signed) {
		class := "ty"
		if a.Y.Signed && a.yTicks[i] == 0 {
			class = "ty tz"
		}
		o.f(`<span class="%s" style="top:%s%%">%s</span>`, class, a.py(a.yTicks[i]), text)
	}
	for i, text := range a.x.Labels(a.xTicks, a.X.Signed) {
		o.f(`<span class="tb" style="left:%s%%">%s</span>`, a.px(a.xTicks[i]), text)
	}
}

// ends names levels and lines at their ends, moved apart.
func (a *frame) ends(o *out) {
	type label struct{ class, name, value string }
	var labels []label
	var wanted []float64
	for _, s := range a.ended() {
		i, _ := lastOf(s)
		labels = append(labels, label{"end " + classes(s.Method), s.Method.Name, s.End})
		wanted = append(wanted, a.down(s.Y[i]))
	}
	for _, l := range a.Levels {
		if y := a.down(l.Y); l.Name+l.Text != "" && scale.Finite(y) {
			labels = append(labels, label{"end level", l.Name, l.Text})
			wanted = append(wanted, y)
		}
	}
	places := scale.Apart(wanted, apart, 5, a.height-5)
	for i, l := range labels {
		o.f(`<span class="%s" style="top:%s%%"%s><bdi>%s</bdi>`, l.class, number(100*places[i]/a.height),
			hint(l.name, 12), esc(l.name))
		if l.value != "" {
			o.f(`<i>%s</i>`, esc(l.value))
		}
		o.f(`</span>`)
	}
}

// noteLines sets notes into their corner, and the words of the shade below zero and of the diagonal.
func (a *frame) noteLines(o *out) {
	if a.empty() {
		o.f(`<span class="notes tl soft"><span>no data</span></span>`)
		return
	}
	if a.corner != "" {
		top := 0.0
		if len(a.Regions) > 0 {
			top = band
		}
		o.f(`<span class="notes %s" style="--nt:%spx">%s</span>`, a.corner, number(top), noteTexts(a.Notes))
	}
	if a.bottom > 0 && a.y.Low < 0 {
		o.f(`<span class="notes bl soft"><span>%s</span></span>`, esc(a.Below))
	}
	if a.Diagonal != "" && a.corner != "br" && a.free(0.35, 1-34/a.height, 1, 1) {
		o.f(`<span class="notes br soft two"><span>%s</span></span>`, esc(a.Diagonal))
	}
}

// empty says whether a panel has no point to draw.
func (a *frame) empty() bool {
	for _, s := range a.Series {
		if _, ok := lastOf(s); ok {
			return false
		}
	}
	return true
}

// notesBelow sets below a chart the notes that have no place in it.
func (a *frame) notesBelow(o *out) {
	if a.corner == "" && len(a.Notes) > 0 {
		o.f(`<p class="beneath">%s</p>`, noteTexts(a.Notes))
	}
	if a.Diagonal != "" && (a.corner == "br" || !a.free(0.35, 1-34/a.height, 1, 1)) {
		o.f(`<p class="ax">%s</p>`, esc(a.Diagonal))
	}
}

func noteTexts(notes []chart.Note) string {
	text := ""
	for _, n := range notes {
		class := "plain"
		if n.Method != nil {
			class = "tx " + classes(*n.Method)
		}
		text += fmt.Sprintf(`<span class="%s"%s>%s</span> `, class, hint(n.Text, 24), esc(middle(n.Text, 40)))
	}
	return text
}
