package report

import (
	"bytes"
	"fmt"
	"image/color"
	"math"
	"regexp"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/fedpurel/fedpurel/fed/metric"
)

// Figure is a picture with its caption.
type Figure struct {
	Name    string // of its file
	Caption string
	draw    rendering
}

// SVG is the figure as a page can show it.
func (f Figure) SVG() ([]byte, error) { return f.draw("svg") }

// PDF is the figure as a paper can include it.
func (f Figure) PDF() ([]byte, error) { return f.draw("pdf") }

// rendering draws a figure in a format.
type rendering func(format string) ([]byte, error)

// colours of the methods, distinguishable for colour-blind readers (Okabe and Ito).
var colours = map[string]color.RGBA{
	"zeroshot": {110, 110, 110, 255}, "fedavg": {213, 94, 0, 255}, "fedpurel": {0, 114, 178, 255},
	"local": {0, 158, 115, 255},
}

// others are the colours of variants and of methods without one, as many as a panel shows.
var others = []color.RGBA{
	{204, 121, 167, 255}, {230, 159, 0, 255}, {86, 180, 233, 255}, {0, 0, 0, 255}, {148, 103, 189, 255},
	{140, 86, 75, 255}, {153, 153, 51, 255},
}

func (g group) colour() color.RGBA {
	if c, ok := colours[g.method]; ok && g.label == "" && g.options == "" {
		return c
	}
	return others[g.place%len(others)]
}

const (
	figureWidth  = 18 * vg.Centimeter
	figureHeight = 9 * vg.Centimeter
)

var dashed = []vg.Length{vg.Points(5), vg.Points(3)}

// canvas is an empty plot in the house's style.
func canvas(title, x, y string) *plot.Plot {
	p := plot.New()
	sans := font.Font{Typeface: "Liberation", Variant: "Sans"}
	for _, s := range []*font.Font{
		&p.Title.TextStyle.Font, &p.X.Label.TextStyle.Font, &p.Y.Label.TextStyle.Font, &p.X.Tick.Label.Font,
		&p.Y.Tick.Label.Font, &p.Legend.TextStyle.Font,
	} {
		size := s.Size
		*s = sans
		s.Size = size
	}
	p.Title.Text, p.X.Label.Text, p.Y.Label.Text = title, x, y
	p.Title.TextStyle.Font.Size = vg.Points(13)
	p.Legend.Padding, p.Legend.ThumbnailWidth, p.Legend.XOffs = vg.Points(3), vg.Points(24), -vg.Points(4)
	grid := plotter.NewGrid()
	grid.Vertical.Color, grid.Horizontal.Color = color.Gray{235}, color.Gray{225}
	p.Add(grid)
	return p
}

// sheet renders a plot.
func sheet(p *plot.Plot, height vg.Length) rendering {
	return func(format string) ([]byte, error) {
		w, err := p.WriterTo(figureWidth, height, format)
		if err != nil {
			return nil, fmt.Errorf("report: draw: %w", err)
		}
		var b bytes.Buffer
		if _, err := w.WriteTo(&b); err != nil {
			return nil, fmt.Errorf("report: draw: %w", err)
		}
		return undated(b.Bytes()), nil
	}
}

// created is when a PDF says it was made.
var created = regexp.MustCompile(`/(Creation|Mod)Date \(D:[0-9]+`)

// undated sets the times in a PDF to one day, so that equal runs give equal files.
func undated(data []byte) []byte {
	return created.ReplaceAllFunc(data, func(found []byte) []byte {
		at := bytes.IndexByte(found, ':') + 1
		copy(found[at:], "20000101000000"[:len(found)-at])
		return found
	})
}

// series is one kind of line in a figure: a part of every group's name, and its points.
type series struct {
	label  string
	dashes []vg.Length
	points func(group) plotter.XYs
	band   func(group) plotter.XYs // the outline of an area behind the line; nil: there is none
}

