package report

import (
	"strings"
	"unicode/utf8"

	"gonum.org/v1/plot/plotter"

	"github.com/fedpurel/fedpurel/fed/metric"
)

// drawing is a figure that is yet to be drawn. It draws nil where the runs have no data for it.
type drawing struct {
	name, caption string
	draw          func() (rendering, error)
}

// drawAll draws every figure that the runs have data for: those of the paper, whose numbers stand in the captions, and
// between them those that metrics have of their own.
func drawAll(runs []Run, groups []group, metrics metric.Table) ([]Figure, error) {
	first := &runs[0].Result
	few := min(2, len(first.Groups)-1)
	_, ofClients := alone(groups)
	todo := append(accuracies(groups, metrics, few), curves(groups, metrics, first, few)...)
	todo = append(todo, paths(groups, metrics, few)...)
	todo = append(todo, observed(groups)...)
	todo = append(todo,
		drawing{"contribution", "Share of right personal predictions that the global branch decided, class by class: " +
			"by logit (solid), by margin (dashed) (as Fig. 5).", func() (rendering, error) {
			return contributionFigure(trained(groups))
		}},
		drawing{"reliability", "How often predictions of a confidence are right, all classes (solid) and few-shot " +
			"classes (dashed). A calibrated model is right as often as it is sure.", func() (rendering, error) {
			return reliabilityFigure(groups, first.Groups[few].Name)
		}},
		drawing{"clients", behind("Every client's training data; darker is more (logarithmic).", ofClients),
			func() (rendering, error) { return clientData(*first), nil }})
	var drawn []Figure
	for _, f := range todo {
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

// behind puts a sentence behind a caption, if there is one.
func behind(caption, say string) string { return strings.TrimSpace(caption + " " + say) }

// ofModel is a metric's number for a model, and for group g if it has one for each.
func ofModel(metrics metric.Table, name string, model metric.Model, g int) column {
	m, _ := metrics.Find(name)
	return column{metric: m, model: model, group: g}
}

// accuracies are the figures of accuracy: class by class, and over the rounds.
func accuracies(groups []group, metrics metric.Table, few int) []drawing {
	all := ofModel(metrics, metric.Headline, metric.Global, 0)
	personal := ofModel(metrics, metric.Headline, metric.Personal, 0)
	tail := ofModel(metrics, metric.GroupAccuracy, metric.Global, few)
	_, ofClasses := sameClasses(groups)
	band := shaded(groups)
	return []drawing{
		{"per-class-global", behind("Accuracy of the global model on every class, mean over seeds, "+
			metric.LastTitle+".", ofClasses), func() (rendering, error) {
			return perClass(groups, "global", "Global model, class by class")
		}},
		{"per-class-personal", behind("Accuracy of the personal models on every class, pooled over the clients' own "+
			"test images.", ofClasses), func() (rendering, error) {
			return perClass(groups, "personal", "Personal models, class by class")
		}},
		{"accuracy-rounds", behind("Accuracy of the global model after every round, all classes (solid) and few-shot "+
			"classes (dashed) (as the paper's Fig. 9).", band), func() (rendering, error) {
			return overRounds(groups, "Global model over the rounds",
				line{all, ", all", nil}, line{tail, ", few", dashed})
		}},
		{"personal-rounds", behind("Mean over the clients of their personal model's accuracy on their own test images "+
			"(as Fig. 9).", band), func() (rendering, error) {
			return overRounds(groups, "Personal models over the rounds", line{personal, "", nil})
		}},
	}
}

// shaded says what the bands of figures over the rounds are, if there are any.
func shaded(groups []group) string {
	switch {
	case len(dataSeeds(groups)) > 1:
		return "Bands: ± one standard deviation over data seeds."
	case repeated(groups) != "1 seed":
		return "Bands: ± one standard deviation over training seeds."
	}
	return ""
}

// curves are the figures over the rounds that metrics have of their own. A metric of models shows the global and the
// personal ones; a metric per group shows the first group of the global model and the one with the fewest images.
func curves(groups []group, metrics metric.Table, r *metric.Result, few int) []drawing {
	var all []drawing
	for _, m := range metrics {
		if m.Curve == "" {
			continue
		}
		at := func(model metric.Model, g int) column { return column{metric: m, model: model, group: g} }
		lines := []line{{at(metric.Global, 0), ", global", nil}, {at(metric.Personal, 0), ", personal", dashed}}
		switch {
		case m.Scope == metric.FromZeroShot:
			lines = []line{{at(metric.Global, 0), "", nil}}
		case m.PerGroup:
			lines = []line{
				{at(metric.Global, 0), ", " + r.Groups[0].Name, nil},
				{at(metric.Global, few), ", " + r.Groups[few].Name, dashed},
			}
		}
		_, first := utf8.DecodeRuneInString(m.Quantity)
		title := strings.ToUpper(m.Quantity[:first]) + m.Quantity[first:] + " over the rounds"
		caption := behind(strings.ReplaceAll(m.Curve, "{balance}", r.Balance.String()), shaded(groups))
		all = append(all, drawing{strings.ReplaceAll(m.Name, "_", "-") + "-rounds", caption, func() (rendering, error) {
			return overRounds(groups, title, lines...)
		}})
	}
	return all
}

// paths show the divergence from zero-shot beside what it does to the predictions.
func paths(groups []group, metrics metric.Table, few int) []drawing {
	tkl := ofModel(metrics, metric.TKL, metric.Global, 0)
	balance := ofModel(metrics, metric.Balancedness, metric.Global, 0)
	head := ofModel(metrics, metric.GroupAccuracy, metric.Global, 0)
	tail := ofModel(metrics, metric.GroupAccuracy, metric.Global, few)
	to := func(y column) func(group) plotter.XYs {
		return func(g group) plotter.XYs { return g.path(tkl, y) }
	}
	x := tkl.metric.Axis()
	return []drawing{
		{"tkl-balancedness", "How far the global model's predictions moved from zero-shot, against its balancedness: " +
			"a path over the rounds, its end marked (as Fig. 2).", func() (rendering, error) {
			return drawLines(trained(groups), "Divergence and balancedness", x, balance.metric.Axis(),
				series{"", nil, to(balance), nil})
		}},
		{"tkl-accuracy", "The same divergence against head (solid) and tail accuracy (dashed) (as Fig. 2).",
			func() (rendering, error) {
				return drawLines(trained(groups), "Divergence, head and tail", x, head.metric.Axis(),
					series{", head", nil, to(head), nil}, series{", tail", dashed, to(tail), nil})
			}},
	}
}

// observed are what training observed, over the rounds.
func observed(groups []group) []drawing {
	diagnosed := func(name string) func(group) plotter.XYs {
		return func(g group) plotter.XYs { return g.diagnosed(name) }
	}
	return []drawing{
		{"angle-rounds", "Angle between task and alignment gradients, before purification; above 90° they oppose " +
			"each other (as Fig. 7).", func() (rendering, error) {
			return drawLines(trained(groups), "Angle of task and alignment gradients", "round", "degrees",
				series{"", nil, diagnosed("angle"), nil})
		}},
		{"drift-rounds", "Distance of the clients' parameters from those they started with (solid) and from the new " +
			"average (dashed) (as Fig. 5).", func() (rendering, error) {
			return drawLines(trained(groups), "Client drift", "round", "‖φ_k − φ_g‖",
				series{"", nil, diagnosed("drift"), nil}, series{", to average", dashed, diagnosed("drift_new"), nil})
		}},
	}
}
