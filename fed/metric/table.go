package metric

import (
	"fmt"
	"strings"
)

// Names of the metrics that the convention or a figure of the paper is about.
const (
	Accuracy      = "all"
	GroupAccuracy = "groups"
	Balancedness  = "balancedness"
	TKL           = "tkl"
)

// Table is metrics in the order of result.json. A program can add rows to the one that All returns, and hand it to an
// evaluator and to a report.
type Table []Metric

// All is the table of metrics.
func All() Table {
	return Table{
		{
			Name: Accuracy, Alias: "accuracy", Quantity: "accuracy", Unit: Share, Better: Higher, Scope: OfModels,
			Of: accuracy,
			Doc: "share of the test images that a model gets right; of a model on clients, the mean over the clients " +
				"of the share right of their own test images",
			Headings: Headings{Global: "global", OnLocal: "global on clients", Personal: "personal"},
			Headline: []Model{Global, Personal},
		}, {
			Name: "pooled", Quantity: "accuracy", Unit: Share, Better: Higher, Scope: OfModels,
			Of:  pooled,
			Doc: "share right of all test images, each counted once",
		}, {
			Name: GroupAccuracy, Alias: "accuracy", Quantity: "accuracy", Unit: Share, Better: Higher, Scope: OfModels,
			PerGroup: true, Of: ofGroup,
			Doc: "mean per-class accuracy of the classes of a group, pooled over the clients: many, medium and few " +
				"are the classes with more than 100, 21–100, at most 20 training images over all clients; if one is " +
				"empty, thirds by rank too",
			Headings: Headings{Global: "{group}", Personal: "personal {group}"},
			Headline: []Model{Global, Personal},
		}, {
			Name: Balancedness, Quantity: "balancedness", Unit: Share, Better: Higher, Scope: OfModels,
			Of: balancedness,
			Doc: "(1/C²) Σ_ij exp(−|a_i − a_j|^p / σ) over per-class accuracies, pooled over the clients; p = 2, " +
				"σ = 0.02 unless given; of a model no better than chance it does not exist",
			Headings: Headings{Global: "balancedness", Personal: "personal balancedness"},
			Headline: []Model{Global},
			Curve: "Balancedness of the global (solid) and the personal models (dashed) after every round " +
				"({balance}) (as Figs. 1 and 4).",
		}, {
			Name: "macro_f1", Quantity: "macro-F1", Unit: Share, Better: Higher, Scope: OfModels,
			Of:       macroF1,
			Doc:      "mean over classes of 2·TP/(predicted + total)",
			Headings: Headings{Global: "macro-F1"},
		}, {
			Name: "groups_without_zero", Quantity: "accuracy", Unit: Share, Better: Higher, Scope: OfModels,
			PerGroup: true, ReleaseOf: GroupAccuracy,
			Of: ofGroupNonZero,
			Doc: "the figures of groups without the classes at 0 %, as the authors' release averages: a model that " +
				"forgets a class gains by it; not for comparison",
			Headings: Headings{Global: "{group} without classes at 0 %"},
		}, {
			Name: "worst_decile", Quantity: "accuracy", Unit: Share, Better: Higher, Scope: OfModels, Clients: true,
			Of:       worstDecile,
			Doc:      "mean accuracy of the worst tenth of the clients, at least one",
			Headings: Headings{Personal: "worst clients"},
			Legend:   "worst clients: mean personal accuracy of the worst tenth",
		}, {
			Name: TKL, Quantity: "temperature-aligned KL from zero-shot", Unit: Nats, Better: Neither,
			Scope: FromZeroShot,
			Of:    func(v View) float64 { return v.Moved.mean(v.Moved.TKL) },
			Doc: "mean KL(softmax(ℓ/τ_f) ‖ softmax(z/τ_z)) of the global model on the test split, both at the mean " +
				"of their entropies",
			Headings: Headings{Global: "TKL"},
			Legend:   "TKL: temperature-aligned KL(global ‖ zero-shot), the paper's diagnostic",
		}, {
			Name: "tkl_reverse", Quantity: "temperature-aligned KL, reversed", Unit: Nats, Better: Neither,
			Scope:    FromZeroShot,
			Of:       func(v View) float64 { return v.Moved.mean(v.Moved.Reverse) },
			Doc:      "mean temperature-aligned KL(zero-shot ‖ global), the direction of the training loss",
			Headings: Headings{Global: "TKL reversed"},
			Legend:   "reversed: the direction of the training loss",
		}, {
			Name: "kl", Quantity: "KL from zero-shot", Unit: Nats, Better: Neither, Scope: FromZeroShot,
			Of:       func(v View) float64 { return v.Moved.mean(v.Moved.KL) },
			Doc:      "mean KL(global ‖ zero-shot) at temperature 1",
			Headings: Headings{Global: "KL"},
			Legend:   "KL: at temperature 1",
		}, {
			Name: "soft_ce", Quantity: "soft cross-entropy", Unit: Nats, Better: Neither, Scope: FromZeroShot,
			Of:       func(v View) float64 { return v.Moved.mean(v.Moved.SoftCE) },
			Doc:      "mean −Σ zero-shot · log global",
			Headings: Headings{Global: "soft cross-entropy"},
			Legend:   "soft cross-entropy: −Σ zero-shot · log global",
		},
	}
}

