package report

import (
	"fmt"

	"gonum.org/v1/plot/plotter"

	"github.com/fedpurel/fedpurel/fed/metric"
)

// drawAll draws every figure that the runs have data for. The numbers of the paper's figures stand in the captions.
func drawAll(runs []Run, groups []group) ([]Figure, error) {
	first := runs[0].Result
	few := min(2, len(first.Groups)-1)
	all := func(s *metric.Scores) metric.Num { return s.Global.All }
	head := func(s *metric.Scores) metric.Num { return s.Global.Groups[0] }
	tail := func(s *metric.Scores) metric.Num { return s.Global.Groups[few] }
	balance := func(s *metric.Scores) metric.Num { return s.Global.Balancedness }
	tkl := func(s *metric.Scores) metric.Num { return s.TKL }
	trained := trained(groups)
	diagnosed := func(name string) func(group) plotter.XYs {
		return func(g group) plotter.XYs { return g.diagnosed(name) }
	}
	figures := []struct {
		name, caption string
		draw          func() ([]byte, error)
	}{
		{"per-class-global", "Accuracy of the global model on every class, mean over seeds, last round.", func() ([]byte, error) { return perClass(groups, "global", "Global model, class by class") }},
		{"per-class-personal", "Accuracy of the personal models on every class, pooled over the clients' own test images.", func() ([]byte, error) { return perClass(groups, "personal", "Personal models, class by class") }},
		{"accuracy-rounds", "Accuracy of the global model after every round, all classes (solid) and few-shot classes (dashed) (as the paper's Fig. 9).", func() ([]byte, error) {
			return overRounds(groups, "Global model over the rounds", "accuracy (%)", all, tail, [2]string{", all", ", few"})
		}},
		{"personal-rounds", "Mean over the clients of their personal model's accuracy on their own test images (as Fig. 9).", func() ([]byte, error) {
			return overRounds(groups, "Personal models over the rounds", "accuracy (%)", func(s *metric.Scores) metric.Num { return s.Personal.All }, nil, [2]string{})
		}},
		{"balancedness-rounds", fmt.Sprintf("Balancedness of the global (solid) and the personal models (dashed) after every round (σ = %g, power %g) (as Figs. 1 and 4).", first.Balance.Sigma, first.Balance.Power), func() ([]byte, error) {
			return overRounds(groups, "Balancedness over the rounds", "balancedness (%)", balance, func(s *metric.Scores) metric.Num { return s.Personal.Balancedness }, [2]string{", global", ", personal"})
		}},
		{"tkl-balancedness", "How far the global model's predictions moved from zero-shot, against its balancedness: a path over the rounds, its end marked (as Fig. 2).", func() ([]byte, error) {
			return drawLines(trained, "Divergence and balancedness", "temperature-aligned KL from zero-shot (nats)", "balancedness (%)", series{"", nil, func(g group) plotter.XYs { return g.path(tkl, balance) }})
		}},
		{"tkl-accuracy", "The same divergence against head (solid) and tail accuracy (dashed) (as Fig. 2).", func() ([]byte, error) {
			return drawLines(trained, "Divergence, head and tail", "temperature-aligned KL from zero-shot (nats)", "accuracy (%)",
				series{", head", nil, func(g group) plotter.XYs { return g.path(tkl, head) }}, series{", tail", dashed, func(g group) plotter.XYs { return g.path(tkl, tail) }})
		}},
		{"angle-rounds", "Angle between task and alignment gradients, before purification; above 90° they oppose each other (as Fig. 7).", func() ([]byte, error) {
			return drawLines(trained, "Angle of task and alignment gradients", "round", "degrees", series{"", nil, diagnosed("angle")})
		}},
		{"drift-rounds", "Distance of the clients' parameters from those they started with (solid) and from the new average (dashed) (as Fig. 5).", func() ([]byte, error) {
			return drawLines(trained, "Client drift", "round", "‖φ_k − φ_g‖", series{"", nil, diagnosed("drift")}, series{", to average", dashed, diagnosed("drift_new")})
		}},
		{"contribution", "Share of right personal predictions that the global branch decided, class by class: by logit (solid), by margin (dashed) (as Fig. 5).", func() ([]byte, error) { return contributionFigure(trained) }},
		{"reliability", "How often predictions of a confidence are right, all classes (solid) and few-shot classes (dashed). A calibrated model is right as often as it is sure.", func() ([]byte, error) { return reliabilityFigure(groups, first.Groups[few].Name) }},
		{"clients", "Every client's training data; darker is more (logarithmic).", func() ([]byte, error) { return ClientData(first) }},
	}
	var drawn []Figure
	for _, f := range figures {
		drawing, err := f.draw()
		if err != nil {
			return nil, err
		}
		if drawing != nil {
			drawn = append(drawn, Figure{f.name, f.caption, drawing})
		}
	}
	return drawn, nil
}

// contributionFigure shows who decides, classes sorted by training count.
func contributionFigure(groups []group) ([]byte, error) {
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
	return drawLines(groups, "Who decides right personal predictions", "classes, from many to few training images", "global branch (%)",
		series{", by logit", nil, func(g group) plotter.XYs { return share(g, func(c metric.Contribution) int64 { return c.GlobalRaw }) }},
		series{", by margin", dashed, func(g group) plotter.XYs {
			return share(g, func(c metric.Contribution) int64 { return c.GlobalMargin })
		}})
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
				points = append(points, plotter.XY{X: pooled.Confidence[b] / float64(n), Y: 100 * float64(pooled.Correct[b]) / float64(n)})
			}
		}
		return points
	}
	return drawLines(append(trained(groups), zeroShot(groups)), "Reliability", "confidence", "right (%)",
		series{", all", nil, func(g group) plotter.XYs { return bins(g, "all") }}, series{", few", dashed, func(g group) plotter.XYs { return bins(g, few) }})
}

// find returns a model's calibration on a group, or nil.
func find(r *metric.Result, model, group string) *metric.Calibration {
	for i := range r.Calibration {
		if c := &r.Calibration[i]; c.Model == model && c.Group == group {
			return c
		}
	}
	return nil
}
