package report

import (
	"bytes"
	"fmt"
	"image/color"
	"math"
	"sort"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/fedpurel/fedpurel/fed/metric"
)

// Figure is a picture with its caption.
type Figure struct {
	Name    string // of its SVG file
	Caption string
	SVG     []byte
}

// colours of the methods, distinguishable for colour-blind readers (Okabe and Ito).
var colours = map[string]color.RGBA{
	"zeroshot": {110, 110, 110, 255}, "fedavg": {213, 94, 0, 255}, "fedpurel": {0, 114, 178, 255}, "local": {0, 158, 115, 255},
}

func colourOf(method string) color.RGBA {
	if c, ok := colours[method]; ok {
		return c
	}
	return color.RGBA{204, 121, 167, 255}
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
	for _, s := range []*font.Font{&p.Title.TextStyle.Font, &p.X.Label.TextStyle.Font, &p.Y.Label.TextStyle.Font, &p.X.Tick.Label.Font, &p.Y.Tick.Label.Font, &p.Legend.TextStyle.Font} {
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

// svg renders a plot.
func svg(p *plot.Plot, height vg.Length) ([]byte, error) {
	w, err := p.WriterTo(figureWidth, height, "svg")
	if err != nil {
		return nil, fmt.Errorf("report: draw: %w", err)
	}
	var b bytes.Buffer
	if _, err := w.WriteTo(&b); err != nil {
		return nil, fmt.Errorf("report: draw: %w", err)
	}
	return b.Bytes(), nil
}

// curve is the mean over seeds of a quantity, by round, in percent.
func (g group) curve(f func(*metric.Scores) metric.Num) plotter.XYs {
	sums, counts := map[int]float64{}, map[int]int{}
	for _, r := range g.runs {
		for _, rec := range r.Rounds {
			if rec.Scores == nil {
				continue
			}
			if v := float64(f(rec.Scores)); !math.IsNaN(v) {
				sums[rec.Round] += 100 * v
				counts[rec.Round]++
			}
		}
	}
	var points plotter.XYs
	for round, n := range counts {
		points = append(points, plotter.XY{X: float64(round), Y: sums[round] / float64(n)})
	}
	sort.Slice(points, func(i, j int) bool { return points[i].X < points[j].X })
	return points
}

// overRounds plots quantities of every trained method over the rounds, and of the zero-shot classifier as a level.
func overRounds(groups []group, title, y string, solid, broken func(*metric.Scores) metric.Num, labels [2]string) ([]byte, error) {
	p := canvas(title, "round", y)
	rounds, named := 1.0, several(groups)
	line := func(points plotter.XYs, method, label string, dashes []vg.Length) error {
		if len(points) == 0 {
			return nil
		}
		l, err := plotter.NewLine(points)
		if err != nil {
			return fmt.Errorf("report: draw: %w", err)
		}
		l.Color, l.Width, l.Dashes = colourOf(method), vg.Points(1.6), dashes
		p.Add(l)
		p.Legend.Add(label, l)
		return nil
	}
	parts := []struct {
		f      func(*metric.Scores) metric.Num
		label  string
		dashes []vg.Length
	}{{solid, labels[0], nil}, {broken, labels[1], dashed}}
	for _, g := range groups {
		for _, part := range parts {
			if part.f == nil {
				continue
			}
			points := g.curve(part.f)
			for _, pt := range points {
				rounds = max(rounds, pt.X)
			}
			if err := line(points, g.method, g.title(named)+part.label, part.dashes); err != nil {
				return nil, err
			}
		}
	}
	zero := groups[0].runs[0].Result.ZeroShot
	for _, part := range parts {
		if part.f == nil {
			continue
		}
		if v := 100 * float64(part.f(&zero)); !math.IsNaN(v) {
			if err := line(plotter.XYs{{X: 0, Y: v}, {X: rounds, Y: v}}, "zeroshot", "zero-shot"+part.label, part.dashes); err != nil {
				return nil, err
			}
		}
	}
	// The legend stands right of the lines, its marks left of its text: a browser's font may be wider than the plot's.
	p.Legend.Left, p.Legend.XOffs = true, figureWidth*0.66
	p.X.Min, p.X.Max = 0, rounds*1.45
	p.X.Tick.Marker = plot.TickerFunc(func(lo, _ float64) []plot.Tick { return plot.DefaultTicks{}.Ticks(lo, rounds) })
	return svg(p, figureHeight)
}

// perClass plots every class's accuracy, classes sorted by training count, against the zero-shot classifier.
func perClass(groups []group, kind, title string) ([]byte, error) {
	first := groups[0].runs[0].Result
	order := byCount(first.TrainCounts)
	p := canvas(title, "classes, by training images (number below)", "accuracy (%)")
	named := several(groups)
	add := func(label, method string, values func(class int) float64, marks bool) error {
		var points plotter.XYs
		for i, c := range order {
			if v := values(c); !math.IsNaN(v) {
				points = append(points, plotter.XY{X: float64(i), Y: 100 * v})
			}
		}
		if len(points) == 0 {
			return nil
		}
		l, s, err := plotter.NewLinePoints(points)
		if err != nil {
			return fmt.Errorf("report: draw: %w", err)
		}
		l.Color, l.Width = colourOf(method), vg.Points(1.2)
		s.Color, s.Radius, s.Shape = colourOf(method), vg.Points(2.2), draw.CircleGlyph{}
		p.Add(l)
		if marks {
			p.Add(s)
		} else {
			l.Dashes = dashed
		}
		p.Legend.Add(label, l)
		return nil
	}
	zero := first.PerClass["zero_shot"].Accuracies()
	if err := add("zero-shot", "zeroshot", func(c int) float64 { return zero[c] }, false); err != nil {
		return nil, err
	}
	for _, g := range groups {
		if g.method == "zeroshot" {
			continue
		}
		mean := g.classAccuracy(kind)
		if err := add(g.title(named), g.method, func(c int) float64 { return mean[c] }, true); err != nil {
			return nil, err
		}
	}
	p.Y.Min, p.Y.Max = 0, 119
	p.Y.Tick.Marker = plot.ConstantTicks{{Value: 0, Label: "0"}, {Value: 20, Label: "20"}, {Value: 40, Label: "40"}, {Value: 60, Label: "60"}, {Value: 80, Label: "80"}, {Value: 100, Label: "100"}}
	p.Legend.Top = true
	var ticks plot.ConstantTicks
	step := max(1, len(order)/12)
	for i := 0; i < len(order); i += step {
		ticks = append(ticks, plot.Tick{Value: float64(i), Label: fmt.Sprint(first.TrainCounts[order[i]])})
	}
	p.X.Tick.Marker = ticks
	return svg(p, figureHeight)
}

// byCount sorts class numbers by falling training count.
func byCount(counts []int) []int {
	order := make([]int, len(counts))
	for i := range order {
		order[i] = i
	}
	sort.SliceStable(order, func(i, j int) bool { return counts[order[i]] > counts[order[j]] })
	return order
}

// classAccuracy is the mean over seeds of every class's accuracy in the last round.
func (g group) classAccuracy(kind string) []float64 {
	var mean []float64
	for _, r := range g.runs {
		a := r.Result.PerClass[kind].Accuracies()
		if mean == nil {
			mean = make([]float64, len(a))
		}
		for c := range a {
			mean[c] += a[c] / float64(len(g.runs))
		}
	}
	return mean
}
