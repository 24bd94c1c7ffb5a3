package inline

import (
	"fmt"
	"html/template"
	"math"
	"sort"
	"strings"

	"github.com/fedpurel/fedpurel/fed/report/chart"
	"github.com/fedpurel/fedpurel/fed/report/chart/scale"
)

const (
	extremes = 20 // classes with the largest gains, and with the largest losses, that stand for very many
	beside   = 6  // columns up to which three tables stand beside each other
)

// cuts part the colours of differences, in points.
var cuts = []float64{-10, -5, -2, 2, 5, 10}

// Heat is tables of classes, with one key. Of more than 120 classes it shows those that gain and lose most.
func Heat(heats []chart.Heat) template.HTML {
	o, columns, classes := &out{}, 0, 0
	for _, h := range heats {
		columns, classes = max(columns, len(h.Columns)), classes+len(h.Rows)
	}
	if classes == 0 {
		return ""
	}
	heatKey(o)
	if classes > many {
		heats = outermost(heats)
		o.f(`<p class="cap">Shown are %d of %s classes, those that gain and lose most; the CSV file has all.</p>`,
			len(heats[0].Rows)+len(heats[1].Rows), scale.Number(float64(classes), 0))
	}
	kind := "heats"
	if columns > beside {
		kind += " one"
	}
	o.f(`<div class="%s">`, kind)
	for _, h := range heats {
		if len(h.Rows) > 0 {
			heatTable(o, h)
		}
	}
	o.f(`</div>`)
	return template.HTML(o.String())
}

// heatKey shows the colours with the differences that part them.
func heatKey(o *out) {
	o.f(`<div class="key"><span>points to zero-shot</span>` +
		`<div role="img" aria-label="Seven colours, cut at differences of −10, −5, −2, +2, +5 and +10 points">`)
	for bin := range len(cuts) + 1 {
		o.f(`<i class="h%d"></i>`, bin)
	}
	for _, cut := range cuts {
		o.f(`<b>%s</b>`, scale.Signed(cut, 0))
	}
	o.f(`</div></div>`)
}

// outermost picks the classes that gain most, and those that lose most, by the last column; none that stays.
func outermost(heats []chart.Heat) []chart.Heat {
	type ranked struct {
		row  chart.HeatRow
		gain float64
	}
	var all []ranked
	var columns []chart.HeatColumn
	for _, h := range heats {
		if len(h.Columns) > len(columns) {
			columns = h.Columns
		}
		for _, r := range h.Rows {
			if n := len(r.Values); n > 0 && scale.Finite(r.Values[n-1]-r.Zero) {
				all = append(all, ranked{r, r.Values[n-1] - r.Zero})
			}
		}
	}
	sort.SliceStable(all, func(i, j int) bool { return all[i].gain > all[j].gain })
	best := chart.Heat{Title: "Largest gains", Columns: columns}
	worst := chart.Heat{Title: "Largest losses", Columns: columns}
	for i := 0; i < min(extremes, len(all)) && all[i].gain > 0; i++ {
		best.Rows = append(best.Rows, all[i].row)
	}
	for i := len(all) - 1; i >= max(0, len(all)-extremes) && all[i].gain < 0; i-- {
		worst.Rows = append(worst.Rows, all[i].row)
	}
	for _, h := range []*chart.Heat{&best, &worst} {
		if h.Sub = fmt.Sprintf("%d classes", len(h.Rows)); len(h.Rows) == 1 {
			h.Sub = "1 class"
		}
	}
	return []chart.Heat{best, worst}
}

// heatTable adds one table, in a region that scrolls where it is wider than the page.
func heatTable(o *out, h chart.Heat) {
	o.f(`<div class="heatbox" role="region" tabindex="0" aria-label="%s"><table class="heat" style="--cols:%d">`,
		esc(h.Title+" "+h.Sub), len(h.Columns))
	o.f(`<caption>%s <small>%s</small></caption>`, esc(h.Title), esc(h.Sub))
	o.f(`<colgroup><col class="hc"/><col class="hn"/><col class="hz"/></colgroup>`)
	for _, g := range models(h.Columns) {
		o.f(`<colgroup span="%d"></colgroup>`, g.count)
	}
	o.f(`<thead><tr><td></td><td></td><td></td>`)
	for _, g := range models(h.Columns) {
		o.f(`<th colspan="%d" scope="colgroup">%s</th>`, g.count, esc(g.name))
	}
	o.f(`</tr><tr><th scope="col" class="hc"><span class="vh">class</span></th><th scope="col" class="n">` +
		`<abbr title="training images">n</abbr></th><th scope="col" class="z">`)
	o.f(`%s<span class="vh">zero-shot</span></th>`, Swatch(chart.Method{ID: "zero", Slot: 0}))
	for _, c := range h.Columns {
		o.f(`<th scope="col" title="%s">%s<span class="vh">%[1]s</span></th>`, esc(c.Method.Name), heatSwatch(c.Method))
	}
	o.f(`</tr></thead><tbody>`)
	for _, r := range h.Rows {
		if strings.TrimSpace(clean(r.Name)) == "" { // a row needs a header
			r.Name = fmt.Sprintf("class %d", r.Class)
		}
		o.f(`<tr data-c="%d"><th scope="row"%s><bdi>%s</bdi></th><td class="n">%s</td><td class="z">%s</td>`, r.Class,
			hint(r.Name, 18), esc(r.Name), scale.Number(float64(r.Count), 0), scale.Number(r.Zero, 0))
		for i := range h.Columns {
			v := math.NaN()
			if i < len(r.Values) {
				v = r.Values[i]
			}
			o.f(`<td%s>%s</td>`, bin(v-r.Zero), scale.Number(v, 0))
		}
		o.f(`</tr>`)
	}
	o.f(`</tbody></table></div>`)
}

// heatSwatch is a method's marker; the column stays where the page hides the method, so it has no name of its own.
func heatSwatch(m chart.Method) template.HTML { return Swatch(chart.Method{ID: "heat", Slot: m.Slot}) }

// model is equal neighbouring columns.
type model struct {
	name  string
	count int
}

func models(columns []chart.HeatColumn) (groups []model) {
	for _, c := range columns {
		if n := len(groups); n > 0 && groups[n-1].name == c.Model {
			groups[n-1].count++
			continue
		}
		groups = append(groups, model{c.Model, 1})
	}
	return groups
}

// bin is the class of a difference's colour. A difference on a cut belongs to the paler colour.
func bin(difference float64) string {
	if !scale.Finite(difference) {
		return ""
	}
	k := 0
	for _, cut := range cuts {
		if difference > cut || cut < 0 && difference == cut {
			k++
		}
	}
	return fmt.Sprintf(` class="h%d"`, k)
}
