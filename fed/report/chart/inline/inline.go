// Package inline draws figures into a page. Charts follow the page's width without scaling text: x is in percent, y in
// percent of a fixed height, text is HTML over the SVG and ends in an ellipsis where it would leave its box. README.md
// says which classes and attributes a page can rely on.
package inline

import (
	_ "embed"
	"html/template"

	"github.com/fedpurel/fedpurel/fed/report/chart"
	"github.com/fedpurel/fedpurel/fed/report/chart/palette"
)

// CSS is the style of all fragments, over the variables of package palette.
//
//go:embed layout/charts.css
var CSS string

// Script makes charts answer to pointer and keyboard.
//
//go:embed layout/charts.js
var Script string

// Option changes what a fragment holds.
type Option int

// Untitled leaves out a figure's title and caption, for a page that has set them itself.
const Untitled Option = 1

// Figure is a figure's title, caption, panels and rows.
func Figure(f chart.Figure, options ...Option) template.HTML {
	o := &out{}
	o.f(`<div class="figure" data-figure="%s">`, token(f.Name))
	titled := true
	for _, option := range options {
		titled = titled && option != Untitled
	}
	if titled && f.Title != "" {
		o.f(`<h3 class="sub">%s</h3>`, esc(f.Title))
	}
	if titled && f.Caption != "" {
		o.f(`<p class="cap">%s</p>`, esc(f.Caption))
	}
	across := min(max(f.Across, 1), 4)
	if n := max(len(f.Panels), len(f.Rows)); n > 1 {
		across = min(across, n)
	} else { // as wide as those of other figures
		across = min(across, 3)
	}
	o.f(`<div class="g%d">`, across)
	for _, p := range layout(f) {
		p.write(o)
	}
	for _, r := range f.Rows {
		writeRows(o, r, f.Title, across)
	}
	o.f(`</div></div>`)
	return template.HTML(o.String())
}

// Swatch is the marker of a method, for keys and tables.
func Swatch(m chart.Method) template.HTML {
	o := &out{}
	o.f(`<svg class="sw %s" width="14" height="12" aria-hidden="true">`, classes(m))
	if m.Slot <= 0 {
		o.f(`<path class="ref" d="M0 6H14"/>`)
	} else {
		o.f(`<svg class="mk" x="7" y="6">%s</svg>`, marker(m, 4.4, 0))
	}
	o.f(`</svg>`)
	return template.HTML(o.String())
}

// classes are those of a method: its colours and its own name, by which a page hides it.
func classes(m chart.Method) string {
	o := &out{}
	o.f("s%d m-%s", palette.Class(m.Slot), token(m.ID))
	return o.String()
}

// marker is a method's mark around the origin, of a radius, moved sideways.
func marker(m chart.Method, radius, aside float64) string {
	o, shape, class := &out{}, palette.Mark(m.Slot), "pt"
	if shape.Hollow {
		class = "pt hol"
	}
	move := ""
	if aside != 0 {
		move = "translate(" + number(aside) + ") "
	}
	o.f(`<path class="%s" transform="%sscale(%s)" d="%s"/>`, class, move, number(radius), shape.Path)
	return o.String()
}
