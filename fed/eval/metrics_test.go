package eval_test

import (
	"testing"

	"github.com/fedpurel/fedpurel/fed/eval"
	"github.com/fedpurel/fedpurel/fed/metric"
)

// An evaluator measures the metrics of its table: each of what was counted of the model.
func TestMetricsOfATable(t *testing.T) {
	s := newSetting(t)
	e := s.evaluator(own, 2)
	e.Metrics = append(metric.All(), metric.Metric{
		Name: "misses", Scope: metric.OfModels, Of: func(v metric.View) float64 {
			hits := v.Hits()
			return float64(hits.Total-hits.Correct) + 1000*float64(len(v.Clients))
		},
	})
	o, err := e.Evaluate(t.Context(), s.state, eval.Accuracy)
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range []struct {
		model   metric.Model
		counts  metric.Counts
		clients int
	}{{metric.Global, o.Global, 0}, {metric.OnLocal, o.Local, clients}, {metric.Personal, o.Personal, clients}} {
		hits := k.counts.Hits()
		want := float64(hits.Total - hits.Correct + 1000*int64(k.clients))
		if got := o.Scores.Of(k.model).Value("misses"); got != want {
			t.Errorf("%s: %v, want %v", k.model, got, want)
		}
	}
}
