package inline

import (
	"github.com/fedpurel/fedpurel/fed/report/chart"
	"github.com/fedpurel/fedpurel/fed/report/chart/scale"
)

// Measures of a row, in pixels from its top: its name where that stands above, the number above a mark, the mark.
const (
	rowHigh    = 54
	rowNumber  = 24
	rowMark    = 38
	rowBare    = 38 // high, without numbers
	rowSub     = 9  // between methods that have lines of their own
	rowGap     = 12 // above a row that stands apart
	valued     = 3  // methods up to which numbers stand beside marks
	nameBeside = 190
	rowNarrow  = 140 // wide, between names and edge, beside another chart on paper
)

// rows is the geometry of chart.Rows.
type rows struct {
	chart.Rows
	x       scale.Scale
	ticks   []float64
	order   map[string]int // of methods, by their IDs: the line of each in a row of many
	methods int
	values  bool
	above   bool // names stand above their rows at any width
	names   float64
}

func newRows(r chart.Rows) *rows {
	e, a := scale.Empty(), &rows{Rows: r, order: map[string]int{}}
	if r.Zero != "" {
		e.Add(0)
	}
	texts := false
	for _, line := range r.Lines {
		if line.From != nil {
			e.Add(*line.From)
		}
		for _, m := range line.Marks {
			e.Add(m.X, m.Low, m.High)
			e.Add(m.Seeds...)
			texts = texts || m.Text != ""
			if _, known := a.order[m.Method.ID]; !known {
				a.order[m.Method.ID] = len(a.order)
			}
		}
		a.names = max(a.names, width(line.Name, 13.4), width(line.Sub, 11.5))
	}
	a.methods = len(a.order)
	a.x = e.Wide(r.X.Log).Within(r.X.Low, r.X.High)
	a.ticks = a.x.Ticks(5)
	a.values = texts && a.methods <= valued
	a.above = a.names > nameBeside
	return a
}

// thinned leaves as many ticks as have room on paper, where charts that stand beside others are narrow.
func (a *rows) thinned() {
	for n := 4; n > 1; n-- {
		widest := 0.0
		for _, text := range a.x.Labels(a.ticks, a.X.Signed) {
			widest = max(widest, width(text, 11.5))
		}
		if (widest+8)*float64(len(a.ticks)-1) <= rowNarrow {
			return
		}
		a.ticks = a.x.Ticks(n)
	}
}

// writeRows adds a chart of rows: heading, names, marks, numbers. Others stand beside it if across is more than 1.
func writeRows(o *out, r chart.Rows, figure string, across int) {
	a := newRows(r)
	if across > 1 {
		a.thinned()
	}
	kind := "panel rows"
	if a.above {
		kind += " above"
	}
	if a.values {
		kind += " valued"
	}
	o.f(`<div class="%s">`, kind)
	if r.Title != "" || r.Sub != "" {
		o.f(`<h3>%s <small>%s</small></h3>`, esc(r.Title), esc(r.Sub))
	}
	head := 0.0
	if r.Zero != "" {
		head = 18
	}
	tops, high := a.tops(head)
	o.f(`<div class="plot" style="--names:%spx"><div class="hit" role="img" aria-label="%s" style="height:%spx">`,
		number(min(a.names, nameBeside)), esc(a.sentence(figure)), number(high))
	o.f(`<svg class="draw" width="100%%" height="%s" aria-hidden="true">`, number(high))
	for _, t := range a.ticks {
		if t != 0 || r.Zero == "" {
			o.f(`<line class="grid" x1="%s%%" x2="%[1]s%%" y1="%s" y2="%s"/>`, a.px(t), number(head), number(high))
		}
	}
	if r.Zero != "" {
		o.f(`<line class="zero" x1="%s%%" x2="%[1]s%%" y1="%s" y2="%s"/>`, a.px(0), number(head-2), number(high))
	}
	for i, line := range r.Lines {
		a.draw(o, line, tops[i])
	}
	o.f(`</svg>`)
	if r.Zero != "" {
		o.f(`<span class="tb tz over" style="left:%s%%">%s</span>`, a.px(0), esc(r.Zero))
	}
	for i, text := range a.x.Labels(a.ticks, r.X.Signed) {
		class := "tb"
		if a.ticks[i] == 0 && r.Zero != "" {
			class = "tb tz"
		}
		o.f(`<span class="%s" style="left:%s%%">%s</span>`, class, a.px(a.ticks[i]), text)
	}
	for i, line := range r.Lines {
		a.texts(o, line, tops[i])
	}
	o.f(`</div></div>`)
	if r.X.Label != "" {
		o.f(`<p class="ax">%s</p>`, esc(r.X.Label))
	}
	o.f(`</div>`)
}