// drawLines plots series of every group, or returns nil if none has points. A zero-shot group is a line like the
// others.
func drawLines(groups []group, title, x, y string, parts ...series) (rendering, error) {
	named, lo, hi := several(groups), math.Inf(1), math.Inf(-1)
	var shown []group
	for _, g := range groups {
		var points plotter.XYs
		for _, part := range parts {
			points = append(points, part.points(g)...)
		}
		for _, pt := range points {
			lo, hi = min(lo, pt.X), max(hi, pt.X)
		}
		if len(points) > 0 {
			shown = append(shown, g)
		}
	}
	if lo > hi {
		return nil, nil // nothing to draw
	}
	if x == "round" {
		lo = 0
	}
	if lo == hi {
		lo, hi = lo-0.5, hi+0.5
	}
	var plots []*plot.Plot
	all := panels(shown)
	for i, panel := range all {
		p := canvas(numbered(title, i, len(all)), x, y)
		for _, g := range panel {
			if err := addLines(p, g, g.title(named), parts); err != nil {
				return nil, err
			}
		}
		beside(p, lo, hi)
		p.X.Tick.Marker = plot.TickerFunc(func(from, _ float64) []plot.Tick {
			return plot.DefaultTicks{}.Ticks(from, hi)
		})
		plots = append(plots, p)
	}
	return stacked(plots)
}

// addLines plots series of one group. Over nats, that is a path, whose end is marked.
func addLines(p *plot.Plot, g group, name string, parts []series) error {
	for _, part := range parts {
		points := part.points(g)
		if len(points) == 0 {
			continue
		}
		l, err := plotter.NewLine(points)
		if err != nil {
			return fmt.Errorf("report: draw: %w", err)
		}
		l.Color, l.Width, l.Dashes = g.colour(), vg.Points(1.6), part.dashes
		if err := shade(p, g, part); err != nil {
			return err
		}
		p.Add(l)
		p.Legend.Add(name+part.label, l)
		if strings.HasSuffix(p.X.Label.Text, "(nats)") {
			end, err := plotter.NewScatter(points[len(points)-1:])
			if err != nil {
				return fmt.Errorf("report: draw: %w", err)
			}
			end.Color, end.Shape, end.Radius = g.colour(), draw.CircleGlyph{}, vg.Points(3)
			p.Add(end)
		}
	}
	return nil
}

// shade draws the band behind a line.
func shade(p *plot.Plot, g group, part series) error {
	if part.band == nil {
		return nil
	}
	outline := part.band(g)
	if len(outline) == 0 {
		return nil
	}
	area, err := plotter.NewPolygon(outline)
	if err != nil {
		return fmt.Errorf("report: draw: %w", err)
	}
	c := g.colour()
	area.Color, area.LineStyle.Width = color.NRGBA{c.R, c.G, c.B, 36}, 0
	p.Add(area)
	return nil
}

// line is one kind of line in a figure over the rounds.
type line struct {
	column
	label  string
	dashes []vg.Length
}

// overRounds plots numbers of every trained method over the rounds, mean ± standard deviation over seeds, and of the
// zero-shot classifier as a level.
func overRounds(groups []group, title string, lines ...line) (rendering, error) {
	shown, rounds := trained(groups), 1.0
	for _, g := range shown {
		for _, r := range g.runs {
			rounds = max(rounds, float64(len(r.Rounds)))
		}
	}
	var parts []series
	for _, l := range lines {
		parts = append(parts, series{l.label, l.dashes, func(g group) plotter.XYs {
			if g.method != "zeroshot" {
				return g.curve(l.column)
			}
			v := l.metric.Unit.Times() * g.over(func(r *metric.Result) float64 { return l.of(&r.ZeroShot) }).Mean
			if math.IsNaN(v) {
				return nil
			}
			return plotter.XYs{{X: 0, Y: v}, {X: rounds, Y: v}}
		}, func(g group) plotter.XYs { return g.band(l.column) }})
	}
	return drawLines(append(shown, zeroShot(groups)), title, "round", lines[0].metric.Axis(), parts...)
}