// Find returns the metric called name; without one, a metric that has no value anywhere.
func (t Table) Find(name string) (Metric, bool) {
	for _, m := range t {
		if m.Name == name {
			return m, true
		}
	}
	return Metric{Name: name}, false
}

// Check reports a row that is not complete, or whose key another row or a model has.
func (t Table) Check() error {
	type figure struct {
		name     string
		perGroup bool
	}
	seen, called := map[string]bool{}, map[figure]bool{}
	for _, m := range Models() {
		seen[string(m)] = true
	}
	for _, m := range t {
		switch {
		case m.Name == "" || m.Quantity == "" || m.Doc == "" || m.Of == nil:
			return fmt.Errorf("metric: row %q needs a name, a quantity, a doc and what it computes", m.Name)
		case m.Scope != OfModels && (m.Scope != FromZeroShot || m.PerGroup || m.Clients):
			return fmt.Errorf("metric: row %q has scope %q, which it cannot have", m.Name, m.Scope)
		case seen[m.Name]:
			return fmt.Errorf("metric: the key %q is taken", m.Name)
		}
		seen[m.Name] = true
		f := figure{m.Called(), m.PerGroup}
		if called[f] {
			return fmt.Errorf("metric: row %q is called %q, as another is", m.Name, f.name)
		}
		called[f] = true
	}
	return nil
}

// Help lists the metrics for a reader of help: key, definition, unit, and which direction is better.
func (t Table) Help() string {
	var b strings.Builder
	for _, m := range t {
		unit := string(m.Unit)
		if m.Better != Neither {
			unit = strings.TrimPrefix(unit+", "+string(m.Better)+" is better", ", ")
		}
		if unit != "" {
			unit = " (" + unit + ")"
		}
		fmt.Fprintf(&b, "%s: %s%s\n", m.Name, m.Doc, unit)
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// Scores forms every metric of the three models. How far the global model moved from zero-shot is read from its view.
func (t Table) Scores(global, onLocal, personal View) Scores {
	return Scores{
		Global: t.Score(OfModels, global), OnLocal: t.Score(OfModels, onLocal), Personal: t.Score(OfModels, personal),
		Moved: t.Score(FromZeroShot, global),
	}
}

// Score forms the metrics of one scope.
func (t Table) Score(scope Scope, v View) Score {
	var s Score
	for _, m := range t {
		if m.Scope == scope {
			s = append(s, m.entry(v))
		}
	}
	return s
}
