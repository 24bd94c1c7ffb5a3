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
func perClass(groups []group, kind, title string) (rendering, error) {
	groups, _ = sameClasses(groups)
	first := groups[0].runs[0].Result
	order := byCount(first.TrainCounts)
	named := several(groups)
	zero := first.PerClass["zero_shot"].Accuracies()
	var plots []*plot.Plot
	all := panels(trained(groups))
	for i, panel := range all {
		p := canvas(numbered(title, i, len(all)), "classes, by training images (number below)", "accuracy (%)")
		if err := addClasses(p, "zero-shot", colours["zeroshot"], order, zero, false); err != nil {
			return nil, err
		}
		for _, g := range panel {
			if err := addClasses(p, g.title(named), g.colour(), order, g.classAccuracy(kind), true); err != nil {
				return nil, err
			}
		}
		p.Y.Min, p.Y.Max = 0, 119
		if len(panel) > besideAbove {
			p.Y.Max = 100
			beside(p, 0, float64(len(order)-1))
		}
		p.Legend.Top = true
		p.X.Tick.Marker, p.Y.Tick.Marker = countTicks(order, first.TrainCounts), percentTicks()
		plots = append(plots, p)
	}
	return stacked(plots)
}

// besideAbove is how many methods the legend of a figure of classes has room for above the lines.
const besideAbove = 3

// mostMarked is how many classes have marks of their own: more stand without gaps, and a mark is many bytes.
const mostMarked = 120

// addClasses plots accuracies by class in the given order.
func addClasses(p *plot.Plot, label string, colour color.RGBA, order []int, of []float64, marks bool) error {
	var points plotter.XYs
	for i, c := range order {
		if v := of[c]; !math.IsNaN(v) {
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
	switch {
	case marks && len(points) <= mostMarked:
		p.Add(s)
	case !marks:
		l.Dashes = dashed
	}
	p.Legend.Add(label, l)
	return nil
}

// percentTicks are those of an axis of shares.
func percentTicks() (ticks plot.ConstantTicks) {
	for v := 0; v <= 100; v += 20 {
		ticks = append(ticks, plot.Tick{Value: float64(v), Label: fmt.Sprint(v)})
	}
	return ticks
}

// countTicks name about twelve of the classes by their training images.
func countTicks(order, counts []int) (ticks plot.ConstantTicks) {
	step := max(1, len(order)/12)
	for i := 0; i < len(order); i += step {
		ticks = append(ticks, plot.Tick{Value: float64(i), Label: fmt.Sprint(counts[order[i]])})
	}
	return ticks
}

// contributionFigure shows who decides, classes sorted by training count.
func contributionFigure(groups []group) (rendering, error) {
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
func reliabilityFigure(groups []group, few string) (rendering, error) {
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
