package inline

import (
	"fmt"
	"html/template"

	"github.com/fedpurel/fedpurel/fed/report/chart"
	"github.com/fedpurel/fedpurel/fed/report/chart/scale"
)

// Confusions are tables beside each other, true classes below each other, predicted ones by their numbers. Cells are
// coloured by their share of the row: blue where a class is right, rust where it is taken for another.
func Confusions(all []chart.Confusion) template.HTML {
	if len(all) == 0 {
		return ""
	}
	o := &out{}
	o.f(`<h3 class="sub">Confusion matrix</h3><p class="cap">Rows: true classes; columns: what their test images are ` +
		`taken for, by number. Blue: right; rust: wrong; darker: a larger share of the row.</p><div class="heats two">`)
	for _, c := range all {
		confusion(o, c)
	}
	o.f(`</div>`)
	return template.HTML(o.String())
}

func confusion(o *out, c chart.Confusion) {
	o.f(`<div class="heatbox" role="region" tabindex="0" aria-label="Confusion matrix, %s">`, esc(c.Method.Name))
	o.f(`<table class="heat confusion" style="--cols:%d">`, len(c.Names))
	o.f(`<caption><bdi class="tx %s">%s</bdi> <small>%s</small></caption>`, slotted(c.Method), esc(c.Method.Name),
		esc(c.Sub))
	o.f(`<colgroup><col class="hc"/></colgroup><colgroup span="%d"></colgroup>`, len(c.Names))
	o.f(`<thead><tr><th scope="col" class="hc"><span class="vh">true class</span></th>`)
	for p, name := range c.Names {
		o.f(`<th scope="col" title="%s">%d<span class="vh"> taken for %[1]s</span></th>`, esc(name), p+1)
	}
	o.f(`</tr></thead><tbody>`)
	for t, row := range c.Counts {
		o.f(`<tr><th scope="row"%s>%d <bdi>%s</bdi></th>`, hint(c.Names[t], 18), t+1, esc(c.Names[t]))
		sum := 0.0
		for _, n := range row {
			sum += n
		}
		for p, n := range row {
			text := scale.Number(n, 0)
			if n > 0 && n < 0.5 {
				text = "<1"
			}
			o.f(`<td%s>%s</td>`, shaded(n/sum, t == p), esc(text))
		}
		o.f(`</tr>`)
	}
	o.f(`</tbody></table></div>`)
}

// slotted is the class of a method's colour alone: the table stays where the page hides the method.
func slotted(m chart.Method) string { return classes(chart.Method{ID: "confusion", Slot: m.Slot}) }

// shares part the colours of a matrix: of right ones, and of wrong ones.
var shares = map[bool][]float64{true: {0.25, 0.5, 0.75}, false: {0.02, 0.1, 0.25}}

// shaded is the class of a cell's colour.
func shaded(share float64, right bool) string {
	k := 0
	for _, from := range shares[right] {
		if share >= from {
			k++
		}
	}
	if !right {
		k = -k
	}
	if k == 0 && !right {
		return ""
	}
	return fmt.Sprintf(` class="h%d"`, 3+k)
}
