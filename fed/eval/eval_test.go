package eval_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"testing"

	"github.com/fedpurel/fedpurel/fed/eval"
	"github.com/fedpurel/fedpurel/fed/fedtest"
	"github.com/fedpurel/fedpurel/fed/metric"
	"github.com/fedpurel/fedpurel/fed/partition"
)

// The evaluator counts what a loop over single images counts, whatever a personal model is.
func TestCountsAgreeWithALoop(t *testing.T) {
	s := newSetting(t)
	everything := all(s.Test.Len())
	for name, kind := range map[string]predictor{"own": own, "residual": residual} {
		o, err := s.evaluator(kind, 2).Evaluate(t.Context(), s.state, eval.Accuracy)
		if err != nil {
			t.Fatal(err)
		}
		same(t, "zero-shot", o.ZeroShot, s.recount(everything, nil))
		same(t, "global", o.Global, s.recount(everything, s.global()))
		pooled := metric.NewCounts(fedtest.Classes)
		for k, shard := range s.Partition.Clients {
			models := [][]float32{s.own[k]}
			switch {
			case name == "residual" && k == 0:
				models = [][]float32{s.global(), s.home.Initial}
			case name == "residual":
				models = [][]float32{s.global(), s.own[k]}
			case k == 0: // never took part: it has the global model
				models = [][]float32{s.global()}
			}
			want := s.recount(shard.Test, models...)
			pooled.Merge(want)
			sameHits(t, "personal", o.ClientPersonal[k], want.Hits())
			sameHits(t, "global on a client", o.ClientGlobal[k], s.recount(shard.Test, s.global()).Hits())
			sameHits(t, "zero-shot on a client", o.ClientZeroShot[k], s.recount(shard.Test, nil).Hits())
		}
		same(t, "pooled personal", o.Personal, pooled)
		s.sameRows(t, "global", o.Right.Global, o.Global)
		s.sameRows(t, "personal", o.Right.Personal, o.Personal)
		if !math.IsNaN(o.Scores.Moved.Value(metric.TKL)) {
			t.Errorf("divergence %v was not asked for", o.Scores.Moved.Value(metric.TKL))
		}
	}
}

// Without a global model, the global figures count every client's model on every image.
func TestClientsAlone(t *testing.T) {
	s := newSetting(t)
	o, err := s.evaluator(alone, 1).Evaluate(t.Context(), s.state, eval.Divergence)
	if err != nil {
		t.Fatal(err)
	}
	if o.Right.Global != nil {
		t.Error("there is no global model, and it is right")
	}
	s.sameRows(t, "personal", o.Right.Personal, o.Personal)
	want := metric.NewCounts(fedtest.Classes)
	for k := 1; k < clients; k++ {
		want.Merge(s.recount(all(s.Test.Len()), s.own[k]))
	}
	same(t, "global", o.Global, want)
	first := s.recount(s.Partition.Clients[0].Test, s.home.Initial).Hits()
	sameHits(t, "client 0, which never took part", o.ClientPersonal[0], first)
	if !math.IsNaN(o.Scores.Moved.Value(metric.TKL)) {
		t.Errorf("divergence of no model: %v", o.Scores.Moved.Value(metric.TKL))
	}
}

// No state is the frozen encoder: all models are the zero-shot one, and nothing diverges.
func TestZeroShot(t *testing.T) {
	s := newSetting(t)
	o, err := s.evaluator(residual, 2).Evaluate(t.Context(), nil, eval.Divergence)
	if err != nil {
		t.Fatal(err)
	}
	same(t, "global", o.Global, o.ZeroShot)
	for k := range clients {
		sameHits(t, "personal", o.ClientPersonal[k], o.ClientZeroShot[k])
	}
	if o.Scores.Moved.Value(metric.TKL) != 0 {
		t.Errorf("divergence %v", o.Scores.Moved.Value(metric.TKL))
	}
}

// Workers do not show, nor do evaluations before; a client without test images is left out of the mean.
func TestWorkersAndEmptyClients(t *testing.T) {
	s := newSetting(t)
	s.Partition.Clients = append([]partition.Shard{}, s.Partition.Clients...)
	s.Partition.Clients[2].Test = nil
	e := s.evaluator(residual, 1)
	var outcomes []*eval.Outcome
	for _, workers := range []int{1, 4, 1} {
		e.Workers = workers
		o, err := e.Evaluate(t.Context(), s.state, eval.Divergence)
		if err != nil {
			t.Fatal(err)
		}
		outcomes = append(outcomes, o)
	}
	text := func(i int) string { return fmt.Sprintf("%+v", *outcomes[i]) } // NaN differs from itself
	if text(0) != text(1) || text(0) != text(2) {
		t.Errorf("%+v\n%+v\n%+v", outcomes[0].Scores, outcomes[1].Scores, outcomes[2].Scores)
	}
	o := outcomes[0]
	var mean float64
	for _, k := range []int{0, 1, 3} {
		mean += o.ClientPersonal[k].Micro() / 3
	}
	if math.Abs(mean-o.Scores.Personal.Value(metric.Accuracy)) > 1e-12 || o.Scores.Moved.Value(metric.TKL) <= 0 {
		t.Errorf("personal accuracy %v, want %v; divergence %v",
			o.Scores.Personal.Value(metric.Accuracy), mean, o.Scores.Moved.Value(metric.TKL))
	}
}

func TestErrors(t *testing.T) {
	s := newSetting(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.evaluator(own, 2).Evaluate(ctx, s.state, eval.Accuracy); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	s.Test.X.Row(3)[1] = float32(math.NaN())
	if _, err := s.evaluator(own, 2).Evaluate(t.Context(), s.state, eval.Accuracy); err == nil {
		t.Error("a feature that is not a number goes unnoticed")
	}
}