// tops are where rows begin, and how high they are together.
func (a *rows) tops(head float64) (tops []float64, high float64) {
	high = head
	for _, line := range a.Lines {
		if line.Apart && len(tops) > 0 {
			high += rowGap
		}
		tops = append(tops, high)
		high += a.high()
	}
	return tops, max(high+2, 30)
}

func (a *rows) high() float64 {
	switch {
	case a.values:
		return rowHigh
	case a.methods > fewest:
		return 18 + rowSub*float64(a.methods) + 12
	}
	return rowBare
}

// mark is how far below its row's top a mark stands.
func (a *rows) mark(k int) float64 {
	switch {
	case a.values:
		return rowMark
	case a.methods > fewest:
		return 18 + rowSub*(float64(k)+0.5)
	}
	return 26
}

func (a *rows) px(x float64) string { return number(100 * a.x.At(x)) }

// draw adds a row's lines and marks; the first methods, ours among them, are in front.
func (a *rows) draw(o *out, line chart.Row, top float64) {
	if line.Apart {
		o.f(`<line class="sep" x1="0" x2="100%%" y1="%s" y2="%[1]s"/>`, number(top-rowGap/2))
	}
	e := scale.Empty()
	for _, m := range line.Marks {
		if scale.Finite(a.x.At(m.X)) {
			e.Add(m.X)
		}
	}
	if line.From != nil && scale.Finite(a.x.At(*line.From)) {
		e.Add(*line.From)
	}
	if e.Low < e.High && a.methods <= fewest {
		o.f(`<line class="join" x1="%s%%" x2="%s%%" y1="%s" y2="%[3]s"/>`, a.px(e.Low), a.px(e.High),
			number(top+a.mark(0)))
	}
	if line.From != nil && scale.Finite(a.x.At(*line.From)) {
		last := a.mark(max(a.methods-1, 0))
		o.f(`<line class="from" x1="%s%%" x2="%[1]s%%" y1="%s" y2="%s"/>`, a.px(*line.From),
			number(top+a.mark(0)-7), number(top+last+7))
	}
	for k := len(line.Marks) - 1; k >= 0; k-- {
		m := line.Marks[k]
		y := top + a.mark(a.order[m.Method.ID])
		if !scale.Finite(a.x.At(m.X)) {
			continue
		}
		o.f(`<g class="%s">`, classes(m.Method))
		if scale.Finite(a.x.At(m.Low)) && scale.Finite(a.x.At(m.High)) {
			o.f(`<line class="whisk" x1="%s%%" x2="%s%%" y1="%s" y2="%[3]s"/>`, a.px(m.Low), a.px(m.High), number(y))
		}
		for _, seed := range m.Seeds {
			if scale.Finite(a.x.At(seed)) && a.methods <= fewest {
				o.f(`<line class="seed" x1="%s%%" x2="%[1]s%%" y1="%s" y2="%s"/>`, a.px(seed), number(y+7),
					number(y+12))
			}
		}
		o.f(`<svg class="mk" x="%s%%" y="%s">%s</svg></g>`, a.px(m.X), number(y),
			marker(m.Method, a.radius(), 0))
	}
}

func (a *rows) radius() float64 {
	if a.methods > fewest {
		return 3.4
	}
	return 4.6
}
