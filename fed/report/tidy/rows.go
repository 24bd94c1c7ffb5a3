package tidy

import (
	"iter"
	"maps"
	"math"
	"path/filepath"
	"slices"

	"github.com/fedpurel/fedpurel/fed/metric"
	"github.com/fedpurel/fedpurel/fed/report"
)

// Rows are the numbers of runs that may stand in one report, run by run: the rounds in their order, what is reported
// after them, then clients, classes and calibration. What does not exist has no row, nor have clients that never took
// part.
func Rows(runs []report.Run, metrics metric.Table) (iter.Seq[Row], error) {
	same, err := report.BySeed(runs)
	if err != nil {
		return nil, err
	}
	return func(yield func(Row) bool) {
		for _, s := range same {
			for i := range s.Runs {
				w := &writer{start(&s.Runs[i], s.Options), metrics, yield}
				if !w.run(&s.Runs[i]) {
					return
				}
			}
		}
	}, nil
}

// start is what all rows of a run have in common.
func start(run *report.Run, options string) Row {
	r := &run.Result
	row := Row{
		Cache: r.Cache, Partition: r.Partition, DataSeed: r.DataSeed, Run: filepath.ToSlash(run.Dir),
		Method: r.Method, Module: r.Module, Label: r.Label, Options: options, Seed: r.Seed, Group: metric.Every,
	}
	if run.Cache != "" {
		row.Data = filepath.Base(run.Cache)
	}
	return row
}

// writer hands on the rows of one run. Its methods are false where nobody wants more.
type writer struct {
	Row     // what the next row begins with
	metrics metric.Table
	yield   func(Row) bool
}

func (w *writer) run(run *report.Run) bool {
	r := &run.Result
	zero := w.of(EveryRound, 0)
	if !zero.scores(&r.ZeroShot, r.Groups, true) {
		return false
	}
	for i := range run.Rounds {
		if !w.round(&run.Rounds[i], r.Groups) {
			return false
		}
	}
	for _, then := range []struct {
		when   string
		scores *metric.Scores
	}{{Last, &r.Last}, {LastTen, &r.LastTen}} {
		at := w.of(then.when, r.Rounds)
		if !at.scores(&r.ZeroShot, r.Groups, true) || !at.scores(then.scores, r.Groups, false) {
			return false
		}
	}
	last := w.of(Last, r.Rounds)
	return last.clients(r) && last.classes(r) && last.calibration(r)
}

// of is a writer of the rows of one time.
func (w *writer) of(when string, round int) *writer {
	at := *w
	at.When, at.Round = when, int32(round)
	return &at
}

// put hands on one number, if it exists.
func (w *writer) put(row Row, name string, value float64) bool {
	row.Metric, row.Value = name, value
	return math.IsNaN(value) || w.yield(row)
}

// scores are the figures of the models, or of zero-shot: of that, personal models are the global one.
func (w *writer) scores(s *metric.Scores, groups []metric.Group, zero bool) bool {
	for f := range w.metrics.Figures(s, groups) {
		row := w.Row
		row.Model, row.Test, row.Group, row.Tag = string(metric.Global), Clients, f.Group, f.Tag()
		if f.Model == metric.Global {
			row.Test = Whole
		} else if f.Model == metric.Personal {
			row.Model = string(metric.Personal)
		}
		if zero {
			if f.Moved || f.Model == metric.Personal {
				continue
			}
			row.Model, row.Tag = zeroShot, zeroShot+"_"+f.Tag()
		}
		if !w.put(row, f.Name, f.Value) {
			return false
		}
	}
	return true
}

// zeroShot is the column `model` of the frozen encoder.
const zeroShot = "zero_shot"

// round is what rounds.jsonl has of a round: scores, if it was evaluated, and what training tells of itself.
func (w *writer) round(rec *metric.Round, groups []metric.Group) bool {
	at := w.of(EveryRound, rec.Round)
	if rec.Scores != nil && !at.scores(rec.Scores, groups, false) {
		return false
	}
	tell := func(name string, value float64) bool {
		row := at.Row
		row.Tag = metric.TrainingTag(name)
		return at.put(row, name, value)
	}
	for _, name := range slices.Sorted(maps.Keys(rec.Diagnosis)) {
		if !tell(name, rec.Diagnosis[name]) {
			return false
		}
	}
	return tell("floats", float64(rec.Floats)) && tell("seconds", rec.Seconds)
}
