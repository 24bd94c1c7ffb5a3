package report

import (
	"fmt"
	"image/color"
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/fedpurel/fedpurel/fed/metric"
)

// perClass plots every class's accuracy, classes sorted by training count, against the zero-shot classifier.
func perClass(groups []group, kind, title string) ([]byte, error) {
	groups, _ = sameClasses(groups)
	first := groups[0].runs[0].Result
	order := byCount(first.TrainCounts)
	p := canvas(title, "classes, by training images (number below)", "accuracy (%)")
	named := several(groups)
	add := func(label string, colour color.RGBA, values func(class int) float64, marks bool) error {
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
		l.Color, l.Width = colour, vg.Points(1.2)
		s.Color, s.Radius, s.Shape = colour, vg.Points(2.2), draw.CircleGlyph{}
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
	if err := add("zero-shot", colours["zeroshot"], func(c int) float64 { return zero[c] }, false); err != nil {
		return nil, err
	}
	for _, g := range trained(groups) {
		mean := g.classAccuracy(kind)
		if err := add(g.title(named), g.colour(), func(c int) float64 { return mean[c] }, true); err != nil {
			return nil, err
		}
	}
	p.Y.Min, p.Y.Max = 0, 119
	var percent plot.ConstantTicks
	for v := 0; v <= 100; v += 20 {
		percent = append(percent, plot.Tick{Value: float64(v), Label: fmt.Sprint(v)})
	}
	p.Y.Tick.Marker = percent
	p.Legend.Top = true
	var ticks plot.ConstantTicks
	step := max(1, len(order)/12)
	for i := 0; i < len(order); i += step {
		ticks = append(ticks, plot.Tick{Value: float64(i), Label: fmt.Sprint(first.TrainCounts[order[i]])})
	}
	p.X.Tick.Marker = ticks
	return svg(p, figureHeight)
}

// contributionFigure shows who decides, classes sorted by training count.
func contributionFigure(groups []group) ([]byte, error) {
	if len(groups) > 0 {
		groups, _ = sameClasses(groups)
	}
	share := func(g group, part func(metric.Contribution) int64) plotter.XYs {
		order := byCount(g.runs[0].Result.TrainCounts)
		var points plotter.XYs
		for i, c := range order {
			var right, won int64
			for _, r := range g.runs {
				if len(r.Result.Contribution) == len(order) {
					right += r.Result.Contribution[c].Right
					won += part(r.Result.Contribution[c])
				}
			}
			if right > 0 {
				points = append(points, plotter.XY{X: float64(i + 1), Y: 100 * float64(won) / float64(right)})
			}
		}
		return points
	}
	raw := func(c metric.Contribution) int64 { return c.GlobalRaw }
	margin := func(c metric.Contribution) int64 { return c.GlobalMargin }
	return drawLines(groups, "Who decides right personal predictions",
		"classes, from many to few training images", "global branch (%)",
		series{", by logit", nil, func(g group) plotter.XYs { return share(g, raw) }, nil},
		series{", by margin", dashed, func(g group) plotter.XYs { return share(g, margin) }, nil})
}

// reliabilityFigure shows accuracy against confidence of the global models, zero-shot among them.
func reliabilityFigure(groups []group, few string) ([]byte, error) {
	bins := func(g group, name string) plotter.XYs {
		model := "global"
		if g.method == "zeroshot" {
			model = "zero_shot"
		}
		var pooled metric.Reliability
		for _, r := range g.runs {
			if c := find(&r.Result, model, name); c != nil {
				pooled.Merge(c.Reliability)
			}
		}
		var points plotter.XYs
		for b := range metric.Bins {
			if n := pooled.Total[b]; n > 0 {
				sure, right := pooled.Confidence[b], float64(pooled.Correct[b])
				points = append(points, plotter.XY{X: sure / float64(n), Y: 100 * right / float64(n)})
			}
		}
		return points
	}
	return drawLines(append(trained(groups), zeroShot(groups)), "Reliability", "confidence", "right (%)",
		series{", all", nil, func(g group) plotter.XYs { return bins(g, metric.Every) }, nil},
		series{", few", dashed, func(g group) plotter.XYs { return bins(g, few) }, nil})
}
